"""Decisions that another plugin asks the rules plugin for, in the server's process and in workers."""
import json
import urllib.parse

import pytest

from test_reload import World
from test_rules_evaluation import API, SCOPES, deploy, records

INTERFACE = "rules.decisions/1"
ADD = "sql add 0 none i:1 t:one n: i:5"


def ask_rules(method, body):
    """The step by which the contract plugin calls the rules plugin."""
    text = json.dumps(body).replace(" ", "%20")
    return f"peer {INTERFACE} {method} text {text}"


class Shop:
    """A tenant with the contract plugin and the rules plugin, one key for each."""

    def __init__(self, world):
        self.world = world
        self.rules = world.server.client(X_API_Key=world.tenant.make_key(SCOPES, "rules"))
        self.contract = world.server.client(X_API_Key=world.tenant.make_key(["contract:use"], "contract"))
        deploy(self.rules, 10)

    def write(self, *steps):
        path = f"/api/v1/contract?do={urllib.parse.quote(chr(10).join(steps))}"
        return self.contract.request("POST", path, data=b"x", headers={"Content-Type": "application/octet-stream"})

    def read(self, *steps):
        path = f"/api/v1/contract?do={urllib.parse.quote(chr(10).join(steps))}"
        return self.contract.get(path).expect(200).body.decode()

    def asked(self, method, body):
        """The JSON that came back."""
        line = self.write(ask_rules(method, body)).expect(200).body.decode()
        assert line.startswith("peer OK "), line
        return json.loads(line.removeprefix("peer OK "))


@pytest.fixture(params=["in-process", "worker"])
def shop(request, tmp_path):
    world = World(tmp_path, request.param, bundled=["milestones", "rules"])
    world.server.expected_errors += ["a plugin failed", "request failed"]
    yield Shop(world)
    world.server.close()


def without_id(answer):
    assert answer.pop("evaluation_id")
    return answer


def test_a_plugin_gets_what_a_client_gets(shop):
    by_key = {"decision": "Price", "context": {"weight": 40}, "explain": True}
    given = shop.asked("evaluate", by_key)
    assert given["result"] == 20 and given["explanation"]["complete"]
    by_model = {"model": "tariff", "decision": "price", "context": {"weight": 6}}
    asked = {name: value for name, value in by_model.items() if name != "model"}
    assert without_id(shop.asked("evaluate", by_model)) == without_id(
        shop.rules.post(f"{API}/models/tariff/evaluate", asked).expect(200).json())
    many = shop.asked("evaluate", {"decision": "Price", "contexts": [{"weight": weight} for weight in range(40)]})
    assert [item["result"] for item in many["items"][8:12]] == [8, 9, 5, 5.5]


def test_the_record_is_in_the_callers_unit(shop):
    question = ask_rules("evaluate", {"decision": "Price", "context": {"weight": 40}})
    shop.write(question, "fail 409 changed_my_mind No.").expect_problem(409, "changed_my_mind")
    shop.write(question, "return -13").expect_problem(500, "plugin_failed")
    assert records(shop.rules) == []
    assert shop.write(ADD, question).expect(200).body.startswith(b"sql OK  changed=1\npeer OK ")
    (record,) = records(shop.rules, "?caller=contract")
    assert record["caller"] == "contract" and record["result"] == 20
    contract_key = shop.contract.get("/api/v1/me").expect(200).json()
    assert record["principal"] in json.dumps(contract_key), contract_key


def test_what_is_refused_leaves_the_caller_free(shop):
    slow = ask_rules("evaluate", {"decision": "Slow", "context": {}})
    lines = shop.write(ADD, slow, ask_rules("evaluate", {"decision": "None"}), ask_rules("evaluate", {"context": 1}))
    assert [line.split(" ")[:4] for line in lines.expect(200).body.decode().splitlines()[1:]] == [
        ["peer", "REFUSED", "422", "evaluation_limit_reached"], ["peer", "REFUSED", "404", "decision_not_found"],
        ["peer", "REFUSED", "400", "invalid_evaluation"]]
    assert records(shop.rules) == []
    assert shop.read("sql count 1 rows") == "sql OK i:1; changed=0\n"
    assert shop.read(ask_rules("evaluate", {"decision": "Price"})) == "peer DENIED\n", "its route only reads"


def test_decisions_are_described(shop):
    assert shop.asked("decisions", {"model": "tariff"}) == shop.rules.get(f"{API}/models/tariff/decisions").expect(200).json()
    (price,) = shop.asked("decisions", {"decision": "Price"})["items"]
    assert price["input_schema"]["properties"]["weight"] == {"type": "number"}
    assert shop.read(ask_rules("decisions", {"decision": "None"})).startswith("peer REFUSED 404 decision_not_found")


def test_a_tenant_without_the_rules_plugin(shop):
    path = f"/api/v1/plugins/rules/tenants/{shop.world.tenant.slug}"
    etag = shop.world.platform.get(path).expect(200).etag
    shop.world.platform.put(path, {"enabled": False}, headers={"If-Match": etag}).expect(200)
    assert shop.read(ask_rules("decisions", {"model": "tariff"})) == "peer REFUSED 404 plugin_not_enabled\n"


def test_the_operator_sees_who_calls_whom(shop):
    shop.asked("evaluate", {"decision": "Price", "context": {"weight": 1}})
    shop.read(ask_rules("decisions", {"model": "none"}))
    metrics = shop.world.server.client().get("/metrics").expect(200).body.decode()
    for outcome in ("ok", "refused"):
        assert f'mortise_plugin_peer_calls_total{{caller="contract",outcome="{outcome}",plugin="rules"}} 1' in metrics
