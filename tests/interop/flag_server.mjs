// A server that evaluates flags, asked over HTTP by its two doors that take many at once.
const clock = Date.now; // also where a test holds the time

const second = () => Math.floor(clock() / 1000);
const byKey = ({ flags }) => new Map(flags.map((flag) => [flag.key, flag]));

export class FlagServer {
    constructor(url, key) {
        this.url = url;
        this.headers = { 'X-API-Key': key, 'Content-Type': 'application/json' };
    }
    async send(path, body) {
        const answer = await fetch(this.url + path, { method: 'POST', headers: this.headers, body: JSON.stringify(body) });
        if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
        return answer.json();
    }
    take(document) {
        return this.send('/api/v1/flags/import', document);
    }
    // All flags for each context. `doors` has by door a list of maps from key to answer, `seconds` the server's possible
    // times of all this.
    async evaluate(contexts) {
        const from = second();
        const [listed, ...single] = await Promise.all([
            this.send('/api/v1/flags/evaluate', { contexts }),
            ...contexts.map((context) => this.send('/ofrep/v1/evaluate/flags', { context })),
        ]);
        const seconds = Array.from({ length: second() - from + 1 }, (_, i) => from + i);
        return { doors: { evaluate: listed.results.map(byKey), ofrep: single.map(byKey) }, seconds };
    }
}
