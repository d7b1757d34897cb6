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
}

const VARIANTS = ['a', 'b', 'c', 'true', 'false', '0', '1', '2', 'null', '3.5'];
const TEXTS = ['', 'a', 'b', 'abc', 'ab', '1', '2.5', '0', 'true', 'null', '1.2.3', '2.0.0-rc.1', 'ada@example.com', 'Example',
    ' 7 ', '0x1f', '-3', 'caf\u00e9', 'x,y'];
const NUMBERS = [0, 1, 2, 3, -1, 10, 0.5, -2.5, 100, 1e21, 1e-7, 4294967296];
const VERSIONS = ['1.0.0', '1.2.3', '2.0.0', '1.2.3-beta.2', '1.2.3-beta.11', '1.0.0+build', '10.0.0'];
const PATHS = ['text', 'other', 'number', 'small', 'flag', 'nothing', 'absent', 'object.text', 'object.number', 'object.absent',
    'list', 'list.0', 'texts', 'texts.1', 'empty', 'version', 'people', 'targetingKey', '$flagd.flagKey', 'people.0.age'];
const LISTS = ['list', 'texts', 'empty', 'people', 'nothing'];

function scalar(random) {
    const kind = random.below(10);
    if (kind < 4) return random.pick(TEXTS);
    if (kind < 8) return random.pick(NUMBERS);
    return kind === 8 ? random.chance(0.5) : null;
}

function literal(random) {
    if (random.chance(0.9)) return scalar(random);
    return Array.from({ length: random.below(4) }, () => scalar(random));
}

// `scope` is where a var looks: the context, an element, or current and accumulator.
function variable(random, scope) {
    const path = scope === 'element' ? random.pick(['', 'age', 'name', 'absent'])
        : scope === 'reduction' ? random.pick(['current', 'accumulator', 'current.age'])
            : random.pick(PATHS);
    return random.chance(0.15) ? { var: [path, scalar(random)] } : { var: path };
}

function several(random, depth, scope, min, max) {
    return Array.from({ length: min + random.below(max - min + 1) }, () => expression(random, depth - 1, scope));
}

function list(random, depth, scope) {
    if (scope === 'context' && random.chance(0.7)) return { var: random.pick(LISTS) };
    if (random.chance(0.5)) return Array.from({ length: random.below(4) }, () => scalar(random));
    return random.pick([{ merge: several(random, depth, scope, 1, 3) }, variable(random, scope)]);
}

function fractional(random, depth, scope) {
    const shares = Array.from({ length: 1 + random.below(4) }, () => {
        const variant = random.chance(0.8) ? random.pick(VARIANTS) : expression(random, depth - 1, scope);
        if (random.chance(0.1)) return [variant];
        return [variant, random.chance(0.9) ? random.below(100) : { '+': [{ var: 'number' }, random.below(10)] }];
    });
    if (random.chance(0.5)) return { fractional: shares };
    const by = random.pick([{ var: 'text' }, { var: 'targetingKey' }, { cat: [{ var: '$flagd.flagKey' }, { var: 'text' }] }, { var: 'absent' },
        { var: 'number' }]);
    return { fractional: [by, ...shares] };
}

const OPERATIONS = {
    if: (r, d, s) => ({ if: several(r, d, s, 1, 5) }),
    and: (r, d, s) => ({ and: several(r, d, s, 1, 3) }),
    or: (r, d, s) => ({ or: several(r, d, s, 1, 3) }),
    not: (r, d, s) => ({ [r.pick(['!', '!!'])]: [expression(r, d - 1, s)] }),
    equal: (r, d, s) => ({ [r.pick(['==', '!=', '===', '!=='])]: several(r, d, s, 2, 2) }),
    order: (r, d, s) => ({ [r.pick(['<', '<='])]: several(r, d, s, 2, 3) }),
    greater: (r, d, s) => ({ [r.pick(['>', '>='])]: several(r, d, s, 2, 2) }),
    sum: (r, d, s) => ({ [r.pick(['+', '-'])]: several(r, d, s, 1, 3) }),
    product: (r, d, s) => ({ '*': several(r, d, s, 2, 3) }),
    quotient: (r, d, s) => ({ [r.pick(['/', '%'])]: several(r, d, s, 2, 2) }),
    extreme: (r, d, s) => ({ [r.pick(['min', 'max'])]: several(r, d, s, 1, 3) }),
    in: (r, d, s) => ({ in: [expression(r, d - 1, s), r.chance(0.6) ? list(r, d, s) : expression(r, d - 1, s)] }),
    cat: (r, d, s) => ({ cat: several(r, d, s, 1, 3) }),
    substr: (r, d, s) => ({ substr: [r.chance(0.7) ? { var: r.pick(['text', 'other']) } : expression(r, d - 1, s), r.below(7) - 3,
        ...(r.chance(0.5) ? [r.below(7) - 3] : [])] }),
    merge: (r, d, s) => ({ merge: several(r, d, s, 1, 3) }),
    iterate: (r, d, s) => ({ [r.pick(['map', 'filter', 'all', 'some', 'none'])]: [list(r, d, s), expression(r, d - 1, 'element')] }),
    reduce: (r, d, s) => ({ reduce: [list(r, d, s), expression(r, d - 1, 'reduction'), scalar(r)] }),
    missing: (r) => ({ missing: Array.from({ length: 1 + r.below(3) }, () => r.pick(PATHS)) }),
    missingSome: (r) => ({ missing_some: [r.below(3), Array.from({ length: 1 + r.below(3) }, () => r.pick(PATHS))] }),
    affix: (r, d, s) => ({ [r.pick(['starts_with', 'ends_with'])]: [r.chance(0.8) ? { var: r.pick(['text', 'other', 'number']) } : r.pick(TEXTS),
        r.pick(TEXTS)] }),
    version: (r, d, s) => ({ sem_ver: [{ var: r.pick(['version', 'number', 'text', 'absent']) },
        r.pick(['=', '!=', '<', '<=', '>', '>=', '~', '^']), r.pick(VERSIONS)] }),
    fractional,
};

export function expression(random, depth, scope) {
    if (depth <= 0 || random.chance(0.15)) return random.chance(0.6) ? variable(random, scope) : literal(random);
    return OPERATIONS[random.pick(Object.keys(OPERATIONS))](random, depth, scope);
}

// Most often conditions that lead to variants, as people write them; else anything.
function targeting(random) {
    if (random.chance(0.25)) return random.pick(Object.values(OPERATIONS))(random, 3, 'context');
    const rule = [];
    for (let i = 0; i <= random.below(3); i++) rule.push(expression(random, 3, 'context'), outcomeOf(random));
    if (random.chance(0.8)) rule.push(outcomeOf(random));
    return { if: rule };
}

function outcomeOf(random) {
    if (random.chance(0.75)) return random.pick(VARIANTS);
    return random.chance(0.4) ? null : random.chance(0.5) ? fractional(random, 2, 'context') : expression(random, 2, 'context');
}

export function randomDocument(random, count) {
    const flags = {};
    for (let i = 0; i < count; i++) {
        flags[`flag-${i}`] = {
            state: random.chance(0.98) ? 'ENABLED' : 'ENABLED',
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
        if (random.chance(0.8)) context[name] = value();
    };
    maybe('text', () => random.pick(TEXTS));
    maybe('other', () => scalar(random));
    maybe('number', () => random.pick(NUMBERS));
    maybe('small', () => random.below(5));
    maybe('flag', () => random.chance(0.5));
    maybe('nothing', () => null);
    maybe('object', () => ({ text: random.pick(TEXTS), number: random.pick(NUMBERS) }));
    maybe('list', () => Array.from({ length: random.below(5) }, () => random.pick(NUMBERS)));
    maybe('texts', () => Array.from({ length: random.below(4) }, () => random.pick(TEXTS)));
    maybe('empty', () => []);
    maybe('version', () => random.pick([...VERSIONS, '1.2', '2', 'v1.2.3', 'x']));
    maybe('people', () => Array.from({ length: random.below(4) }, () => ({ name: random.pick(TEXTS), age: random.below(90) })));
    maybe('targetingKey', () => `user-${random.below(1000)}`);
    return context;
}
