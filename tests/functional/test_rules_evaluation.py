"""Evaluation by the rules plugin over the REST API: one context and many, the audit, replay, expressions."""
import csv
import decimal
import io
import json

import pytest

API = "/api/v1/rules"
SCOPES = ["rules:read", "rules:write", "rules:evaluate", "rules:audit"]


def tariff(limit):
    """From `limit` on the price is halved."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="Tariff" namespace="urn:tariff">
  <inputData id="w" name="weight"><variable name="weight" typeRef="number"/></inputData>
  <inputData id="o" name="ordered"><variable name="ordered" typeRef="date"/></inputData>
  <decision id="price" name="Price"><variable name="Price" typeRef="number"/>
    <informationRequirement><requiredInput href="#w"/></informationRequirement>
    <decisionTable id="t" hitPolicy="UNIQUE">
      <input id="c"><inputExpression typeRef="number"><text>weight</text></inputExpression></input>
      <output id="u"/>
      <rule id="r_half"><inputEntry id="e1"><text>&gt;= {limit}</text></inputEntry>
        <outputEntry id="x1"><text>weight / 2</text></outputEntry></rule>
      <rule id="r_full"><inputEntry id="e2"><text>&lt; {limit}</text></inputEntry>
        <outputEntry id="x2"><text>weight</text></outputEntry></rule>
    </decisionTable></decision>
  <decision id="delivery" name="Delivery"><variable name="Delivery" typeRef="date"/>
    <informationRequirement><requiredInput href="#o"/></informationRequirement>
    <literalExpression><text>ordered + duration("P3D")</text></literalExpression></decision>
  <decision id="slow" name="Slow">
    <literalExpression><text>count(for i in 1..1000000000 return i)</text></literalExpression></decision>
</definitions>"""


@pytest.fixture
def tenant(server, platform, make_tenant):
    made = make_tenant()
    made.rules = server.client(X_API_Key=made.make_key(SCOPES))
    set_up(platform, made, audit="whole")
    return made


@pytest.fixture
def rules(tenant):
    return tenant.rules


def set_up(platform, tenant, **settings):
    path = f"{API.rsplit('/', 1)[0]}/plugins/rules/tenants/{tenant.slug}"
    etag = platform.get(path).expect(200).etag
    platform.put(path, {"enabled": True, "settings": settings}, headers={"If-Match": etag}).expect(200)


def deploy(rules, limit):
    files = [{"name": "tariff.dmn", "xml": tariff(limit)}]
    rules.post(f"{API}/models", {"key": "tariff", "files": files}).expect(201)
    rules.post(f"{API}/models/tariff/publish", {}).expect(200)


def redeploy(rules, limit):
    etag = rules.get(f"{API}/models/tariff").expect(200).etag
    files = [{"name": "tariff.dmn", "xml": tariff(limit)}]
    rules.patch(f"{API}/models/tariff", {"files": files}, headers={"If-Match": etag}).expect(200)
    rules.post(f"{API}/models/tariff/publish", {}).expect(200)


def evaluate(rules, **body):
    return rules.post(f"{API}/models/tariff/evaluate", body)


def price(rules, weight):
    return evaluate(rules, decision="Price", context={"weight": weight}).expect(200).json()


def records(rules, query=""):
    return rules.get(f"{API}/evaluations{query}").expect(200).json()["items"]


def test_a_decision_is_evaluated_without_loss(rules):
    deploy(rules, 10)
    text = '{"decision": "Price", "context": {"weight": 12345678901234567890.1234567891}}'
    answer = rules.post(f"{API}/models/tariff/evaluate", data=text.encode(),
                        headers={"Content-Type": "application/json"}).expect(200)
    found = json.loads(answer.body, parse_float=decimal.Decimal)
    assert found["result"] == decimal.Decimal("6172839450617283945.06172839455")
    assert found["model"]["key"] == "tariff" and found["model"]["version"] == 1


def test_temporals_are_read_by_type_and_tagged_on_request(rules):
    deploy(rules, 10)
    asked = {"decision": "Delivery", "context": {"ordered": "2024-02-27"}}
    assert evaluate(rules, **asked).expect(200).json()["result"] == "2024-03-01"
    tagged = evaluate(rules, **asked, values="tagged").expect(200).json()["result"]
    assert tagged == {"@type": "date", "@value": "2024-03-01"}
    asked["context"] = {"ordered": {"@type": "date", "@value": "2024-02-27"}}
    assert evaluate(rules, **asked).expect(200).json()["result"] == "2024-03-01"


def test_an_explanation_names_the_rules(rules):
    deploy(rules, 10)
    found = evaluate(rules, decision="Price", context={"weight": 40}, explain=True).expect(200).json()
    node = found["explanation"]["nodes"][-1]
    assert node["name"] == "Price" and node["value"] == 20
    assert node["tables"][0]["matched"] == [{"id": "r_half", "number": 1, "value": 20}]
    missing = evaluate(rules, decision="Price", explain=True).expect(200).json()
    assert missing["explanation"]["missing_inputs"] == ["weight"]


def test_many_contexts_are_answered_in_their_order(rules):
    deploy(rules, 500)
    contexts = [{"weight": weight} for weight in range(1000)] + ["none"]
    items = evaluate(rules, decision="Price", contexts=contexts).expect(200).json()["items"]
    assert [item["result"] for item in items[:-1]] == [w if w < 500 else w / 2 for w in range(1000)]
    assert items[-1]["failure"]["code"] == "invalid_context"


def test_a_decision_is_found_by_name_and_date(rules):
    deploy(rules, 10)
    published = rules.get(f"{API}/models/tariff/versions").expect(200).json()["items"][0]["valid_from"]
    redeploy(rules, 100)
    path = f"{API}/decisions/Price/evaluate"
    asked = {"context": {"weight": 40}}
    assert rules.post(path, asked).expect(200).json()["result"] == 40
    earlier = rules.post(path, asked | {"as_of": published}).expect(200).json()
    assert earlier["result"] == 20 and earlier["model"]["version"] == 1
    rules.post(path, asked | {"as_of": "2001-01-01"}).expect(404)
    rules.post(f"{API}/decisions/Nothing/evaluate", asked).expect(404)


def test_a_hostile_decision_ends_at_its_limits(rules, tenant, platform):
    deploy(rules, 10)
    set_up(platform, tenant, audit="whole", max_time_ms=50)
    refused = evaluate(rules, decision="Slow").expect(422).json()
    assert refused["code"] == "evaluation_limit_reached"
    items = evaluate(rules, decision="Slow", contexts=[{}, {}]).expect(200).json()["items"]
    assert [item["failure"]["code"] for item in items] == ["evaluation_limit_reached"] * 2
    assert len(records(rules, "?failed=true")) == 2


def test_the_audit_keeps_what_the_setting_says(rules, tenant, platform):
    deploy(rules, 10)
    whole = rules.get(f"{API}/evaluations/{price(rules, 6)['evaluation_id']}").expect(200).json()
    assert whole["inputs"] == {"weight": 6} and whole["result"] == 6
    assert whole["hits"][0]["rules"] == [{"id": "r_full", "number": 2}]
    set_up(platform, tenant, audit="hashed")
    hashed = rules.get(f"{API}/evaluations/{price(rules, 6)['evaluation_id']}").expect(200).json()
    assert hashed["inputs"] is None and hashed["inputs_hash"] == whole["inputs_hash"]
    set_up(platform, tenant, audit="off")
    assert price(rules, 6)["evaluation_id"] is None
    assert len(records(rules)) == 2


def test_the_audit_is_searched_page_by_page(rules):
    deploy(rules, 10)
    for weight in (6, 40, 60):
        price(rules, weight)
    assert [one["result"] for one in records(rules)] == [30, 20, 6]
    assert len(records(rules, "?rule=r_half")) == 2
    assert records(rules, "?decision=Delivery") == []
    assert records(rules, "?to=2001-01-01") == []
    page = rules.get(f"{API}/evaluations?limit=2").expect(200).json()
    rest = rules.get(f"{API}/evaluations?limit=2&cursor={page['next_cursor']}").expect(200).json()
    assert [one["result"] for one in rest["items"]] == [6] and rest["next_cursor"] is None


def test_the_audit_is_exported(rules):
    deploy(rules, 10)
    for weight in (6, 40):
        price(rules, weight)
    lines = rules.get(f"{API}/evaluations/export").expect(200).body.decode().splitlines()
    assert [json.loads(line)["result"] for line in lines] == [6, 20]
    rows = list(csv.DictReader(io.StringIO(rules.get(f"{API}/evaluations/export/csv").expect(200).body.decode())))
    assert [row["result"] for row in rows] == ["6", "20"]
    assert json.loads(rows[1]["inputs"]) == {"weight": 40}


def test_a_replay_tells_which_results_would_change(rules):
    deploy(rules, 10)
    price(rules, 6)
    changed = price(rules, 40)["evaluation_id"]
    redeploy(rules, 100)
    found = rules.post(f"{API}/evaluations/replay", {"model": "tariff"}).expect(200).json()
    assert (found["same"], found["changed"], found["failed"]) == (1, 1, 0)
    assert found["differences"][0] | {"version": 1} == {
        "evaluation_id": changed, "version": 1, "decision": "Price", "before": 20, "after": 40, "failure": None}
    back = rules.post(f"{API}/evaluations/replay", {"model": "tariff", "version": 1}).expect(200).json()
    assert (back["same"], back["changed"]) == (2, 0)


def test_an_expression_is_evaluated(rules):
    asked = {"expression": "for o in orders return o.net * 1.15", "context": {"orders": [{"net": 100}, {"net": 0.1}]}}
    assert rules.post(f"{API}/feel", asked).expect(200).json()["result"] == [115, 0.115]
    wrong = rules.post(f"{API}/feel", {"expression": "1 + * 2"}).expect(422).json()
    assert wrong["code"] == "invalid_expression" and wrong["errors"][0]["line"] == 1


def test_scopes_and_tenants_keep_apart(server, rules, tenant, make_tenant):
    deploy(rules, 10)
    record = price(rules, 6)["evaluation_id"]
    reader = server.client(X_API_Key=tenant.make_key(["rules:read"]))
    evaluate(reader, decision="Price", context={"weight": 1}).expect(403)
    reader.get(f"{API}/evaluations").expect(403)
    other = make_tenant()
    stranger = server.client(X_API_Key=other.make_key(SCOPES))
    assert records(stranger) == []
    stranger.get(f"{API}/evaluations/{record}").expect(404)
    evaluate(stranger, decision="Price", context={"weight": 1}).expect(404)
