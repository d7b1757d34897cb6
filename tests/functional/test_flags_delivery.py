"""Environments, segments, the kill switch, the archive, conditions of delivery and scopes, over HTTP."""
import datetime

import pytest

OFREP = "/ofrep/v1/evaluate/flags"
STAGING = {"Mortise-Environment": "staging"}


def flag(default="off", rule=None, **mortise):
    made = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": default}
    return made | ({} if rule is None else {"targeting": rule}) | ({"mortise": mortise} if mortise else {})


def put(client, key, definition, status=201, **headers):
    return client.put(f"/api/v1/flags/{key}", definition, headers=headers).expect(status)


def ask(client, key, status=200, headers=None, **context):
    return client.post(f"{OFREP}/{key}", {"context": context}, headers=headers or {}).expect(status).json()


def at(seconds):
    """That far from now, as RFC 3339."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).isoformat()


def test_an_environment_has_its_own_or_what_production_has(tenant_a):
    admin = tenant_a.admin
    put(admin, "f", flag("off"))
    seen = admin.get("/api/v1/flags/f", headers=STAGING).expect(200)
    assert seen.json()["environment"] == "production"
    changed = admin.put("/api/v1/flags/f", flag("on"), headers=STAGING | {"If-Match": seen.etag}).expect(200)
    assert changed.json()["environment"] == "staging"
    admin.put("/api/v1/flags/f", flag("on"), headers=STAGING | {"If-Match": seen.etag}).expect_problem(412)
    assert ask(tenant_a.api, "f", headers=STAGING)["value"] is True
    assert ask(tenant_a.api, "f")["value"] is False
    assert ask(tenant_a.api, "f", headers={"Mortise-Environment": "draft"})["value"] is False
    bulk = tenant_a.api.post(OFREP, {"context": {}}, headers=STAGING).expect(200)
    # Others may have left flags to all tenants.
    assert [one["value"] for one in bulk.json()["flags"] if one["key"] == "f"] == [True]
    assert [one["environment"] for one in admin.get("/api/v1/flags", headers=STAGING).json()["items"]
            if one["key"] == "f"] == ["staging"]
    admin.delete("/api/v1/flags/f", headers=STAGING).expect(204)
    assert ask(tenant_a.api, "f", headers=STAGING)["value"] is False
    admin.delete("/api/v1/flags/f", headers=STAGING).expect_problem(409, "not_in_environment")


def test_a_flag_is_promoted_step_by_step(tenant_a):
    admin = tenant_a.admin
    put(admin, "f", flag("on"), **{"Mortise-Environment": "draft"})
    ask(tenant_a.api, "f", 404)
    for step in ({"from": "draft", "to": "staging"}, {"from": "staging", "to": "production"}):
        promoted = admin.post("/api/v1/flags/f/promote", step).expect(200)
        assert promoted.json()["environment"] == step["to"]
        assert ask(tenant_a.api, "f", headers={"Mortise-Environment": step["to"]})["value"] is True
    admin.post("/api/v1/flags/f/promote", {"from": "nowhere", "to": "staging"}).expect_problem(
        404, "environment_not_found")
    admin.post("/api/v1/flags/f/promote", {"from": "draft"}).expect_problem(400, "invalid_body")


def test_an_unknown_environment_is_not_found(tenant_a):
    nowhere = {"Mortise-Environment": "nowhere"}
    for path in ("/api/v1/flags", "/api/v1/flags/f", "/api/v1/flag-set", "/api/v1/flag-segments",
                 "/api/v1/flags/f/overrides/tenant"):
        tenant_a.admin.get(path, headers=nowhere).expect_problem(404, "environment_not_found")
    assert tenant_a.api.post(OFREP, {"context": {}}, headers=nowhere).expect(400).json()["errorCode"] == "GENERAL"


def test_the_platform_makes_environments(platform, tenant_a):
    name = f"qa-{tenant_a.slug}"[:32]
    path, there = f"/api/v1/flag-environments/{name}", {"Mortise-Environment": name}
    tenant_a.admin.put(path, {}).expect_problem(404, "environment_not_found")
    made = platform.put(path, {"description": "For testers.", "approvals_required": 2}).expect(201)
    assert made.json()["approvals_required"] == 2 and made.json()["built_in"] is False
    own = tenant_a.admin.get(path).expect(200)
    assert (own.json()["description"], own.json()["approvals_required"]) == ("For testers.", 0)
    tenant_a.admin.put(path, {"approvals_required": 1}, headers={"If-Match": own.etag}).expect(200)
    assert tenant_a.admin.get(path).json()["approvals_required"] == 1
    assert platform.get(path).json()["approvals_required"] == 2
    tenant_a.admin.put("/api/v1/flags/f", flag("on"), headers=there).expect_problem(409, "approval_required")
    lowered = tenant_a.admin.get(path)
    tenant_a.admin.put(path, {"approvals_required": 0}, headers={"If-Match": lowered.etag}).expect(200)
    names = [one["name"] for one in tenant_a.admin.get("/api/v1/flag-environments").json()["items"]]
    assert {"production", "draft", "staging", name} <= set(names)
    put(tenant_a.admin, "f", flag("on"), **there)
    assert ask(tenant_a.api, "f", headers=there)["value"] is True
    tenant_a.admin.delete(path).expect_problem(403)
    platform.delete("/api/v1/flag-environments/staging").expect_problem(409, "environment_built_in")
    platform.delete(path).expect(204)
    assert ask(tenant_a.api, "f", 400, headers=there)["errorCode"] == "GENERAL"


def test_overrides_are_each_environments_own(tenant_a):
    put(tenant_a.admin, "f", flag("off"))
    tenant_a.admin.put("/api/v1/flags/f/overrides/users/ada", {"variant": "on"}, headers=STAGING).expect(200)
    assert ask(tenant_a.api, "f", headers=STAGING, targetingKey="ada")["value"] is True
    assert ask(tenant_a.api, "f", targetingKey="ada")["value"] is False
    tenant_a.admin.get("/api/v1/flags/f/overrides/users/ada").expect_problem(404, "override_not_found")


def test_a_segment_is_used_by_rules(tenant_a, tenant_b):
    admin, path = tenant_a.admin, "/api/v1/flag-segments/testers"
    segment = {"name": "Testers", "included": ["ada"], "excluded": ["eve"],
               "rule": {"ends_with": [{"var": "email"}, "@example.com"]}}
    made = admin.put(path, segment).expect(201)
    assert made.json()["rule"] == segment["rule"] and made.json()["description"] == ""
    put(admin, "f", flag(rule={"if": [{"$ref": "testers"}, "on"]}))
    assert ask(tenant_a.api, "f", targetingKey="ada")["value"] is True
    assert ask(tenant_a.api, "f", targetingKey="eve", email="eve@example.com")["value"] is False
    assert ask(tenant_a.api, "f", targetingKey="zoe", email="zoe@example.com")["value"] is True
    assert ask(tenant_a.api, "f", targetingKey="zoe")["reason"] == "DEFAULT"
    admin.delete(path).expect_problem(409, "segment_in_use")
    admin.put(path, segment | {"included": []}, headers={"If-Match": made.etag}).expect(200)
    admin.put(path, segment, headers={"If-Match": made.etag}).expect_problem(412)
    assert ask(tenant_a.api, "f", targetingKey="ada")["value"] is False
    listed = admin.get("/api/v1/flag-segments").expect(200).json()["items"]
    assert [(one["key"], one["included_count"], one["excluded_count"]) for one in listed] == [("testers", 0, 1)]
    problem = admin.put(path, {"rule": {"$ref": "testers"}}).expect_problem(400, "invalid_flag_segment")
    assert problem["errors"][0]["pointer"] == "/rule/$ref"
    problem = admin.put("/api/v1/flag-set", {"$evaluators": {"testers": {"==": [1, 1]}}}).expect_problem(400)
    assert problem["errors"][0]["code"] == "name_taken"
    tenant_b.admin.get(path).expect_problem(404, "segment_not_found")
    admin.delete("/api/v1/flags/f").expect(204)
    admin.delete(path).expect(204)


def test_the_kill_switch_is_thrown_everywhere(tenant_a):
    admin, path = tenant_a.admin, "/api/v1/flags/f/kill-switch"
    put(admin, "f", flag("on"))
    put(admin, "f", flag("on"), 200, **STAGING)
    killed = admin.put(path, {"reason": "It burns."}).expect(200).json()["killed"]
    assert killed["reason"] == "It burns." and killed["by"] and killed["at"]
    for headers in ({}, STAGING):
        answer = ask(tenant_a.api, "f", headers=headers)
        assert answer["reason"] == "DISABLED" and "value" not in answer
    admin.put(path, {"reason": ""}).expect_problem(400)
    admin.put(path, {}).expect_problem(400, "invalid_body")
    admin.delete(path).expect(204)
    assert admin.get("/api/v1/flags/f").json()["killed"] is None
    assert ask(tenant_a.api, "f")["value"] is True


def test_an_archived_flag_is_not_found(tenant_a):
    admin = tenant_a.admin
    put(admin, "f", flag("on"))
    put(admin, "g", flag("on", prerequisites=[{"flag": "f", "variants": ["on"]}]))
    admin.post("/api/v1/flags/f/archive").expect_problem(409, "flag_in_use")
    admin.delete("/api/v1/flags/g").expect(204)
    assert admin.post("/api/v1/flags/f/archive").expect(200).json()["archived_at"]
    assert ask(tenant_a.api, "f", 404)["errorCode"] == "FLAG_NOT_FOUND"
    bulk = tenant_a.api.post(OFREP, {"context": {}}).json()["flags"]
    assert "f" not in {one["key"] for one in bulk + admin.get("/api/v1/flags").json()["items"]}
    assert "f" in {one["key"] for one in admin.get("/api/v1/flags?archived=true").json()["items"]}
    admin.put("/api/v1/flags/f", flag("on")).expect_problem(409, "flag_archived")
    admin.post("/api/v1/flags/f/unarchive").expect(200)
    assert ask(tenant_a.api, "f")["value"] is True


def test_prerequisites_are_evaluated_for_the_same_subject(tenant_a):
    admin = tenant_a.admin
    put(admin, "base", flag("off", rule={"if": [{"==": [{"var": "targetingKey"}, "ada"]}, "on"]}))
    needs = {"off_variant": "off", "prerequisites": [{"flag": "base", "variants": ["on"]}]}
    put(admin, "f", flag("on", **needs))
    assert ask(tenant_a.api, "f", targetingKey="ada")["value"] is True
    answer = ask(tenant_a.api, "f", targetingKey="bob")
    assert (answer["value"], answer["variant"]) == (False, "off")
    for definition, pointer in ((flag(prerequisites=[{"flag": "f", "variants": ["on"]}]), "/mortise/prerequisites/0/flag"),
                                (flag(prerequisites=[{"flag": "nope", "variants": ["on"]}]), "/mortise/prerequisites/0/flag"),
                                (flag(off_variant="nope"), "/mortise/off_variant")):
        problem = admin.put("/api/v1/flags/base", definition).expect_problem(400, "invalid_flag")
        assert problem["errors"][0]["pointer"] == pointer
    admin.delete("/api/v1/flags/base").expect_problem(409, "flag_in_use")


def test_the_platform_takes_nothing_that_tenants_need(platform, tenant_a, tenant_b):
    base = f"base-of-{tenant_a.slug}"
    put(platform, base, flag("on"))
    for tenant in (tenant_a, tenant_b):
        put(tenant.admin, "secret-plan", flag("on", off_variant="off", prerequisites=[{"flag": base, "variants": ["on"]}]))
    for method, path, body in (("DELETE", "", None), ("POST", "/archive", None), ("PUT", "", {
            "state": "ENABLED", "variants": {"yes": True}, "defaultVariant": "yes"})):
        problem = platform.request(method, f"/api/v1/flags/{base}{path}", body).expect_problem(409, "tenants_depend")
        assert problem["detail"].startswith("2 flags of 2 tenants ")
        named = " ".join(one["detail"] for one in problem["errors"])
        assert tenant_a.slug in named and tenant_b.slug in named and "secret-plan" in named
    # Who may not act in tenants learns how many, and nothing else of them.
    key = platform.post("/api/v1/api-keys", {"name": "flags", "scopes": ["flags:read", "flags:write"]}).expect(201).json()["key"]
    writer = platform.with_headers(Authorization=f"Bearer {key}")
    problem = writer.delete(f"/api/v1/flags/{base}").expect_problem(409, "tenants_depend")
    assert problem["detail"].startswith("2 flags of 2 tenants ") and "errors" not in problem
    for tenant in (tenant_a, tenant_b):
        assert ask(tenant.api, "secret-plan")["value"] is True
        tenant.admin.delete("/api/v1/flags/secret-plan").expect(204)
    platform.delete(f"/api/v1/flags/{base}").expect(204)


def test_a_schedule_and_a_rollout(tenant_a):
    admin = tenant_a.admin
    put(admin, "soon", flag("on", schedule={"from": at(3600)}))
    put(admin, "now", flag("on", schedule={"from": at(-3600), "until": at(3600)}))
    put(admin, "over", flag("on", off_variant="off", schedule={"until": at(-1)}))
    assert ask(tenant_a.api, "soon")["reason"] == "DISABLED"
    assert ask(tenant_a.api, "now")["value"] is True
    assert ask(tenant_a.api, "over")["value"] is False
    put(admin, "all", flag("off", rollout={"variant": "on", "steps": [{"at": at(-7200), "percent": 5},
                                                                    {"at": at(-3600), "percent": 100}]}))
    assert ask(tenant_a.api, "all", targetingKey="ada")["value"] is True
    put(admin, "share", flag("off", rollout={"variant": "on", "percent": 30}))
    put(admin, "same", flag("off", rollout={"variant": "on", "by": "tenant", "percent": 50}))
    values = [ask(tenant_a.api, "share", targetingKey=f"user-{i}")["value"] for i in range(200)]
    assert 35 <= sum(values) <= 85
    assert len({ask(tenant_a.api, "same", targetingKey=f"user-{i}")["value"] for i in range(20)}) == 1


SCOPES = {"flags:read": (True, True), "flags:evaluate": (True, True), "flags:evaluate_client": (False, True),
          "flags:write": (None, None), "flags:*": (True, True)}


@pytest.mark.parametrize("scope", SCOPES)
def test_what_a_credential_may_evaluate(tenant_a, server, scope):
    put(tenant_a.admin, "server", flag("on"))
    put(tenant_a.admin, "client", flag("on", client=True))
    made = tenant_a.admin.post("/api/v1/api-keys", {"name": "k", "scopes": [scope]}).expect(201).json()
    client = server.client(Authorization=f"Bearer {made['key']}")
    seen = SCOPES[scope]
    if seen[0] is None:
        client.post(OFREP, {"context": {}}).expect_problem(403, "scope_required")
        return
    bulk = {one["key"] for one in client.post(OFREP, {"context": {}}).expect(200).json()["flags"]}
    assert ("client" in bulk, "server" in bulk) == (True, seen[0])
    assert ask(client, "client")["value"] is True
    if seen[0]:
        assert ask(client, "server")["value"] is True
        client.get("/api/client/features").expect(200)
    else:
        assert ask(client, "server", 404)["errorCode"] == "FLAG_NOT_FOUND"
        client.get("/api/v1/flags").expect_problem(403, "scope_required")
        # Definitions name users, segments and rules; what everybody may have is evaluated.
        client.get("/api/client/features").expect_problem(403, "scope_required")
        client.post("/api/client/metrics", {}).expect_problem(403, "scope_required")
        client.get("/api/frontend").expect(200)
        for path, method in ((OFREP, client.post), (f"{OFREP}/client", client.post), ("/api/frontend", client.post)):
            method(path, {"context": {}}, headers={"Mortise-Environment": "draft"}).expect_problem(403, "scope_required")
        made = tenant_a.admin.post("/api/v1/api-keys", {"name": "d", "scopes": [scope, f"{scope}-draft"]}).expect(201).json()
        drafting = server.client(Authorization=f"Bearer {made['key']}")
        drafting.post(OFREP, {"context": {}}, headers={"Mortise-Environment": "draft"}).expect(200)
        drafting.post(OFREP, {"context": {}}, headers={"Mortise-Environment": "staging"}).expect_problem(403, "scope_required")


def test_flagd_documents_carry_the_member(tenant_a):
    document = {"flags": {"a": flag("on", client=True, prerequisites=[{"flag": "b", "variants": ["on"]}]),
                          "b": flag("on")}}
    tenant_a.admin.post("/api/v1/flags/import", document).expect(200)
    kept = tenant_a.admin.get("/api/v1/flags/a").json()["definition"]
    assert kept == document["flags"]["a"]
    strict = document | {"$schema": "https://flagd.dev/schema/v0/flags.json"}
    tenant_a.admin.post("/api/v1/flags/import", strict).expect(200)
    broken = {"flags": {"c": flag("on", prerequisites=[{"flag": "c", "variants": ["on"]}])}}
    problem = tenant_a.admin.post("/api/v1/flags/import", broken).expect_problem(400, "invalid_flag")
    assert problem["errors"][0]["pointer"] == "/flags/c/mortise/prerequisites/0/flag"

