"""Decisions: a table of a hundred rules over HTTP, at Mortise and at its peers; and what their record costs."""
import json
import pathlib

from flag_rows import NODE, NODE_KEY, PEERS, ask
from load import running, wait_for, wrk
from mortise_fixtures import Tenant, log_in
from mortise_server import free_port

HERE = pathlib.Path(__file__).resolve().parent
REGIONS = ("north", "south", "east", "west")
RULES = [{"low": number // 4 * 10, "high": number // 4 * 10 + 10, "region": REGIONS[number % 4], "answer": number}
         for number in range(100)]
# One context a rule, each somewhere in its band.
CONTEXTS = [{"amount": rule["low"] + number % 10, "region": rule["region"]} for number, rule in enumerate(RULES)]
SCOPES = ["rules:read", "rules:write", "rules:evaluate"]
PATH = "/api/v1/rules/models/bands/evaluate"


def model():
    rows = "".join(
        f'<rule><inputEntry><text>[{rule["low"]}..{rule["high"]})</text></inputEntry><inputEntry><text>'
        f'"{rule["region"]}"</text></inputEntry><outputEntry><text>{rule["answer"]}</text></outputEntry></rule>'
        for rule in RULES)
    inputs = (("amount", "number"), ("region", "string"))
    data = "".join(f'<inputData id="{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/></inputData>'
                   for name, kind in inputs)
    needs = "".join(f'<informationRequirement><requiredInput href="#{name}"/></informationRequirement>'
                    for name, _ in inputs)
    columns = "".join(f'<input><inputExpression typeRef="{kind}"><text>{name}</text></inputExpression></input>'
                      for name, kind in inputs)
    return ('<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="m" name="Bands" namespace="urn:bands">'
            f'{data}<decision id="band" name="band"><variable name="band" typeRef="number"/>{needs}'
            f'<decisionTable hitPolicy="FIRST">{columns}<output typeRef="number"/>{rows}</decisionTable></decision>'
            '</definitions>')


class RulesRows:
    """The table in tenants of the bench's server, and the peers with the same rules, running."""

    NAMES = ("decide", "record")

    def __init__(self, stack, bench):
        self.seconds, self.mortise, self.raw_commit = bench.seconds, bench.mortise, bench.raw_commit
        token = log_in(bench.server)["access_token"]
        self.platform = bench.server.client(Authorization=f"Bearer {token}")
        self.unrecorded = self._deploy(bench.server, "rules-off", "off")
        self.recorded = self._deploy(bench.server, "rules-hashed", "hashed")
        file = bench.folder / "rules.json"
        file.write_text(json.dumps(RULES))
        self.zen = self._start(stack, "zen", file)
        self.json_rules = self._start(stack, "json-rules-engine", file)
        for base, path, key in ((self.mortise, PATH, self.unrecorded), (self.mortise, PATH, self.recorded),
                                (self.zen, "/", NODE_KEY), (self.json_rules, "/", NODE_KEY)):
            self._check(base + path, key)

    def _deploy(self, server, slug, audit):
        tenant = Tenant(server, self.platform, slug, scopes=SCOPES)
        path = f"/api/v1/plugins/rules/tenants/{slug}"
        etag = self.platform.get(path).expect(200).etag
        settings = {"enabled": True, "settings": {"audit": audit}}
        self.platform.put(path, settings, headers={"If-Match": etag}).expect(200)
        files = [{"name": "bands.dmn", "xml": model()}]
        tenant.api.post("/api/v1/rules/models", {"key": "bands", "files": files}).expect(201)
        tenant.api.post("/api/v1/rules/models/bands/publish", {}).expect(200)
        return tenant.key

    @staticmethod
    def _start(stack, engine, file):
        port = free_port()
        stack.enter_context(running([NODE, HERE / "peers/rules.mjs", PEERS, str(port), engine, file]))
        wait_for(f"http://127.0.0.1:{port}/health", 30)
        return f"http://127.0.0.1:{port}"

    @staticmethod
    def _bodies():
        return [{"decision": "band", "context": context} for context in CONTEXTS]

    def _check(self, url, key):
        """Everybody must answer every row rightly before the load, which asks for all of them."""
        answers = [ask(url, "POST", body, **{"X-API-Key": key})[1]["result"] for body in self._bodies()]
        assert answers == [rule["answer"] for rule in RULES], (url, answers)

    def _load(self, base, path, key):
        bodies = "\n".join(json.dumps(body) for body in self._bodies())
        return wrk(base, self.seconds, path, key, bodies, script=HERE / "rules.lua")

    def rows(self):
        return {
            "decide": {"mortise": lambda: self._load(self.mortise, PATH, self.unrecorded),
                       "zen": lambda: self._load(self.zen, "/", NODE_KEY),
                       "json-rules": lambda: self._load(self.json_rules, "/", NODE_KEY)},
            "record": {"mortise": lambda: self._load(self.mortise, PATH, self.recorded), "sqlite": self.raw_commit},
        }
