// A table of rules [{low, high, region, answer}], of which the first that matches answers, in each peer's own form.
// `load` finds the npm packages. Gives a function that decides a context {amount, region}.

export function zen(load, rules) {
    const { ZenEngine } = load('@gorules/zen-engine');
    const column = (field) => ({ id: field, name: field, field });
    const table = {
        hitPolicy: 'first',
        inputs: [column('amount'), column('region')],
        outputs: [column('answer')],
        rules: rules.map(({ low, high, region, answer }, number) => ({
            _id: `r${number}`, amount: `[${low}..${high})`, region: `"${region}"`, answer: String(answer),
        })),
    };
    const content = {
        nodes: [
            { id: 'in', name: 'in', type: 'inputNode' },
            { id: 'table', name: 'table', type: 'decisionTableNode', content: table },
            { id: 'out', name: 'out', type: 'outputNode' },
        ],
        edges: [
            { id: 'e1', sourceId: 'in', targetId: 'table', type: 'edge' },
            { id: 'e2', sourceId: 'table', targetId: 'out', type: 'edge' },
        ],
    };
    const decision = new ZenEngine().createDecision(content);
    return async (context) => (await decision.evaluate(context)).result.answer;
}

export function jsonRulesEngine(load, rules) {
    const { Engine } = load('json-rules-engine');
    const engine = new Engine(rules.map(({ low, high, region, answer }) => ({
        conditions: {
            all: [
                { fact: 'amount', operator: 'greaterThanInclusive', value: low },
                { fact: 'amount', operator: 'lessThan', value: high },
                { fact: 'region', operator: 'equal', value: region },
            ],
        },
        event: { type: 'answer', params: { answer } },
    })));
    return async (context) => (await engine.run(context)).events[0]?.params.answer;
}
