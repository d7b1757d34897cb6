// Random expressions of FEEL and contexts for them, the same for the same seed. Most are of the types that their
// operations want; one in twelve operands is of another.
import {
    ATOM, CALLS, COMPARISON, DATES, DAY_TIMES, KINDS, LITERALS, MONTHS, NAMES, NEGATION, NUMBERS, OPERATORS, POSTFIX,
    RARE, SMALL, SUM, TEXTS, TIMES,
} from './feel_templates.mjs';
import { Random } from './random_flags.mjs';

export { Random };

// A part of an expression: `parts` are its operands, each with the name that it may use if it is evaluated for each
// item of another one (`each`).
class Node {
    constructor(op, text, precedence, parts = []) {
        Object.assign(this, { op, text, precedence, parts });
    }
}

export class Expressions {
    constructor(random) {
        this.random = random;
        this.locals = [];
    }

    // A whole expression: more than a value.
    whole(depth) {
        for (;;) {
            const node = this.make(depth, this.random.pick([...KINDS]));
            if (node.parts.length > 0) return node;
        }
    }

    make(depth, kind) {
        const { random } = this;
        if (random.chance(0.08)) kind = random.pick([...KINDS]);
        if (depth <= 0 || random.chance(0.12)) return this.leaf(kind);
        const ways = [() => this.call(depth, kind), () => this.operation(depth, kind), () => this.binding(depth, kind)];
        return random.pick([0, 0, 0, 1, 1, 1, 2].map((way) => ways[way]))() ?? this.leaf(kind);
    }

    leaf(kind) {
        const names = [
            ...NAMES[kind],
            ...this.locals.filter((local) => local.kind === kind).map((local) => local.name),
        ];
        if (names.length > 0 && this.random.chance(0.5)) return new Node('name', this.random.pick(names), ATOM);
        const text = LITERALS[kind](this.random);
        return new Node('literal', text, text.startsWith('-') ? NEGATION : ATOM);
    }

    // An operand as it stands in an operation: in brackets if it binds less tightly, and now and then so anyway. As the
    // high end of a range, `[]` could be its bracket.
    written(node, least) {
        return node.precedence < least || node.text.startsWith('[]') || this.random.chance(0.05)
            ? `(${node.text})`
            : node.text;
    }

    fill(template, depth, leasts) {
        const parts = [];
        const text = template.replace(/\b[NSBDTXYPLMCR]\b/g, (kind) => {
            const node = this.make(depth - 1, kind);
            parts.push({ node });
            return this.written(node, leasts[Math.min(parts.length, leasts.length) - 1]);
        });
        return { text, parts };
    }

    pick(list, template) {
        const choice = this.random.pick(list);
        return RARE.test(template(choice)) && this.random.chance(0.9) ? this.random.pick(list) : choice;
    }

    call(depth, kind) {
        if (!CALLS[kind]) return undefined;
        const template = this.pick(CALLS[kind], (one) => one);
        const { text, parts } = this.fill(template, depth, [0]);
        return new Node(template, text, template.startsWith('[N..') ? ATOM : POSTFIX, parts);
    }

    operation(depth, kind) {
        if (!OPERATORS[kind]) return undefined;
        const [template, precedence] = this.pick(OPERATORS[kind], ([one]) => one);
        const leasts =
            precedence === COMPARISON ? [SUM] : precedence === POSTFIX ? [POSTFIX, 0] : [precedence, precedence + 1];
        const { text, parts } = this.fill(template, depth, leasts);
        return new Node(template, text, precedence, parts);
    }

    within(name, kind, body) {
        this.locals.push({ name, kind });
        const node = body();
        this.locals.pop();
        return node;
    }

    binding(depth, kind) {
        const { random } = this;
        const make = (of) => this.make(depth - 1, of);
        const name = `x${this.locals.length}`;
        if (random.chance(0.3) || !'BLMN'.includes(kind)) {
            const [condition, yes, no] = [make('B'), make(kind), make(kind)];
            const text = `if ${condition.text} then ${yes.text} else ${no.text}`;
            return new Node('if', text, 0, [{ node: condition }, { node: yes }, { node: no }]);
        }
        const list = make(random.chance(0.9) ? 'L' : 'R');
        const each = (of, as) => ({ node: this.within(as, 'N', () => make(of)), each: { name: as, of: 0 } });
        if (kind === 'B') {
            const body = each('B', name);
            const [word] = [random.pick(['some', 'every'])];
            const text = `${word} ${name} in ${this.written(list, 1)} satisfies ${body.node.text}`;
            return new Node(word, text, 0, [{ node: list }, body]);
        }
        if (kind === 'N') {
            const text = `${this.written(list, POSTFIX)}[item > 1]`;
            return new Node('L[item > N]', text, POSTFIX, [{ node: list }]);
        }
        if (random.chance(0.4)) {
            const body = each('B', 'item');
            return new Node('L[B]', `${this.written(list, POSTFIX)}[${body.node.text}]`, POSTFIX, [
                { node: list },
                body,
            ]);
        }
        const body = each(kind === 'L' ? 'N' : 'S', name);
        const text = `for ${name} in ${this.written(list, 1)} return ${body.node.text}`;
        return new Node('for', text, 0, [{ node: list }, body]);
    }
}

const tagged = (type, value) => ({ '@type': type, '@value': value });

export function randomContext(random) {
    const number = (from) => Number(random.pick(from));
    const context = {
        n: number(NUMBERS),
        m: number(NUMBERS),
        i: number(SMALL),
        s: random.pick(TEXTS),
        'full name': random.pick(TEXTS),
        yes: random.chance(0.5),
        nothing: null,
        day: tagged('date', random.pick(DATES)),
        t: tagged('time', random.pick(TIMES)),
        dt: tagged('date and time', `${random.pick(DATES)}T${random.pick(TIMES)}`),
        ym: tagged('years and months duration', random.pick(MONTHS)),
        dd: tagged('days and time duration', random.pick(DAY_TIMES)),
        ns: random.times(0, 4, () => number(NUMBERS)),
        ss: random.times(0, 3, () => random.pick(TEXTS)),
        ctx: { a: number(NUMBERS), b: random.pick(TEXTS), c: { a: number(SMALL), b: 'inner' } },
    };
    return context;
}
