"""Feature flags: a hundred of them with one rule each, evaluated for one user, at Mortise and at its peers."""
import contextlib
import json
import pathlib
import time
import urllib.request

from load import running, wait_for, wrk
from mortise_server import free_port
from postgres_cluster import Cluster

HERE = pathlib.Path(__file__).resolve().parent
PEERS = HERE.parents[1] / "build/npm-bench"
NODE = PEERS / "node_modules/.bin/node"

FLAGS = [f"checkout.step-{number}" for number in range(100)]
DEFINITION = {
    "state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off",
    "targeting": {"if": [{"and": [{"==": [{"var": "country"}, "AL"]},
                                  {"sem_ver": [{"var": "version"}, ">=", "1.2.0"]},
                                  {"fractional": [[True, 50], [False, 50]]}]}, "on", "off"]},
}
CONTEXT = {"country": "AL", "version": "1.3.7", "email": "ada.lovelace@example.com"}
BODY = {"context": {"targetingKey": "user-4711"} | CONTEXT}
ALL, ONE = "/ofrep/v1/evaluate/flags", f"/ofrep/v1/evaluate/flags/{FLAGS[7]}"
NODE_KEY = "bench-key"
UNLEASH_TOKEN = "*:development.frontend-token-of-the-benchmark"


def strategy(key):
    """The same for Unleash: constraints, then a rollout that sticks to the user."""
    return {"name": "flexibleRollout", "parameters": {"rollout": "50", "stickiness": "userId", "groupId": key},
            "constraints": [{"contextName": "country", "operator": "IN", "values": ["AL"]},
                            {"contextName": "version", "operator": "SEMVER_GT", "value": "1.1.9"}]}


def ask(url, method="GET", body=None, **headers):
    """Headers and JSON of an answer."""
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json"} | headers)
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
        return answer.headers, json.loads(text) if text else None


class FlagRows:
    """The flags in the bench's tenant, and the peers with the same flags, running."""

    NAMES = ("flag", "flags", "same")

    def __init__(self, stack, bench):
        self.seconds, self.mortise, self.nginx, self.key = bench.seconds, bench.mortise, bench.nginx, bench.tenant.key
        document = {"flags": {key: DEFINITION for key in FLAGS}}
        bench.tenant.admin.post("/api/v1/flags/import", document).expect(200)
        file = bench.folder / "flags.json"
        file.write_text(json.dumps(document))
        self.node = self._start(stack, "flagd.mjs", file)
        cluster = stack.enter_context(contextlib.closing(Cluster()))
        self.unleash = self._start(stack, "unleash.mjs", cluster.folder, UNLEASH_TOKEN)
        self._fill_unleash()
        self.tag = self._check()

    @staticmethod
    def _start(stack, script, *arguments):
        port = free_port()
        stack.enter_context(running([NODE, HERE / "peers" / script, PEERS, str(port), *arguments]))
        base = f"http://127.0.0.1:{port}"
        wait_for(f"{base}/health", 60)
        return base

    def _fill_unleash(self):
        features = f"{self.unleash}/api/admin/projects/default/features"
        for key in FLAGS:
            ask(features, "POST", {"name": key, "type": "release"})
            ask(f"{features}/{key}/environments/development/strategies", "POST", strategy(key))
            ask(f"{features}/{key}/environments/development/on", "POST")
        self.frontend = f"{self.unleash}/api/frontend?userId=user-4711&" + "&".join(
            f"properties[{name}]={value}" for name, value in CONTEXT.items())
        time.sleep(3)  # it reads its flags anew each second

    def _check(self):
        """Everybody must say of all flags what the load asks; both users of flagd's rules the same. Mortise's tag."""
        headers, ours = ask(self.mortise + ALL, "POST", BODY, **{"X-API-Key": self.key})
        _, theirs = ask(self.node + ALL, "POST", BODY, **{"X-API-Key": NODE_KEY})
        values = {one["key"]: one["value"] for one in ours["flags"]}
        assert set(values) == set(FLAGS) and set(values.values()) == {True, False}, ours
        assert values == {one["key"]: one["value"] for one in theirs["flags"]}, theirs
        _, toggles = ask(self.frontend, Authorization=UNLEASH_TOKEN)
        assert len(toggles["toggles"]) > 0, toggles
        return headers["ETag"]

    def _ofrep(self, base, key, path, *tag):
        return wrk(base, self.seconds, path, key, json.dumps(BODY), *tag, script=HERE / "ofrep.lua")

    def rows(self):
        nginx = lambda: wrk(f"{self.nginx}/", self.seconds)  # noqa: E731
        return {
            "flag": {"mortise": lambda: self._ofrep(self.mortise, self.key, ONE), "nginx": nginx,
                     "flagd-core": lambda: self._ofrep(self.node, NODE_KEY, ONE)},
            "flags": {"mortise": lambda: self._ofrep(self.mortise, self.key, ALL),
                      "flagd-core": lambda: self._ofrep(self.node, NODE_KEY, ALL),
                      "unleash": lambda: wrk(self.frontend, self.seconds, headers=[f"Authorization: {UNLEASH_TOKEN}"])},
            "same": {"mortise": lambda: self._ofrep(self.mortise, self.key, ALL, self.tag), "nginx": nginx},
        }
