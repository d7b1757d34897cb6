// tables.mjs FOLDER: tables of 10, 100 and 1,000 rules in the process, as table_lookup.cpp has them. Prints of zen, then of
// json-rules-engine, for each size the microseconds of a decision; then how many of all answers were wrong. Decisions are
// asked for in groups, so that an engine with threads of its own may use them. FOLDER has the npm packages.
import { createRequire } from 'node:module';
import { jsonRulesEngine, zen } from './rule_engines.mjs';

const BAND = 10;
const GROUP = 16;
const MILLISECONDS = 1000; // of a measurement
const REGIONS = ['north', 'south', 'east', 'west'];

const load = createRequire(`${process.argv[2]}/`);
const low = (number) => Math.floor(number / REGIONS.length) * BAND;
const region = (number) => REGIONS[number % REGIONS.length];
const rulesOf = (size) => Array.from({ length: size }, (_, number) => ({
    low: low(number), high: low(number) + BAND, region: region(number), answer: number,
}));

let wrong = 0;
let at = 0;

async function group(decide, size) {
    const asked = Array.from({ length: GROUP }, () => (at = (at + 7) % size));
    const answers = await Promise.all(asked.map(
        (number) => decide({ amount: low(number) + number % BAND, region: region(number) })));
    wrong += answers.filter((answer, place) => answer !== asked[place]).length;
}

async function microseconds(decide, size) {
    await group(decide, size); // warm
    const begin = performance.now();
    let decided = 0;
    while (performance.now() - begin < MILLISECONDS) {
        await group(decide, size);
        decided += GROUP;
    }
    return (performance.now() - begin) * 1000 / decided;
}

const measured = [];
for (const engine of [zen, jsonRulesEngine])
    for (const size of [10, 100, 1000]) {
        at = 0;
        measured.push((await microseconds(engine(load, rulesOf(size)), size)).toFixed(2));
    }
console.log(measured.join(' '), wrong);
