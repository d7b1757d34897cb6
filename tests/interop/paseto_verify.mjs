// paseto_verify.mjs: reads lines {"token", "key", "assertion"} and writes for each what two PASETO libraries of others
// say: {"paseto": payload or null, "paseto-ts": payload or null}. Times are not judged: they are Mortise's own claims.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { webcrypto } from 'node:crypto';

globalThis.crypto ??= webcrypto;
const packages = fileURLToPath(new URL('../../build/npm/', import.meta.url));
const require = createRequire(packages);
const { V4 } = require('paseto');
const { verify } = await import(pathToFileURL(`${packages}node_modules/paseto-ts/dist/v4/index.js`));

const quiet = async (work) => {
    try {
        return await work();
    } catch {
        return null;
    }
};

for await (const line of createInterface({ input: process.stdin })) {
    const { token, key, assertion } = JSON.parse(line);
    const bytes = Buffer.from(key.slice('k4.public.'.length), 'base64url');
    const answer = {
        'paseto': await quiet(() => V4.verify(token, V4.bytesToKeyObject(bytes), {
            assertion, ignoreExp: true, ignoreIat: true, ignoreNbf: true,
        })),
        'paseto-ts': await quiet(async () => (await verify(key, token, {
            assertion, validatePayload: false, maxKeys: 0,
        })).payload),
    };
    console.log(JSON.stringify(answer));
}
