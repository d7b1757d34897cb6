// openfeature_server.mjs URL KEY: @openfeature/server-sdk with @openfeature/ofrep-provider, as an application has them.
import { require, say, serve } from './lines.mjs';

const { OpenFeature } = require('@openfeature/server-sdk');
const { OFREPProvider } = require('@openfeature/ofrep-provider');
const [url, key] = process.argv.slice(2);

await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: url, headers: [['Authorization', `Bearer ${key}`]] }));
const client = OpenFeature.getClient();
const ask = {
    boolean: (...more) => client.getBooleanDetails(...more),
    string: (...more) => client.getStringDetails(...more),
    number: (...more) => client.getNumberDetails(...more),
    object: (...more) => client.getObjectDetails(...more),
};

say('ready');
await serve({
    async evaluate({ type, flag, fallback, context }) {
        const { value, variant, reason, errorCode, flagMetadata } = await ask[type](flag, fallback, context);
        say('answer', { value, variant, reason, errorCode, flagMetadata });
    },
});
await OpenFeature.close();
