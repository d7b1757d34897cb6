// openapi_lint.mjs FILE: checks an OpenAPI document with Redocly's rules; prints what is wrong, and fails then.
// The rules come with the package: nothing is fetched, and nothing is sent anywhere.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../../build/npm/', import.meta.url));
const { createConfig, lint } = createRequire(packages)('@redocly/openapi-core');

const config = await createConfig({
    extends: ['recommended'],
    rules: {
        // Where a server stands is its operator's to say.
        'no-empty-servers': 'off',
        'operation-4xx-response': 'error',
        'operation-operationId': 'error',
        'security-defined': 'error',
    },
});
const problems = await lint({ ref: resolve(process.argv[2]), config });
for (const { severity, ruleId, message, location } of problems) {
    console.log(`${severity}: ${ruleId}: ${message} (${location[0]?.pointer ?? ''})`);
}
process.exit(problems.some(({ severity }) => severity === 'error') ? 1 : 0);
