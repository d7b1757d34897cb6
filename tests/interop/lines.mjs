// What the scripts that npm_node.py drives have alike: packages of build/npm, and lines of JSON in and out.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const require = createRequire(fileURLToPath(new URL('../../build/npm/', import.meta.url)));

export function say(kind, more = {}) {
    process.stdout.write(`${JSON.stringify({ kind, ...more })}\n`);
}

// Calls the handler of each command, one after the other, until the input ends.
export async function serve(handlers) {
    for await (const line of createInterface({ input: process.stdin })) {
        const { command, ...more } = JSON.parse(line);
        await handlers[command](more);
    }
}
