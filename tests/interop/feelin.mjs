// feelin.mjs FEEL_EVAL EXPRESSIONS SEED: evaluates random expressions by npm's feelin and by the program FEEL_EVAL, and
// compares. A difference is followed down to the smallest operation whose operands agree, and that is looked up among
// the known faults (feelin_faults.mjs). Prints one JSON object of what was found, and fails if a difference is none.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { FAULTS, faultOf } from './feelin_faults.mjs';
import { require } from './lines.mjs';
import { Expressions, Random, randomContext } from './random_feel.mjs';

const feelin = await import(pathToFileURL(require.resolve('feelin')));

// From a fraction, or past the only number of a range without its low end, they count on without an end; from 1 to a
// million for long.
const { map } = feelin.FeelRange.prototype;
feelin.FeelRange.prototype.map = function (make) {
    const { start, end } = this;
    const whole = Number.isInteger(start) && Number.isInteger(end) && Math.abs(end - start) < 1000;
    const ends = whole && (start !== end || this['start included']);
    if (typeof start === 'number' && !ends) throw new Error('endless');
    return map.call(this, make);
};

const DEPTHS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 3]; // how deep expressions are, equally often
const BATCH = 250; // expressions for each context
const TYPES = [
    [feelin.FeelDate, () => 'date'],
    [feelin.FeelTime, () => 'time'],
    [feelin.FeelDateTime, () => 'date and time'],
    [feelin.FeelDuration, (value) => (value.yearsMonths ? 'years and months duration' : 'days and time duration')],
];

// Their values as JSON, as the program writes them.
function toJson(value) {
    if (value === undefined || typeof value === 'function' || feelin.isFunction(value)) return null;
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map(toJson);
    if (feelin.isRange(value)) return rangeText(value);
    const type = TYPES.find(([one]) => value instanceof one);
    if (type) return { '@type': type[1](value), '@value': value.toString() };
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, toJson(entry)]));
}

// As the program writes them.
function rangeText(range) {
    const end = (value) => (typeof value === 'string' ? JSON.stringify(value) : String(value));
    const [open, close] = [range['start included'] ? '[' : '(', range['end included'] ? ']' : ')'];
    return `${open}${end(range.start)}..${end(range.end)}${close}`;
}

const PARSERS = {
    date: feelin.parseDate,
    time: feelin.parseTime,
    'date and time': feelin.parseDateTime,
    'days and time duration': feelin.duration,
    'years and months duration': feelin.duration,
};

function fromJson(value) {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map(fromJson);
    if (value['@type']) return PARSERS[value['@type']](value['@value']);
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, fromJson(entry)]));
}

const contexts = new WeakMap();

// Each name costs their parser time, so they get only those that the text may use.
function given(text, context) {
    if (!contexts.has(context)) contexts.set(context, Object.entries(fromJson(context)));
    const words = new Set(text.match(/\w+/g));
    return Object.fromEntries(contexts.get(context).filter(([name]) => words.has(name.split(' ')[0])));
}

function theirsOf(text, context) {
    try {
        return { value: toJson(feelin.evaluate(text, given(text, context)).value) };
    } catch (error) {
        return { fault: error.constructor.name === 'SyntaxError' ? 'syntax' : error.message };
    }
}

// Their numbers are binary.
const near = (a, b) => a === b || Math.abs(a - b) <= 1e-10 * Math.max(1, Math.abs(a), Math.abs(b));

const RANGE = /^([[(])(.*)\.\.(.*)([\])])$/s;

// Ranges, which are texts here; the bracket at an end that is null says nothing.
function equalRanges(a, b) {
    const [one, other] = [RANGE.exec(a), RANGE.exec(b)];
    if (!one || !other) return false;
    const ends = [2, 3].every((end) => one[end] === other[end] || near(Number(one[end]), Number(other[end])));
    const brackets = [
        [1, 2],
        [4, 3],
    ].every(([bracket, end]) => one[bracket] === other[bracket] || one[end] === 'null');
    return ends && brackets;
}

// They write the offset of UTC in two ways.
const instant = (text) => text.replace(/\+00:00$/, 'Z');

function equal(a, b) {
    if (typeof a === 'number' && typeof b === 'number') return near(a, b);
    if (typeof a === 'string' && typeof b === 'string') return a === b || instant(b) === a || equalRanges(a, b);
    if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
    if (Array.isArray(a) !== Array.isArray(b)) return false;
    const names = Object.keys(a);
    return (
        names.length === Object.keys(b).length &&
        names.every((name) => Object.hasOwn(b, name) && equal(a[name], b[name]))
    );
}

const same = (mine, theirs) =>
    'fault' in mine || 'fault' in theirs ? 'fault' in mine && 'fault' in theirs : equal(mine.value, theirs.value);

class FeelEval {
    constructor(program) {
        this.child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
        this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
        this.known = new Map();
    }
    // By text: {value} or {fault}, and `long` if a number has more digits than a binary one keeps. Asks only for what
    // was not asked before in this very context.
    async ask(context, texts) {
        if (!this.known.has(context)) this.known.set(context, new Map());
        const answers = this.known.get(context);
        const expressions = [...new Set(texts)].filter((text) => !answers.has(text));
        if (expressions.length > 0) this.child.stdin.write(`${JSON.stringify({ context, expressions })}\n`);
        for (const text of expressions) {
            const line = (await this.lines.next()).value;
            answers.set(text, { ...JSON.parse(line), long: /[\d.]{17}/.test(line) });
        }
        return answers;
    }
    async both(context, text) {
        return { mine: (await this.ask(context, [text])).get(text), theirs: theirsOf(text, context) };
    }
    forget() {
        this.known.clear();
    }
    close() {
        this.child.stdin.end();
    }
}

// The contexts in which an operand is evaluated: its own for each item, if it is evaluated for each.
function contextsOf({ each }, context, values) {
    if (!each) return [context];
    return itemsOf(values[each.of].mine.value).map((item) => ({ ...context, [each.name]: item }));
}

function itemsOf(value) {
    if (value === null || value === undefined) return [];
    if (Array.isArray(value)) return value;
    const [, open, low, high, close] = RANGE.exec(value) ?? [];
    const [from, to] = [Number(low) + (open === '('), Number(high) - (close === ')')];
    return Number.isInteger(from) && to - from < 100
        ? Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
        : [value];
}

// The smallest operation that differs, all of whose operands agree.
async function smallest(evaluator, node, context, whole) {
    const values = [];
    for (const part of node.op === 'if' ? node.parts.slice(0, 1) : node.parts) {
        for (const inner of contextsOf(part, context, values)) {
            const both = await evaluator.both(inner, part.node.text);
            if (!same(both.mine, both.theirs)) return smallest(evaluator, part.node, inner, both);
            values.push(both);
        }
    }
    if (node.op === 'if') {
        const taken = node.parts[values[0].mine.value === true ? 1 : 2].node;
        const both = await evaluator.both(context, taken.text);
        if (!same(both.mine, both.theirs)) return smallest(evaluator, taken, context, both);
    }
    return { op: node.op, text: node.text, context, values, ...whole };
}

const textsWithin = (node) =>
    node.parts.flatMap((part) => (part.each ? [] : [part.node.text, ...textsWithin(part.node)]));

async function compareBatch(evaluator, random, result) {
    const context = randomContext(random);
    const nodes = Array.from({ length: BATCH }, () => new Expressions(random).whole(random.pick(DEPTHS)));
    const answers = await evaluator.ask(
        context,
        nodes.map((node) => node.text),
    );
    const pairs = nodes.map((node) => ({ node, mine: answers.get(node.text), theirs: theirsOf(node.text, context) }));
    const different = pairs.filter(({ mine, theirs }) => !same(mine, theirs));
    result.expressions += pairs.length;
    result.values += pairs.filter(({ mine }) => (mine.value ?? null) !== null).length;
    result.agree += pairs.length - different.length;
    await evaluator.ask(
        context,
        different.flatMap(({ node }) => textsWithin(node)),
    );
    for (const { node, ...whole } of different) {
        const found = await smallest(evaluator, node, context, whole);
        const fault = faultOf(found);
        if (fault) result.faults[fault] = (result.faults[fault] ?? 0) + 1;
        else report(found, node, result);
    }
    evaluator.forget();
}

function report({ op, text, context, values, mine, theirs }, node, result) {
    result.unexplained++;
    if (result.examples.length >= Number(process.env.MORTISE_EXAMPLES ?? 10)) return;
    const used = Object.fromEntries(Object.entries(context).filter(([name]) => new RegExp(`\\b${name}\\b`).test(text)));
    result.examples.push({
        op,
        text,
        context: used,
        operands: values.map((one) => one.mine.value),
        mine,
        theirs,
        in: node.text,
    });
}

async function main([program, expressions, seed]) {
    const random = new Random(Number(seed));
    const evaluator = new FeelEval(program);
    const result = {
        expressions: 0,
        values: 0,
        agree: 0,
        unexplained: 0,
        faults: {},
        listed: FAULTS.map(({ name }) => name),
        examples: [],
    };
    while (result.expressions < Number(expressions)) await compareBatch(evaluator, random, result);
    evaluator.close();
    console.log(JSON.stringify(result));
    return result.unexplained === 0;
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
