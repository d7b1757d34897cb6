// unleash_client.mjs URL KEY INTERVAL: the npm package unleash-client, as an application has it. INTERVAL: milliseconds
// between its questions.
import { require, say, serve } from './lines.mjs';

const { initialize, InMemStorageProvider } = require('unleash-client');
const [url, key, interval] = process.argv.slice(2);

const unleash = initialize({
    url: `${url}/api/`, appName: 'interop', instanceId: 'one', customHeaders: { Authorization: key },
    refreshInterval: Number(interval), metricsInterval: 60_000, storageProvider: new InMemStorageProvider(),
});
for (const event of ['error', 'warn'])
    unleash.on(event, (problem) => say(event, { message: String(problem) }));
unleash.on('synchronized', () => say('ready'));
unleash.on('registered', () => say('registered'));
unleash.on('changed', () => say('changed'));
unleash.on('unchanged', () => say('unchanged'));
unleash.on('sent', () => say('sent'));

await serve({
    evaluate({ flag, context, fallback }) {
        const { name, enabled, payload } = unleash.getVariant(flag, context);
        say('answer', { on: unleash.isEnabled(flag, context, fallback), variant: name, enabled, payload });
    },
    async report() {
        await unleash.flushMetrics();
        say('answer');
    },
});
unleash.destroy();
process.exit(0);
