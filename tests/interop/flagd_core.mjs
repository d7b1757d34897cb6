// flagd_core.mjs FLAG_EVAL EVALUATIONS SEED: evaluates random flags for random contexts by @openfeature/flagd-core and
// by the program FLAG_EVAL, and compares. Prints one JSON object with what was found, and fails if something differs
// that no known fault of flagd-core explains.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Random, randomContext, randomDocument } from './random_flags.mjs';

const packages = fileURLToPath(new URL('../../build/npm/', import.meta.url));
const { FlagdCore } = createRequire(packages)('@openfeature/flagd-core');
const SILENT = { error() {}, warn() {}, info() {}, debug() {} };

const FLAGS = 20;
const CONTEXTS = 50;

// flagd-core evaluates in two ways, which must not differ and do.
export function makeCore(document, interpreted) {
    const core = new FlagdCore(undefined, SILENT, { disableDynamicCodeGeneration: interpreted });
    core.setConfigurations(JSON.stringify(document));
    return core;
}

export function outcome(core, key, context) {
    const { reason, variant, errorCode } = core.getFlag(key).evaluate(structuredClone(context), SILENT);
    // When a fault is found, at the load or at the evaluation, is nobody's concern: the code default applies.
    return errorCode ? 'ERROR' : `${reason} ${variant ?? ''}`;
}

export function ours(answer) {
    return answer.errorCode ? 'ERROR' : `${answer.reason} ${answer.variant ?? ''}`;
}

// What is known of flagd-core, by what the rule has in it.
const has = (rule, test) => test(rule) || (rule && typeof rule === 'object' && Object.values(rule).some((part) => has(part, test)));
const operation = (name) => (part) => part && typeof part === 'object' && !Array.isArray(part) && name in part;
const ITERATIONS = ['map', 'filter', 'reduce', 'all', 'some', 'none'];
const KNOWN = {
    // They look for a logger in the element that a map or the like is at, and fail.
    'flagd operation inside of an iteration': (rule) =>
        ITERATIONS.some((name) => has(rule, (part) => operation(name)(part) &&
            has(part[name][1], (inner) => ['fractional', 'sem_ver', 'starts_with', 'ends_with'].some((op) => operation(op)(inner))))),
};

function explain(rule) {
    return Object.keys(KNOWN).find((name) => KNOWN[name](rule));
}

class FlagEval {
    constructor(program) {
        this.child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
        this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    }
    async ask(requests) {
        this.child.stdin.write(requests.map((request) => JSON.stringify(request) + '\n').join(''));
        const answers = [];
        for (let i = 0; i < requests.length; i++) answers.push(JSON.parse((await this.lines.next()).value));
        return answers;
    }
    close() {
        this.child.stdin.end();
    }
}

async function main([program, evaluations, seed]) {
    const random = new Random(Number(seed));
    const flagEval = new FlagEval(program);
    const result = { evaluations: 0, agree: 0, theirModesDiffer: 0, explained: {}, unexplained: 0, outcomes: {}, examples: [] };
    while (result.evaluations < Number(evaluations)) {
        const document = randomDocument(random, FLAGS);
        const cores = [makeCore(document, false), makeCore(document, true)];
        const requests = [{ flags: document }];
        for (let i = 0; i < CONTEXTS; i++) {
            const context = randomContext(random);
            for (const key of Object.keys(document.flags)) requests.push({ key, context });
        }
        const answers = await flagEval.ask(requests);
        if (answers[0].fault) throw new Error(`${answers[0].fault}: ${JSON.stringify(document)}`);
        requests.forEach(({ key, context }, i) => {
            if (!key) return;
            const mine = ours(answers[i]);
            const theirs = cores.map((core) => outcome(core, key, context));
            result.evaluations++;
            const kind = mine.split(' ')[0];
            result.outcomes[kind] = (result.outcomes[kind] ?? 0) + 1;
            if (theirs.every((one) => one === mine)) return result.agree++;
            if (theirs.includes(mine)) return result.theirModesDiffer++;
            const rule = document.flags[key].targeting;
            const fault = explain(rule);
            if (fault) return (result.explained[fault] = (result.explained[fault] ?? 0) + 1);
            result.unexplained++;
            if (result.examples.length < 5) result.examples.push({ rule, context, mine, theirs });
        });
    }
    flagEval.close();
    console.log(JSON.stringify(result));
    return result.unexplained === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    process.exit((await main(process.argv.slice(2))) ? 0 : 1);
}
