// rules.mjs FOLDER PORT ENGINE RULES: a decision over Node's HTTP server, as one would write it in an hour: an API key that
// is looked up, no log, no record. ENGINE is zen (@gorules/zen-engine) or json-rules-engine; RULES is a JSON file of
// [{low, high, region, answer}], the first that matches answers. FOLDER has the npm packages.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { jsonRulesEngine, zen } from './rule_engines.mjs';

const [folder, port, name, file] = process.argv.slice(2);
const load = createRequire(`${folder}/`);
const rules = JSON.parse(readFileSync(file, 'utf8'));
const keys = new Set(['bench-key']);

const decide = (name === 'zen' ? zen : jsonRulesEngine)(load, rules);

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
