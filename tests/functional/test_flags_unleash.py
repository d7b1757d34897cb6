"""Unleash's client API over the same flags. What clients make of it is tested with unleash-client (tests/interop)."""
import pytest

FLAG = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}
FEATURES = "/api/client/features"


def rule(condition, value="on"):
    return FLAG | {"targeting": {"if": [condition, value]}}


@pytest.fixture
def flags(tenant_a):
    for key, definition in {
            "always": FLAG | {"defaultVariant": "on"},
            "never": FLAG,
            "sleeping": FLAG | {"state": "DISABLED", "defaultVariant": "on"},
            "swiss": rule({"==": [{"var": "country"}, "CH"]}),
            "half": FLAG | {"targeting": {"fractional": [["on", 50], ["off", 50]]}},
            "colour": {"state": "ENABLED", "variants": {"red": "r", "blue": "b"}, "defaultVariant": "red"},
    }.items():
        tenant_a.admin.put(f"/api/v1/flags/{key}", definition).expect(201)
    return tenant_a


def own(document, names=("always", "never", "sleeping", "swiss", "half", "colour")):
    return {one["name"]: one for one in document["features"] if one["name"] in names}


def test_features_say_what_unleash_can_express(flags):
    document = flags.api.get(FEATURES).expect(200).json()
    assert document["version"] == 2
    features = own(document)
    assert {name: one["enabled"] for name, one in features.items()} == {
        "always": True, "never": False, "sleeping": False, "swiss": True, "colour": True}
    assert features["always"]["strategies"][0]["constraints"] == []
    assert features["swiss"]["strategies"][0]["constraints"] == [
        {"contextName": "country", "operator": "IN", "values": ["CH"], "inverted": False, "caseInsensitive": False}]
    assert features["colour"]["strategies"][0]["variants"][0]["payload"] == {"type": "string", "value": "r"}
    # Buckets of Unleash are others than those of flagd.
    [omitted] = [one for one in document["mortise"]["omitted"] if one["name"] == "half"]
    assert omitted == {"name": "half", "code": "rule_not_expressible", "pointer": "/targeting"}


def test_features_have_a_tag_of_what_they_are_made_of(flags, tenant_b):
    first = flags.api.get(FEATURES).expect(200)
    flags.api.get(FEATURES, headers={"If-None-Match": first.etag}).expect(304)
    tenant_b.admin.put("/api/v1/flags/other", FLAG).expect(201)
    flags.api.get(FEATURES, headers={"If-None-Match": first.etag}).expect(304)
    flags.admin.put("/api/v1/flags/always/overrides/users/eve", {"variant": "off"}).expect(200)
    second = flags.api.get(FEATURES, headers={"If-None-Match": first.etag}).expect(200)
    assert second.etag != first.etag
    assert own(second.json())["always"]["strategies"][0]["constraints"][0]["values"] == ["eve"]


def test_the_key_may_stand_alone(server, flags):
    """Clients of Unleash send it without a scheme."""
    server.client(Authorization=flags.key).get(FEATURES).expect(200)
    server.client(Authorization=flags.key + "x").get(FEATURES).expect_problem(401)
    server.client(Authorization="Basic abc").get(FEATURES).expect_problem(401)
    server.client().get(FEATURES).expect_problem(401)
    key = flags.make_key(["milestones:read"])
    server.client(Authorization=key).get(FEATURES).expect_problem(403)


def toggles(answer):
    return {one["name"]: one["variant"] for one in answer.expect(200).json()["toggles"]}


def test_the_frontend_evaluates_every_flag(flags):
    found = toggles(flags.api.get("/api/frontend?userId=ada&properties[country]=CH&appName=shop"))
    assert found.keys() >= {"always", "swiss", "colour"} and not found.keys() & {"never", "sleeping"}
    assert found["colour"] == {"name": "red", "enabled": True, "payload": {"type": "string", "value": "r"},
                               "feature_enabled": True}
    assert found["always"] == {"name": "disabled", "enabled": False, "feature_enabled": True}
    body = {"context": {"userId": "ada", "properties": {"country": "AL"}}}
    posted = flags.api.post("/api/frontend", body)
    assert "swiss" not in toggles(posted)
    flags.api.post("/api/frontend", body, headers={"If-None-Match": posted.etag}).expect(304)
    # As OFREP has it, for everybody.
    for number in range(20):
        answer = flags.api.post("/ofrep/v1/evaluate/flags/half", {"context": {"targetingKey": f"user-{number}"}}).json()
        assert ("half" in toggles(flags.api.get(f"/api/frontend?userId=user-{number}"))) == answer["value"]


def test_the_context_chooses_no_tenant(flags, tenant_b):
    flags.admin.put("/api/v1/flags/ours", rule({"==": [{"var": "tenant"}, flags.slug]})).expect(201)
    assert "ours" in toggles(flags.api.get("/api/frontend?properties[tenant]=other&tenant=other"))
    tenant_b.admin.put("/api/v1/flags/ours", rule({"==": [{"var": "tenant"}, flags.slug]})).expect(201)
    assert "ours" not in toggles(tenant_b.api.get(f"/api/frontend?tenant={flags.slug}"))


@pytest.mark.parametrize("prefix", ["/api/client", "/api/frontend/client"])
def test_reports_are_taken(flags, prefix):
    bucket = {"start": "2026-01-01T00:00:00Z", "stop": "2026-01-01T00:01:00Z",
              "toggles": {"always": {"yes": 3, "no": 1, "variants": {"on": 3}}}}
    report = {"appName": "shop", "instanceId": "i", "bucket": bucket}
    assert flags.api.post(f"{prefix}/metrics", report).expect(202).body == b""
    usage = flags.admin.get("/api/v1/flags/always/usage").expect(200).json()["variants"]
    assert {one["variant"]: one["count"] for one in usage} == {"on": 3, "off": 1}
    flags.api.post(f"{prefix}/register", {"appName": "shop", "strategies": ["default"], "interval": 1000}).expect(202)
    flags.api.post(f"{prefix}/metrics", {"appName": "shop"}).expect_problem(400, "invalid_metrics")
    flags.api.post(f"{prefix}/metrics", report | {"bucket": bucket | {"toggles": {"x": {"yes": -1}}}}).expect_problem(400)
    flags.api.post(f"{prefix}/register", {}).expect_problem(400, "invalid_registration")


def test_a_bad_context_is_refused(flags):
    flags.api.post("/api/frontend", {}).expect_problem(400, "invalid_context")
    flags.api.post("/api/frontend", {"context": {"userId": {}}}).expect_problem(400, "invalid_context")
    many = "&".join(f"properties[a{number}]=x" for number in range(60))
    flags.api.get(f"/api/frontend?{many}").expect(200)
