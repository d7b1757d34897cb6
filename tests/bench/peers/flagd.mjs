// flagd.mjs FOLDER PORT DOCUMENT: OFREP over Node's HTTP server and @openfeature/flagd-core, as one would write it in
// an hour: single and bulk evaluation, an API key that is looked up, no log. FOLDER has the npm packages.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const [folder, port, document] = process.argv.slice(2);
const { FlagdCore } = createRequire(`${folder}/`)('@openfeature/flagd-core');
const SILENT = { error() {}, warn() {}, info() {}, debug() {} };
const core = new FlagdCore(undefined, SILENT);
core.setConfigurations(readFileSync(document, 'utf8'));
const keys = [...core.getFlags().keys()];
const tenants = new Map([['bench-key', { tenant: 'bench', plan: 'standard' }]]);

function evaluated(key, context) {
    const flag = core.getFlag(key);
    if (!flag) return { key, errorCode: 'FLAG_NOT_FOUND' };
    const { value, variant, reason, errorCode, flagMetadata } = flag.evaluate(context, SILENT);
    return errorCode ? { key, errorCode } : { key, value, variant, reason, metadata: flagMetadata };
}

function answer(request, body) {
    const tenant = tenants.get(request.headers['x-api-key']);
    if (!tenant) return [401, {}];
    const context = { ...JSON.parse(body).context, ...tenant };
    const key = request.url.slice('/ofrep/v1/evaluate/flags'.length + 1);
    if (key) {
        const one = evaluated(decodeURIComponent(key), context);
        return [one.errorCode === 'FLAG_NOT_FOUND' ? 404 : 200, one];
    }
    return [200, { flags: keys.map((each) => evaluated(each, context)) }];
}

createServer((request, response) => {
    if (request.url === '/health') return response.end('{}');
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
        const [status, said] = answer(request, Buffer.concat(parts).toString());
        response.writeHead(status, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify(said));
    });
}).listen(Number(port), '127.0.0.1');
