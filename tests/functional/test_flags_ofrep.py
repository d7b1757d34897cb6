"""Feature flags with static variants: kept as flagd JSON, evaluated by OFREP."""
import urllib.parse

import pytest

OFREP = "/ofrep/v1/evaluate/flags"
CONTEXT = {"context": {"targetingKey": "user-1"}}


def flag(default="on", **more):
    return {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": default} | more


def put(tenant, key, definition, status=201):
    return tenant.admin.put(f"/api/v1/flags/{key}", definition).expect(status)


def evaluate(tenant, key, body=None):
    return tenant.api.post(f"{OFREP}/{key}", CONTEXT if body is None else body)


def test_a_flag_is_evaluated(tenant_a):
    put(tenant_a, "dark-mode", flag())
    assert evaluate(tenant_a, "dark-mode").expect(200).json() | {"metadata": {}} == {
        "key": "dark-mode", "value": True, "variant": "on", "reason": "STATIC", "metadata": {}}


@pytest.mark.parametrize("value", [True, "text", 5, -0.25, {"a": [1, None]}], ids=str)
def test_variants_of_every_type(tenant_a, value):
    put(tenant_a, "f", {"state": "ENABLED", "variants": {"v": value}, "defaultVariant": "v"})
    assert evaluate(tenant_a, "f").expect(200).json()["value"] == value


def test_an_unknown_flag(tenant_a):
    answer = evaluate(tenant_a, "nope").expect(404).json()
    assert (answer["key"], answer["errorCode"]) == ("nope", "FLAG_NOT_FOUND")


def test_a_disabled_flag_has_no_value(tenant_a):
    put(tenant_a, "f", flag(state="DISABLED"))
    answer = evaluate(tenant_a, "f")
    assert answer.status in (200, 404)
    if answer.status == 200:
        assert answer.json()["reason"] == "DISABLED" and "value" not in answer.json()


@pytest.mark.parametrize("body", ["[]", "5", "{", '{"context": 5}', '{"context": {"targetingKey": 5}}'])
def test_wrong_bodies(tenant_a, body):
    put(tenant_a, "f", flag())
    answer = tenant_a.api.post(f"{OFREP}/f", data=body.encode(), headers={"Content-Type": "application/json"})
    assert answer.expect(400).json()["errorCode"] in ("PARSE_ERROR", "INVALID_CONTEXT")


def test_all_flags_with_an_etag_over_the_result(tenant_a):
    put(tenant_a, "a", flag())
    put(tenant_a, "b", flag("off"))
    whole = tenant_a.api.post(OFREP, CONTEXT).expect(200)
    values = {one["key"]: one.get("value") for one in whole.json()["flags"]}  # a code default has none
    assert (values["a"], values["b"]) == (True, False)
    tenant_a.api.post(OFREP, CONTEXT, headers={"If-None-Match": whole.etag}).expect(304)
    put(tenant_a, "b", flag("on"), 200)
    changed = tenant_a.api.post(OFREP, CONTEXT, headers={"If-None-Match": whole.etag}).expect(200)
    assert changed.etag != whole.etag


def test_overrides_the_nearest_wins(tenant_a):
    put(tenant_a, "f", flag("off"))
    overrides = "/api/v1/flags/f/overrides"

    def value(user):
        return evaluate(tenant_a, "f", {"context": {"targetingKey": user}}).expect(200).json()["value"]

    assert (value("ada"), value("bob")) == (False, False)
    tenant_a.admin.put(f"{overrides}/tenant", {"variant": "on"})
    assert (value("ada"), value("bob")) == (True, True)
    tenant_a.admin.put(f"{overrides}/users/ada", {"variant": "off"})
    assert (value("ada"), value("bob")) == (False, True)
    assert tenant_a.admin.delete(f"{overrides}/tenant").status in (200, 204)
    assert (value("ada"), value("bob")) == (False, False)


def test_an_override_with_an_unknown_variant(tenant_a):
    put(tenant_a, "f", flag())
    tenant_a.admin.put("/api/v1/flags/f/overrides/tenant", {"variant": "nope"}).expect_problem(422)
    tenant_a.admin.put("/api/v1/flags/nope/overrides/tenant", {"variant": "on"}).expect_problem(404)


def test_what_the_platform_has_every_tenant_inherits(platform, tenant_a, tenant_b):
    key = f"shared-{tenant_a.slug}"
    platform.put(f"/api/v1/flags/{key}", flag("off")).expect(201)
    for tenant in (tenant_a, tenant_b):
        assert evaluate(tenant, key).expect(200).json()["value"] is False
        tenant.admin.put(f"/api/v1/flags/{key}", flag()).expect_problem(409)
    tenant_a.admin.put(f"/api/v1/flags/{key}/overrides/tenant", {"variant": "on"})
    assert evaluate(tenant_a, key).json()["value"] is True
    assert evaluate(tenant_b, key).json()["value"] is False


def test_a_flagd_document_is_imported(tenant_a):
    document = {"flags": {"one": flag(), "two": flag("off")}}
    assert tenant_a.admin.post("/api/v1/flags/import", document).status in (200, 201)
    assert evaluate(tenant_a, "two").expect(200).json()["value"] is False


def test_an_import_is_all_or_nothing(tenant_a):
    document = {"flags": {"one": flag(), "two": flag("no such variant")}}
    answer = tenant_a.admin.post("/api/v1/flags/import", document)
    assert answer.status in (400, 422)
    evaluate(tenant_a, "one").expect(404)


WRONG_FLAGS = [
    {}, [], 5, {"state": "ENABLED"}, flag(state="on"), flag("nope"), flag(variants={}), flag(variants=[True]),
    flag(variants={"on": True, "off": "text"}), flag(nonsense=1),
]


@pytest.mark.parametrize("definition", WRONG_FLAGS, ids=range(len(WRONG_FLAGS)))
def test_wrong_flags(tenant_a, definition):
    answer = tenant_a.admin.put("/api/v1/flags/f", definition)
    assert answer.status in (400, 422)
    answer.expect_problem(answer.status)


@pytest.mark.parametrize("key", [".", "..", "a%0Ab", "a%7F", "k" * 129])
def test_keys_that_are_none(tenant_a, key):
    flag = {"state": "ENABLED", "variants": {"on": True}, "defaultVariant": "on"}
    tenant_a.admin.put(f"/api/v1/flags/{key}", flag).expect_problem(400, "invalid_flag_key")


@pytest.mark.parametrize("key", ["a%2Fb", "a%20b", "%C3%A4", "team:f@2", "%22%5C", "a%252F"])
def test_a_key_is_any_text_as_in_flagd(tenant_a, key):
    flag = {"state": "ENABLED", "variants": {"on": True}, "defaultVariant": "on"}
    tenant_a.admin.put(f"/api/v1/flags/{key}", flag).expect(201)
    name = urllib.parse.unquote(key)
    assert tenant_a.admin.get(f"/api/v1/flags/{key}").expect(200).json()["key"] == name
    assert evaluate(tenant_a, key, CONTEXT).expect(200).json()["key"] == name
    whole = tenant_a.api.post(OFREP, CONTEXT).expect(200).json()["flags"]
    assert name in {one["key"] for one in whole}
    document = tenant_a.admin.get("/api/v1/flags/export").expect(200).json()
    assert document["flags"][name] == flag
    tenant_a.admin.post("/api/v1/flags/import", document).expect(200)
    tenant_a.admin.delete(f"/api/v1/flags/{key}").expect(204)


def test_the_context_does_not_choose_tenant_or_plan(tenant_a, tenant_b):
    put(tenant_a, "f", flag())
    body = {"context": {"targetingKey": "u", "tenant": tenant_a.slug, "plan": "golden"}}
    evaluate(tenant_b, "f", body).expect(404)
    evaluate(tenant_a, "f", body).expect(200)


def test_evaluation_needs_a_credential(anonymous):
    assert anonymous.post(OFREP, CONTEXT).status == 401


# ---- refusals in OFREP's own form ----

def failure_of(answer, key=None):
    """The code of a 400 that has the body of openapi.yaml: evaluationFailure, or bulkEvaluationFailure."""
    body = answer.expect(400).json()
    assert answer.headers["content-type"] == "application/json"
    assert set(body) == {"errorCode", "errorDetails"} | ({"key"} if key is not None else set())
    assert body.get("key") == key and body["errorDetails"]
    return body["errorCode"]


def test_an_unknown_environment_is_said_as_ofrep_says_it(tenant_a):
    nowhere = tenant_a.api.with_headers(Mortise_Environment="nowhere")
    assert failure_of(nowhere.post(f"{OFREP}/f", CONTEXT), "f") == "GENERAL"
    assert failure_of(nowhere.post(f"{OFREP}/a%2Fb", CONTEXT), "a/b") == "GENERAL"
    assert failure_of(nowhere.post(OFREP, CONTEXT)) == "GENERAL"
    # Everywhere else it is a problem.
    nowhere.get("/api/v1/flags").expect_problem(404, "environment_not_found")
    nowhere.get("/api/frontend?userId=ada").expect_problem(404, "environment_not_found")


@pytest.mark.parametrize("key", ["%ff", "%zz", "a%"])
def test_a_key_that_cannot_be_decoded_is_said_as_ofrep_says_it(tenant_a, key):
    assert failure_of(tenant_a.api.post(f"{OFREP}/{key}", CONTEXT), key) == "PARSE_ERROR"
    tenant_a.api.get(f"/api/v1/flags/{key}").expect_problem(400, "invalid_encoding")


def test_a_query_that_cannot_be_decoded_is_said_as_ofrep_says_it(tenant_a):
    assert failure_of(tenant_a.api.post(f"{OFREP}?flagConfigEtag=%ff", CONTEXT)) == "PARSE_ERROR"


def test_an_unknown_tenant_is_said_as_ofrep_says_it(platform):
    nobody = platform.with_headers(Mortise_Tenant="nobody-of-this-name")
    assert failure_of(nobody.post(OFREP, CONTEXT)) == "GENERAL"
    assert failure_of(nobody.post(f"{OFREP}/f", CONTEXT), "f") == "GENERAL"


def test_who_may_not_evaluate_gets_a_problem(anonymous):
    anonymous.post(f"{OFREP}/f", CONTEXT).expect_problem(401)
