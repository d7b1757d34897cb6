// unleash.mjs FOLDER PORT SOCKET TOKEN: unleash-server on the PostgreSQL whose Unix socket is in the folder SOCKET, open
// to its administrator, with one token for front ends. FOLDER has the npm packages.
import { createRequire } from 'node:module';

const [folder, port, socket, token] = process.argv.slice(2);
const { start } = createRequire(`${folder}/`)('unleash-server');
await start({
    db: { host: socket, database: 'mortise', user: 'postgres', port: 5432, ssl: false },
    server: { host: '127.0.0.1', port: Number(port) },
    authentication: {
        type: 'none',
        initApiTokens: [
            { environment: 'development', projects: ['*'], secret: token, type: 'frontend', tokenName: 'bench' },
        ],
    },
    frontendApi: { refreshIntervalInMs: 1000 },
    versionCheck: { enable: false },
    telemetry: false,
    logLevel: 'fatal',
});
