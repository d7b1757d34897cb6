"""Models of the rules plugin over the REST API: uploads, versions, tests, effective dates, sharing."""
import concurrent.futures
import uuid

import pytest

API = "/api/v1/rules"
SCOPES = ["rules:read", "rules:write", "rules:share", "rules:evaluate"]
XML = {"Content-Type": "application/xml"}


def fee(high, name="Fee"):
    """An amount from `high` on is free."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="{name}" namespace="urn:fee">
  <itemDefinition id="i" name="tAmount"><typeRef>number</typeRef>
    <allowedValues><text>[0..100000]</text></allowedValues></itemDefinition>
  <inputData id="a" name="amount"><variable name="amount" typeRef="tAmount"/></inputData>
  <decision id="fee" name="Fee"><variable name="Fee" typeRef="string"/>
    <informationRequirement><requiredInput href="#a"/></informationRequirement>
    <decisionTable id="t" hitPolicy="UNIQUE">
      <input id="c"><inputExpression typeRef="number"><text>amount</text></inputExpression></input>
      <output id="u"/>
      <rule id="free"><inputEntry id="e1"><text>&gt;= {high}</text></inputEntry>
        <outputEntry id="x1"><text>"free"</text></outputEntry></rule>
      <rule id="due"><inputEntry id="e2"><text>&lt; {high}</text></inputEntry>
        <outputEntry id="x2"><text>"due"</text></outputEntry></rule>
    </decisionTable></decision>
</definitions>"""


@pytest.fixture
def tenant(server, make_tenant):
    made = make_tenant()
    made.rules = server.client(X_API_Key=made.make_key(SCOPES))
    return made


@pytest.fixture
def rules(tenant):
    return tenant.rules


def make(rules, high=100, **more):
    return rules.post(f"{API}/models", {"xml": fee(high)} | more).expect(201)


def change(rules, model, etag="*", **body):
    return rules.patch(f"{API}/models/{model}", body, headers={"If-Match": etag})


def act(rules, model, action, **body):
    return rules.post(f"{API}/models/{model}/{action}", body)


def evaluated(rules, path, amount=150, **more):
    return rules.post(f"{API}/{path}/evaluate", {"context": {"amount": amount}} | more)


def in_force(rules, model="fee", **more):
    return evaluated(rules, f"models/{model}", decision="Fee", **more).expect(200).json()["result"]


def by_decision(rules, **more):
    return evaluated(rules, "decisions/Fee", **more)


def a_test(name, amount, expected):
    return {"name": name, "decision": "Fee", "context": {"amount": amount}, "expected": expected}


def test_a_model_from_upload_to_rollback(rules):
    created = rules.post(f"{API}/models?tag=money", data=fee(100).encode(), headers=XML).expect(201)
    model = created.json()
    assert (model["key"], model["name"], model["tags"], model["layer"]) == ("fee", "Fee", ["money"], "own")
    assert created.headers["location"] == f"{API}/models/{model['id']}"
    by_decision(rules).expect_problem(404, "decision_not_found")
    act(rules, "fee", "publish").expect(200)
    assert by_decision(rules).expect(200).json()["result"] == "free"
    change(rules, "fee", xml=fee(200)).expect(200)
    assert in_force(rules) == "free", "a draft changes nothing"
    act(rules, "fee", "publish").expect(200)
    assert in_force(rules) == "due"
    assert in_force(rules, version=1) == "free"
    act(rules, "fee", "rollback").expect(200)
    assert in_force(rules) == by_decision(rules).json()["result"] == "free"
    versions = rules.get(f"{API}/models/fee/versions").expect(200).json()["items"]
    assert [(v["version"], v["status"], v["copy_of"]) for v in versions] == [
        (3, "published", 1), (2, "published", None), (1, "published", None)]
    source = rules.get(f"{API}/models/fee/versions/2/source").expect(200)
    assert source.body.decode() == fee(200)


def test_a_rollback_keeps_the_draft_and_tells_what_it_hides(rules):
    make(rules)
    act(rules, "fee", "publish").expect(200)
    change(rules, "fee", xml=fee(200)).expect(200)
    assert act(rules, "fee", "publish", valid_from="9999-12-30").expect(200).json()["warnings"] == []
    change(rules, "fee", xml=fee(300)).expect(200)
    warnings = act(rules, "fee", "publish").expect(200).json()["warnings"]
    assert [warning["code"] for warning in warnings] == ["hides_planned_version"]
    change(rules, "fee", xml=fee(400)).expect(200)
    rolled = act(rules, "fee", "rollback").expect(200).json()
    assert rolled["latest_version"] == 6 and rolled["warnings"] == warnings
    versions = rules.get(f"{API}/models/fee/versions").expect(200).json()["items"]
    assert [(v["version"], v["status"], v["copy_of"]) for v in versions] == [
        (6, "draft", None), (5, "published", 1), (3, "published", None), (2, "published", None), (1, "published", None)]
    assert rules.get(f"{API}/models/fee/versions/6/source").expect(200).body.decode() == fee(400)
    act(rules, "fee", "publish").expect(200)


def test_every_fault_of_a_model_is_told_with_element_line_and_reason(rules):
    broken = fee(100).replace("<text>amount</text>", "<text>1 +</text>").replace("#a", "#nothing")
    problem = rules.post(f"{API}/models", {"xml": broken}).expect_problem(422, "invalid_model")
    assert len(problem["errors"]) >= 2
    assert all(e["line"] > 0 and e["code"] and e["detail"] and e["file"] == "model.dmn" for e in problem["errors"])
    assert rules.get(f"{API}/models").json()["items"] == []
    validation = rules.post(f"{API}/models/validate", {"xml": broken}).expect(200).json()
    assert validation["valid"] is False and validation["faults"] == problem["errors"]


@pytest.mark.parametrize("xml", ["", "no xml", "<a/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a>" * 5000])
def test_what_is_no_model_is_refused(rules, xml):
    rules.post(f"{API}/models", {"xml": xml}).expect_problem(422, "invalid_model")


def test_a_failing_test_refuses_the_publication(rules):
    make(rules, tests=[a_test("free", 100, "free"), a_test("wrong", 99, "free"), a_test("odd", 1, 5)])
    problem = act(rules, "fee", "publish").expect_problem(422, "tests_failed")
    assert [(e["test"], e["actual"]) for e in problem["errors"]] == [("wrong", "due"), ("odd", "due")]
    change(rules, "fee", tests=[a_test("free", 100, "free")]).expect(200)
    act(rules, "fee", "publish").expect(200)
    run = rules.post(f"{API}/models/fee/test").expect(200).json()
    assert (run["passed"], run["failed"], run["coverage"]["rules"], run["coverage"]["hit"]) == (1, 0, 2, 1)
    assert [missed["rule_id"] for missed in run["coverage"]["missed"]] == ["due"]


def test_inputs_have_a_schema(rules):
    make(rules)
    found = rules.get(f"{API}/models/fee/decisions?version=latest").expect(200).json()["items"]
    assert [(d["kind"], d["id"], d["name"]) for d in found] == [("decision", "fee", "Fee")]
    amount = found[0]["input_schema"]["properties"]["amount"]
    assert (amount["type"], amount["minimum"], amount["maximum"]) == ("number", 0, 100000)


def test_versions_are_in_force_by_date(rules):
    make(rules)
    act(rules, "fee", "publish", valid_from="2020-01-01").expect(200)
    change(rules, "fee", xml=fee(200)).expect(200)
    act(rules, "fee", "publish", valid_from="2022-01-01", valid_to="2023-01-01").expect(200)
    for moment, expected in (("2021-12-31", "free"), ("2022-01-01", "due"), ("2022-12-31T23:59:59Z", "due"),
                             ("2023-01-01", "free")):
        assert by_decision(rules, as_of=moment).expect(200).json()["result"] == expected, moment
    by_decision(rules, as_of="2019-12-31").expect_problem(404, "decision_not_found")
    rules.post(f"{API}/models/fee/versions/1/end", {"valid_to": "2022-06-01"}).expect(200)
    by_decision(rules, as_of="2023-01-01").expect_problem(404, "decision_not_found")


def test_a_decision_of_two_models_is_chosen_by_its_model(rules):
    make(rules)
    make(rules, 200, key="other")
    for key in ("fee", "other"):
        act(rules, key, "publish").expect(200)
    assert by_decision(rules).expect_problem(409, "ambiguous_decision")["models"] == ["fee", "other"]
    assert by_decision(rules, model="other").expect(200).json()["result"] == "due"


def test_a_tenants_model_overrides_the_shared_one(rules):
    rules.put(f"{API}/shared/fee", {"xml": fee(100)}).expect(200)
    assert in_force(rules) == by_decision(rules).json()["result"] == "free"
    change(rules, "fee", name="Other").expect_problem(409, "shared_model")
    own = make(rules, 200, key="fee").json()["id"]
    assert in_force(rules) == "free"
    act(rules, own, "publish").expect(200)
    assert in_force(rules) == by_decision(rules).expect(200).json()["result"] == "due"
    rules.delete(f"{API}/models/{own}", headers={"If-Match": "*"}).expect(204)
    assert in_force(rules) == by_decision(rules).json()["result"] == "free"


def test_changes_need_their_etag(rules):
    etag = make(rules).etag
    rules.patch(f"{API}/models/fee", {"name": "N"}).expect_problem(428, "precondition_required")
    assert change(rules, "fee", etag, name="N").expect(200).etag != etag
    change(rules, "fee", etag, name="M").expect_problem(412, "version_mismatch")


def test_an_upload_repeats_by_its_key(rules):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    first = rules.post(f"{API}/models", {"xml": fee(1)}, headers=headers).expect(201)
    assert rules.post(f"{API}/models", {"xml": fee(1)}, headers=headers).expect(201).json() == first.json()
    make_again = rules.post(f"{API}/models", {"xml": fee(1)})
    make_again.expect_problem(409, "key_taken")


def test_models_are_listed_page_by_page(rules):
    for number in range(5):
        make(rules, key=f"m{number}", tags=["even" if number % 2 == 0 else "odd"])
    found, cursor = [], ""
    while cursor is not None:
        page = rules.get(f"{API}/models?limit=2&tag=even{cursor and '&cursor=' + cursor}").expect(200).json()
        found += [item["key"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert found == ["m4", "m2", "m0"]


def test_one_of_several_publications_at_a_time_wins(rules):
    make(rules)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: act(rules.with_headers(), "fee", "publish").status, range(4)))
    assert sorted(answers)[0] == 200 and set(sorted(answers)[1:]) <= {409, 412}, answers
    assert len(rules.get(f"{API}/models/fee/versions").json()["items"]) == 1


def test_scopes_and_tenants_are_kept_apart(server, tenant, make_tenant):
    make(tenant.rules)
    reader = server.client(X_API_Key=tenant.make_key(["rules:read"]))
    reader.get(f"{API}/models/fee").expect(200)
    reader.post(f"{API}/models", {"xml": fee(1)}).expect_problem(403)
    writer = server.client(X_API_Key=tenant.make_key(["rules:write"]))
    writer.put(f"{API}/shared/fee", {"xml": fee(1)}).expect_problem(403)
    other = make_tenant()
    stranger = server.client(X_API_Key=other.make_key(SCOPES))
    stranger.get(f"{API}/models/fee").expect_problem(404, "model_not_found")
    assert stranger.get(f"{API}/models").json()["items"] == []
