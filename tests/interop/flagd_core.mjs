// flagd_core.mjs FLAG_EVAL EVALUATIONS SEED URL KEY: evaluates random flags for random contexts by
// @openfeature/flagd-core, by the program FLAG_EVAL and by the server at URL, whose API key is KEY, and compares. Prints
// one JSON object of what was found, and fails if the server and the program differ at all, or flagd-core does in what
// none of its known faults explains. docs/en/flags.md lists these.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { FlagServer } from './flag_server.mjs';
import { Random, randomContext, randomDocument } from './random_flags.mjs';

const require = createRequire(fileURLToPath(new URL('../../build/npm/', import.meta.url)));
const { FlagdCore } = require('@openfeature/flagd-core');
const { LogicEngine, defaultMethods } = require('json-logic-engine');
const MurmurHash3 = require('imurmurhash');
const SILENT = { error() {}, warn() {}, info() {}, debug() {} };

const FLAGS = 20; // in a document
const CONTEXTS = 50; // for each document
const NOW = 1_750_000_000_000;
Date.now = () => NOW;

// flagd-core evaluates in two ways: it compiles rules, or interprets them where code can't be generated.
function bothWays(document) {
    return [false, true].map((disableDynamicCodeGeneration) => {
        const core = new FlagdCore(undefined, SILENT, { disableDynamicCodeGeneration });
        core.setConfigurations(JSON.stringify(document));
        return core;
    });
}

// An error is one, whatever its code: they find at the load what we find when it is reached, and the other way round.
const said = ({ reason, variant, errorCode }) => (errorCode ? 'ERROR' : `${reason} ${variant ?? ''}`);
const theirOutcome = (core, key, context) => said(core.getFlag(key).evaluate(structuredClone(context), SILENT));

// Their methods as they would be without the faults that are known.
const text = (value) => (value === null || value === undefined ? '' : String(value));
const lazily = (method) => ({ lazy: true, deterministic: false, method });
const first = (args) => (Array.isArray(args) ? args[0] : args);
const elements = ([list], context, above, engine) => {
    const value = engine.run(list, context, { above });
    return Array.isArray(value) ? value : [];
};
const holds = ([list, rule], context, above, engine) => (item) =>
    engine.truthy(engine.run(rule, item, { above: [list, context, above] }));
const operands = (args, context, above, engine) =>
    Array.isArray(args) ? args.map((one) => engine.run(one, context, { above })) : engine.run(args, context, { above });
// One argument that is an array is no number, and not the arguments; and what is beyond all numbers is none.
const arithmetic = (...names) =>
    Object.fromEntries(
        names.map((name) => [name, defaultMethods[name]]).map(([name, method]) => [
            name,
            lazily((...call) => {
                const result = (method.method ?? method)(operands(...call));
                if (!Number.isFinite(result)) throw NaN;
                return result;
            }),
        ]),
    );
const REPAIRS = {
    // Null adds nothing to a text: compiled they write "null", interpreted they fail if it is the only argument.
    cat: { method: (list) => (Array.isArray(list) ? list : [list]).map(text).join(''), deterministic: true },
    // The truth of a rule that answers an array is not that of its first element.
    '!': lazily((args, context, above, engine) => !engine.truthy(engine.run(first(args), context, { above }))),
    '!!': lazily((args, context, above, engine) => Boolean(engine.truthy(engine.run(first(args), context, { above })))),
    // Of what is no array they go through the characters, or through nothing.
    all: lazily((...call) => elements(...call).length > 0 && elements(...call).every(holds(...call))),
    some: lazily((...call) => elements(...call).some(holds(...call))),
    none: lazily((...call) => !elements(...call).some(holds(...call))),
    ...arithmetic('+', '-', '*', '/'),
    // Interpreted they don't take the default instead of a null.
    var: {
        deterministic: (data, { insideIterator }) => insideIterator,
        method: (args, context) => {
            const [key, otherwise] = Array.isArray(args) ? args : [args];
            if (key === '' || key === null || key === undefined) return context;
            let value = context;
            for (const step of String(key).split('.')) value = Object.hasOwn(Object(value), step) ? value[step] : null;
            return value ?? otherwise ?? null;
        },
    },
};

// What is right in itself, and wrong as it is compiled (all parts of a rule share one variable) or shortened (a filter
// by a constant gives null of nothing).
const PLAIN = ['==', '!=', '<', '<=', '>', '>=', 'filter'];

function plain(method) {
    const copy = { ...method };
    delete copy.compile;
    delete copy[Symbol.for('json_logic_original')];
    return copy;
}

// Makes both ways of a document with the methods mended.
function mended(document) {
    const before = { ...defaultMethods };
    for (const name of PLAIN) defaultMethods[name] = plain(defaultMethods[name]);
    Object.assign(defaultMethods, REPAIRS);
    try {
        return bothWays(document);
    } finally {
        Object.assign(defaultMethods, before);
    }
}

// They hash UTF-16 units as if they were bytes; flagd's own servers hash UTF-8.
function withUtf8Hash(body) {
    const { hash } = MurmurHash3.prototype;
    MurmurHash3.prototype.hash = function (key) {
        return hash.call(this, Buffer.from(key, 'utf8').toString('latin1'));
    };
    try {
        return body();
    } finally {
        MurmurHash3.prototype.hash = hash;
    }
}

const ITERATIONS = ['map', 'filter', 'reduce', 'all', 'some', 'none'];
const ASKING = ['missing', 'missing_some', 'fractional', 'sem_ver', 'starts_with', 'ends_with'];

function isConstant(rule, inside = false) {
    if (rule === null || typeof rule !== 'object') return true;
    if (Array.isArray(rule)) return rule.every((part) => isConstant(part, inside));
    const [name] = Object.keys(rule);
    if (name === 'var') return inside;
    if (ASKING.includes(name)) return false;
    if (!ITERATIONS.includes(name)) return isConstant(rule[name], inside);
    return rule[name].every((part, i) => isConstant(part, inside || i === 1));
}

function fails(rule) {
    try {
        new LogicEngine().run(rule, {});
        return false;
    } catch {
        return true;
    }
}

// Whether the rule has a part that is constant and can only fail. They compute it beforehand, whether it is reached
// or not, and then the whole flag fails.
function hasFailingPart(rule) {
    if (rule === null || typeof rule !== 'object') return false;
    if (!Array.isArray(rule) && isConstant(rule) && fails(rule)) return true;
    return Object.values(rule).some(hasFailingPart);
}

// They look for an operation in the rule of a reduce without asking whether there is one.
function reducesByNull(rule) {
    if (rule === null || typeof rule !== 'object') return false;
    return rule.reduce?.[1] === null || Object.values(rule).some(reducesByNull);
}

// The number in `result` under which an evaluation counts.
function judge(mine, key, context, rule, cores, mendedCores) {
    const theirs = cores.map((core) => theirOutcome(core, key, context));
    if (theirs.every((one) => one === mine)) return 'agree';
    if (theirs[1] === mine) return 'only_compiled_differs';
    if (theirs[0] === mine) return 'only_interpreted_differs';
    const repaired = withUtf8Hash(() => mendedCores.map((core) => theirOutcome(core, key, context)));
    if (repaired.includes(mine)) return 'mended_agrees';
    if (theirs.every((one) => one === 'ERROR') && (hasFailingPart(rule) || reducesByNull(rule))) return 'fails_beforehand';
    return 'unexplained';
}

export class FlagEval {
    constructor(program) {
        this.child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
        this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    }
    async ask(requests) {
        this.child.stdin.write(requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
        const answers = [];
        for (let i = 0; i < requests.length; i++) answers.push(JSON.parse((await this.lines.next()).value));
        return answers;
    }
    close() {
        this.child.stdin.end();
    }
}

function compare(document, requests, answers, result) {
    const cores = bothWays(document);
    const mendedCores = mended(document);
    requests.forEach(({ key, context }, i) => {
        const mine = said(answers[i]);
        const rule = document.flags[key].targeting;
        const judgement = judge(mine, key, context, rule, cores, mendedCores);
        const reason = mine.split(' ')[0];
        result.evaluations++;
        result.outcomes[reason] = (result.outcomes[reason] ?? 0) + 1;
        result[judgement] = (result[judgement] ?? 0) + 1;
        if (judgement === 'unexplained' && result.examples.length < 10) {
            result.examples.push({ rule, context, mine, theirs: cores.map((core) => theirOutcome(core, key, context)) });
        }
    });
}

// What both the program and the server tell of an evaluation; OFREP names no reason beside an error.
const told = ({ reason, variant, value, errorCode, metadata }) => ({
    reason: errorCode ? 'ERROR' : reason, variant, value, errorCode, metadata,
});

// The server's time is another one than NOW. Where that counts, the program is asked again for each second in which the
// server may have answered.
async function compareHttp(flagEval, requests, answers, { doors, seconds }, result) {
    for (const [i, { key, context }] of requests.entries()) {
        for (const [door, contexts] of Object.entries(doors)) {
            const theirs = told(contexts[Math.floor(i / FLAGS)].get(key) ?? {});
            const agrees = (mine) => isDeepStrictEqual(told(mine), theirs);
            result.evaluations[door] = (result.evaluations[door] ?? 0) + 1;
            if (agrees(answers[i])) continue;
            const later = await flagEval.ask(seconds.map((now) => ({ key, context, now })));
            result[later.some(agrees) ? 'at_their_time' : 'differ']++;
            if (!later.some(agrees) && result.examples.length < 10)
                result.examples.push({ door, key, context, mine: later, theirs });
        }
    }
}

async function compareDocument(random, flagEval, server, result) {
    const document = randomDocument(random, FLAGS);
    const contexts = Array.from({ length: CONTEXTS }, () => randomContext(random));
    const keys = Object.keys(document.flags);
    const requests = contexts.flatMap((context) => keys.map((key) => ({ key, context, now: NOW / 1000 })));
    const [read, ...answers] = await flagEval.ask([{ flags: document }, ...requests]);
    if (read.fault) throw new Error(`${read.fault}: ${JSON.stringify(document)}`);
    await server.take(document);
    await compareHttp(flagEval, requests, answers, await server.evaluate(contexts), result.http);
    compare(document, requests, answers, result);
}

async function main([program, evaluations, seed, url, key]) {
    const random = new Random(Number(seed));
    const flagEval = new FlagEval(program);
    const server = new FlagServer(url, key);
    const http = { evaluations: {}, at_their_time: 0, differ: 0, examples: [] };
    const result = { evaluations: 0, agree: 0, unexplained: 0, outcomes: {}, examples: [], http };
    while (result.evaluations < Number(evaluations)) await compareDocument(random, flagEval, server, result);
    flagEval.close();
    console.log(JSON.stringify(result));
    return result.unexplained === 0 && http.differ === 0;
}

process.exit((await main(process.argv.slice(2))) ? 0 : 1);
