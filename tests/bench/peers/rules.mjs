// rules.mjs FOLDER PORT ENGINE RULES: a decision over Node's HTTP server, as one would write it in an hour: an API key that
// is looked up, no log, no record. ENGINE is zen (@gorules/zen-engine) or json-rules-engine; RULES is a JSON file of
// [{low, high, region, answer}], the first that matches answers. FOLDER has the npm packages.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const [folder, port, name, file] = process.argv.slice(2);
const load = createRequire(`${folder}/`);
const rules = JSON.parse(readFileSync(file, 'utf8'));
const keys = new Set(['bench-key']);

function zen() {
    const { ZenEngine } = load('@gorules/zen-engine');
    const column = (field) => ({ id: field, name: field, field });
    const table = {
        hitPolicy: 'first',
        inputs: [column('amount'), column('region')],
        outputs: [column('answer')],
        rules: rules.map(({ low, high, region, answer }, number) => ({
            _id: `r${number}`, amount: `[${low}..${high})`, region: `"${region}"`, answer: String(answer),
        })),
    };
    const content = {
        nodes: [
            { id: 'in', name: 'in', type: 'inputNode' },
            { id: 'table', name: 'table', type: 'decisionTableNode', content: table },
            { id: 'out', name: 'out', type: 'outputNode' },
        ],
        edges: [
            { id: 'e1', sourceId: 'in', targetId: 'table', type: 'edge' },
            { id: 'e2', sourceId: 'table', targetId: 'out', type: 'edge' },
        ],
    };
    const decision = new ZenEngine().createDecision(content);
    return async (context) => (await decision.evaluate(context)).result.answer;
}

function jsonRulesEngine() {
    const { Engine } = load('json-rules-engine');
    const engine = new Engine(rules.map(({ low, high, region, answer }) => ({
        conditions: {
            all: [
                { fact: 'amount', operator: 'greaterThanInclusive', value: low },
                { fact: 'amount', operator: 'lessThan', value: high },
                { fact: 'region', operator: 'equal', value: region },
            ],
        },
        event: { type: 'answer', params: { answer } },
    })));
    return async (context) => (await engine.run(context)).events[0]?.params.answer;
}

const decide = name === 'zen' ? zen() : jsonRulesEngine();

createServer((request, response) => {
    if (request.url === '/health') return response.end('{}');
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', async () => {
        const allowed = keys.has(request.headers['x-api-key']);
        const said = allowed ? { result: await decide(JSON.parse(Buffer.concat(parts).toString()).context) } : {};
        response.writeHead(allowed ? 200 : 401, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify(said));
    });
}).listen(Number(port), '127.0.0.1');
