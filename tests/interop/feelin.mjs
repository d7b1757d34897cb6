// feelin.mjs FEEL_EVAL EXPRESSIONS SEED: evaluates random expressions by npm's feelin and by the program FEEL_EVAL, and
// compares. A difference is followed down to the smallest operation whose operands agree, and that is looked up among the
// known faults (feelin_faults.mjs). Prints one JSON object of what was found, and fails if a difference is none of them.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { faultOf } from './feelin_faults.mjs';
import { require } from './lines.mjs';
import { Expressions, Random, randomContext } from './random_feel.mjs';

const feelin = await import(pathToFileURL(require.resolve('feelin')));

const DEPTH = 3;
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

function rangeText(range) {
    const end = (value) => (value === null ? '' : String(value));
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

// Each name costs their parser time, so they get only those that the text may use.
function theirsOf(text, context) {
    const words = new Set(text.match(/\w+/g));
    const names = Object.keys(context).filter((name) => words.has(name.split(' ')[0]));
    try {
        const given = Object.fromEntries(names.map((name) => [name, fromJson(context[name])]));
        return { value: toJson(feelin.evaluate(text, given).value) };
    } catch (error) {
        return { fault: error.constructor.name === 'SyntaxError' ? 'syntax' : error.message };
    }
}

// Their numbers are binary.
const near = (a, b) => a === b || Math.abs(a - b) <= 1e-10 * Math.max(1, Math.abs(a), Math.abs(b));

function equal(a, b) {
    if (typeof a === 'number' && typeof b === 'number') return near(a, b);
    if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
    if (Array.isArray(a) !== Array.isArray(b)) return false;
    const names = Object.keys(a);
    return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && equal(a[name], b[name]));
}

const same = (mine, theirs) => ('fault' in mine || 'fault' in theirs ? 'fault' in mine && 'fault' in theirs : equal(mine.value, theirs.value));

class FeelEval {
    constructor(program) {
        this.child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
        this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    }
    // `long`: whether a number has more digits than a binary one keeps.
    async ask(context, expressions) {
        this.child.stdin.write(`${JSON.stringify({ context, expressions })}\n`);
        const answers = [];
        for (let i = 0; i < expressions.length; i++) {
            const line = (await this.lines.next()).value;
            answers.push({ ...JSON.parse(line), long: /[\d.]{17}/.test(line) });
        }
        return answers;
    }
    close() {
        this.child.stdin.end();
    }
}

// The contexts in which an operand is evaluated: its own for each item, if it is evaluated for each.
function contextsOf({ each }, context, values) {
    if (!each) return [context];
    const list = values[each.of].mine.value ?? [];
    return (Array.isArray(list) ? list : [list]).map((item) => ({ ...context, [each.name]: item }));
}

// The smallest operation that differs; the operands of what it is found in agree.
async function smallest(evaluator, node, context, whole) {
    const values = [];
    for (const part of node.parts) {
        for (const inner of contextsOf(part, context, values)) {
            const [mine] = await evaluator.ask(inner, [part.node.text]);
            const both = { mine, theirs: theirsOf(part.node.text, inner) };
            if (!same(both.mine, both.theirs)) return smallest(evaluator, part.node, inner, both);
            values.push(both);
        }
        if (node.op === 'if' && values.length === 1) {
            const taken = node.parts[values[0].mine.value === true ? 1 : 2];
            return smallest(evaluator, { ...node, op: 'if taken', parts: [taken] }, context, whole);
        }
    }
    return { op: node.op, text: node.text, context, values, ...whole };
}

async function compareBatch(evaluator, random, result) {
    const context = randomContext(random);
    const nodes = Array.from({ length: BATCH }, () => new Expressions(random).make(DEPTH));
    const answers = await evaluator.ask(context, nodes.map((node) => node.text));
    for (const [i, node] of nodes.entries()) {
        const both = { mine: answers[i], theirs: theirsOf(node.text, context) };
        result.expressions++;
        if (both.mine.value !== undefined && both.mine.value !== null) result.values++;
        if (same(both.mine, both.theirs)) {
            result.agree++;
            continue;
        }
        const found = await smallest(evaluator, node, context, both);
        const fault = faultOf(found);
        if (fault) result.faults[fault] = (result.faults[fault] ?? 0) + 1;
        else report(found, node, result);
    }
}

function report({ op, text, context, values, mine, theirs }, node, result) {
    result.unexplained++;
    if (result.examples.length >= Number(process.env.MORTISE_EXAMPLES ?? 10)) return;
    const used = Object.fromEntries(Object.entries(context).filter(([name]) => new RegExp(`\\b${name}\\b`).test(text)));
    result.examples.push({ op, text, context: used, operands: values.map((one) => one.mine.value), mine, theirs, in: node.text });
}

async function main([program, expressions, seed]) {
    const random = new Random(Number(seed));
    const evaluator = new FeelEval(program);
    const result = { expressions: 0, values: 0, agree: 0, unexplained: 0, faults: {}, examples: [] };
    while (result.expressions < Number(expressions)) await compareBatch(evaluator, random, result);
    evaluator.close();
    console.log(JSON.stringify(result));
    return result.unexplained === 0;
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
