// openfeature_web.mjs URL KEY: @openfeature/web-sdk with @openfeature/ofrep-web-provider, as a page has them. Node.js has
// an EventSource with --experimental-eventsource. Neither polls: a change is seen by the event stream or not at all.
import { require, say, serve } from './lines.mjs';

const { OpenFeature, ProviderEvents } = require('@openfeature/web-sdk');
const { OFREPWebProvider } = require('@openfeature/ofrep-web-provider');
const [url, key] = process.argv.slice(2);

// What a page has and Node.js has not, as far as the provider keeps its cache there.
const asked = [];
const counting = (request, options) => {
    asked.push(String(request?.url ?? request));
    return fetch(request, options);
};
const provider = new OFREPWebProvider({
    baseUrl: url, pollInterval: 0, fetchImplementation: counting, cacheMode: 'disabled',
    headers: [['Authorization', `Bearer ${key}`]],
});

await OpenFeature.setContext({ targetingKey: 'ada', country: 'CH' });
await OpenFeature.setProviderAndWait(provider);
const client = OpenFeature.getClient();
client.addHandler(ProviderEvents.ConfigurationChanged, ({ flagsChanged }) => say('changed', { flagsChanged }));
client.addHandler(ProviderEvents.Stale, ({ message }) => say('stale', { message }));
client.addHandler(ProviderEvents.Error, ({ message }) => say('error', { message }));

say('ready');
await serve({
    evaluate({ flag, fallback }) {
        const { value, variant, reason, errorCode, flagMetadata } = client.getBooleanDetails(flag, fallback);
        say('answer', { value, variant, reason, errorCode, flagMetadata });
    },
    async context({ context }) {
        await OpenFeature.setContext(context);
        say('answer');
    },
    requests() {
        say('answer', { requests: asked });
    },
});
await OpenFeature.close();
process.exit(0);
