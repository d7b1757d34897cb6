// Random flags and contexts, the same for the same seed: rules that flagd's schema allows, of values that clients send.

// mulberry32
export class Random {
    constructor(seed) {
        this.state = seed >>> 0;
    }
    next() {
        this.state = (this.state + 0x6d2b79f5) >>> 0;
        let t = this.state;
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    }
    below(limit) {
        return Math.floor(this.next() * limit);
    }
    chance(share) {
        return this.next() < share;
    }
    pick(list) {
        return list[this.below(list.length)];
    }
    times(min, max, make) {
        return Array.from({ length: min + this.below(max - min + 1) }, make);
    }
}

const VARIANTS = ['a', 'b', 'c', 'true', 'false', '0', '1', '2', 'null', '3.5'];
const TEXTS = ['', 'a', 'b', 'abc', 'ab', '1', '2.5', '0', 'true', 'null', '1.2.3', '2.0.0-rc.1', 'ada@example.com', 'Example',
    ' 7 ', '0x1f', '-3', 'caf\u00e9', 'x,y'];
const NUMBERS = [0, 1, 2, 3, -1, 10, 0.5, -2.5, 100, 1e21, 1e-7, 4294967296];
const VERSIONS = ['1.0.0', '1.2.3', '2.0.0', '1.2.3-beta.2', '1.2.3-beta.11', '1.0.0+build', '10.0.0'];

// Where values of a kind most often are, by what a var looks into.
const PATHS = {
    context: {
        number: ['number', 'small', 'object.number', 'people.0.age', 'list.0', '$flagd.timestamp'],
        text: ['text', 'version', 'object.text', 'targetingKey', '$flagd.flagKey', 'texts.1'],
        truth: ['flag', 'nothing', 'absent'],
        list: ['list', 'texts', 'empty', 'people', 'nothing'],
        any: ['other', 'nothing', 'absent', 'object.absent', 'text.absent'],
    },
    element: { number: ['', 'age'], text: ['', 'name'], truth: ['absent'], list: ['', 'absent'], any: ['', 'age', 'name'] },
    reduction: {
        number: ['current', 'accumulator', 'current.age'], text: ['current', 'current.name'], truth: ['accumulator'],
        list: ['accumulator'], any: ['current', 'accumulator', 'current.absent'],
    },
};
const KINDS = ['number', 'text', 'truth', 'list', 'any'];

function scalar(random, kind) {
    if (kind === 'number') return random.pick(NUMBERS);
    if (kind === 'text') return random.pick(TEXTS);
    if (kind === 'truth') return random.chance(0.5);
    return random.pick([() => random.pick(TEXTS), () => random.pick(NUMBERS), () => random.chance(0.5), () => null])();
}

function leaf(random, scope, kind) {
    if (random.chance(0.65)) {
        const path = random.pick(PATHS[scope][kind]);
        return random.chance(0.1) ? { var: [path, scalar(random, kind)] } : { var: path };
    }
    if (kind !== 'list') return scalar(random, kind);
    const of = random.pick(['number', 'text', 'any']);
    return random.times(0, 3, () => scalar(random, of));
}

function fractional(random, depth, scope) {
    const shares = random.times(1, 4, () => {
        const variant = random.chance(0.8) ? random.pick(VARIANTS) : expression(random, depth - 1, scope, 'text');
        if (random.chance(0.1)) return [variant];
        return [variant, random.chance(0.9) ? random.below(100) : { '+': [{ var: 'small' }, random.below(10)] }];
    });
    if (random.chance(0.5)) return { fractional: shares };
    const by = random.pick([{ var: 'text' }, { var: 'targetingKey' }, { cat: [{ var: '$flagd.flagKey' }, { var: 'text' }] },
        { var: 'absent' }, { var: 'number' }]);
    return { fractional: [by, ...shares] };
}

// Each makes a rule of random arguments; `x` makes an argument of a kind.
const OPERATIONS = {
    number: [
        (r, x) => ({ [r.pick(['+', '-'])]: r.times(1, 3, () => x('number')) }),
        (r, x) => ({ '*': r.times(2, 3, () => x('number')) }),
        (r, x) => ({ [r.pick(['/', '%'])]: [x('number'), x('number')] }),
        (r, x) => ({ [r.pick(['min', 'max'])]: r.times(1, 3, () => x('number')) }),
        (r, x, each) => ({ reduce: [x('list'), each('reduction', 'number'), scalar(r, 'number')] }),
    ],
    text: [
        (r, x) => ({ cat: r.times(1, 3, () => x('any')) }),
        (r, x) => ({ cat: r.times(1, 3, () => x('text')) }),
        (r, x) => ({ substr: [x('text'), r.below(7) - 3, ...(r.chance(0.5) ? [r.below(7) - 3] : [])] }),
    ],
    truth: [
        (r, x) => ({ [r.pick(['!', '!!'])]: [x('any')] }),
        (r, x) => {
            const kind = r.pick(['number', 'text', 'any']);
            return { [r.pick(['==', '!=', '===', '!=='])]: [x(kind), x(kind)] };
        },
        (r, x) => ({ [r.pick(['<', '<='])]: r.times(2, 3, () => x('number')) }),
        (r, x) => ({ [r.pick(['<', '<=', '>', '>='])]: [x('text'), x('text')] }),
        (r, x) => ({ [r.pick(['>', '>='])]: [x('number'), x('number')] }),
        (r, x) => ({ in: [x('any'), x(r.pick(['list', 'text']))] }),
        (r, x, each) => ({ [r.pick(['all', 'some', 'none'])]: [x('list'), each('element', 'truth')] }),
    ],
    list: [
        (r, x) => ({ merge: r.times(1, 3, () => x(r.pick(['list', 'any']))) }),
        (r, x, each) => ({ map: [x('list'), each('element', r.pick(KINDS))] }),
        (r, x, each) => ({ filter: [x('list'), each('element', 'truth')] }),
        (r) => ({ missing: r.times(1, 3, () => r.pick(PATHS.context[r.pick(KINDS)])) }),
        (r) => ({ missing_some: [r.below(3), r.times(1, 3, () => r.pick(PATHS.context[r.pick(KINDS)]))] }),
    ],
    any: [
        (r, x) => ({ if: r.times(1, 5, () => x('any')) }),
        (r, x) => ({ and: r.times(1, 3, () => x('any')) }),
        (r, x) => ({ or: r.times(1, 3, () => x('any')) }),
    ],
};
// flagd's own; flagd-core can't evaluate them inside of a map and the like, where it doesn't find its logger.
const FLAGDS = [
    (r) => ({ [r.pick(['starts_with', 'ends_with'])]: [{ var: r.pick(['text', 'text', 'other', 'number']) }, r.pick(TEXTS)] }),
    (r) => ({ sem_ver: [{ var: r.pick(['version', 'version', 'number', 'text', 'absent']) },
        r.pick(['=', '!=', '<', '<=', '>', '>=', '~', '^']), r.pick(VERSIONS)] }),
];

function expression(random, depth, scope, wanted) {
    const kind = random.chance(0.92) ? wanted : random.pick(KINDS);
    if (depth <= 0 || random.chance(0.15)) return leaf(random, scope, kind);
    const x = (of) => expression(random, depth - 1, scope, of);
    const each = (inside, of) => expression(random, depth - 1, inside, of);
    if (scope === 'context' && random.chance(kind === 'truth' || kind === 'any' ? 0.2 : 0.02)) {
        return random.chance(0.3) ? fractional(random, depth, scope) : random.pick(FLAGDS)(random);
    }
    const of = kind === 'any' ? random.pick(KINDS) : random.chance(0.15) ? 'any' : kind;
    return random.pick(OPERATIONS[of])(random, x, each);
}

function outcome(random) {
    if (random.chance(0.7)) return random.pick(VARIANTS);
    return random.pick([() => null, () => fractional(random, 2, 'context'), () => expression(random, 2, 'context', 'any')])();
}

// Most often conditions that lead to variants, as people write them; else anything.
function targeting(random) {
    while (random.chance(0.25)) {
        const rule = expression(random, 3, 'context', random.pick(KINDS));
        if (rule !== null && typeof rule === 'object' && !Array.isArray(rule)) return rule;
    }
    const rule = random.times(1, 3, () => [expression(random, 3, 'context', 'truth'), outcome(random)]).flat();
    return { if: random.chance(0.8) ? [...rule, outcome(random)] : rule };
}

export function randomDocument(random, count) {
    const flags = {};
    for (let i = 0; i < count; i++) {
        flags[`flag-${i}`] = {
            state: 'ENABLED',
            variants: Object.fromEntries(VARIANTS.map((name) => [name, `value of ${name}`])),
            ...(random.chance(0.8) ? { defaultVariant: random.pick(VARIANTS) } : {}),
            ...(random.chance(0.97) ? { targeting: targeting(random) } : {}),
        };
    }
    return { flags };
}

export function randomContext(random) {
    const context = {};
    const maybe = (name, value) => {
        if (random.chance(0.85)) context[name] = value();
    };
    maybe('text', () => random.pick(TEXTS));
    maybe('other', () => scalar(random, 'any'));
    maybe('number', () => random.pick(NUMBERS));
    maybe('small', () => random.below(5));
    maybe('flag', () => random.chance(0.5));
    maybe('nothing', () => null);
    maybe('object', () => ({ text: random.pick(TEXTS), number: random.pick(NUMBERS) }));
    maybe('list', () => random.times(0, 4, () => random.pick(NUMBERS)));
    maybe('texts', () => random.times(0, 3, () => random.pick(TEXTS)));
    maybe('empty', () => []);
    maybe('version', () => random.pick([...VERSIONS, '1.2', '2', 'v1.2.3', 'x']));
    maybe('people', () => random.times(0, 3, () => ({ name: random.pick(TEXTS), age: random.below(90) })));
    maybe('targetingKey', () => `user-${random.below(1000)}`);
    return context;
}
