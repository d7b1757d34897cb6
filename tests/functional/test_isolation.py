"""Tenants don't see each other: what another has is answered like what nobody has, 404 and never 403."""
import pytest

API = "/api/v1/milestones"
ANY = {"If-Match": '"1"'}


def without_request(problem):
    return {name: value for name, value in problem.items() if name not in ("request_id", "instance", "detail")}


@pytest.fixture
def secret(tenant_a):
    """What tenant A has: a milestone, a user, an API key, a flag of its own."""
    tenant_a.api.post(API, {"key": "SECRET-1", "title": "Merger with Ypsilon"}).expect(201)
    user = tenant_a.admin.post("/api/v1/users", {"email": "cfo@example.com", "password": "a long enough password",
                                                 "roles": ["viewer"]}).expect(201).json()
    key = tenant_a.admin.post("/api/v1/api-keys", {"name": "secret", "scopes": ["milestones:read"]}).expect(201).json()
    flag = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "on"}
    tenant_a.admin.put("/api/v1/flags/merger", flag)
    return {"user": user["id"], "key": key["id"]}


def test_milestones_of_others_are_not_there(secret, tenant_b):
    tenant_b.api.post(API, {"key": "OWN-1", "title": "t"}).expect(201)
    for method, path, body in [
            ("GET", "SECRET-1", None), ("PATCH", "SECRET-1", {"title": "mine"}), ("DELETE", "SECRET-1", None),
            ("POST", "SECRET-1/complete", None), ("PUT", "OWN-1/dependencies/SECRET-1", None),
            ("PUT", "SECRET-1/dependencies/OWN-1", None), ("DELETE", "SECRET-1/dependencies/OWN-1", None)]:
        real = tenant_b.api.request(method, f"{API}/{path}", body, headers=ANY).expect_problem(404)
        unreal = tenant_b.api.request(method, f"{API}/{path.replace('SECRET', 'NOBODY')}", body,
                                      headers=ANY).expect_problem(404)
        assert without_request(real) == without_request(unreal)


def test_lists_and_exports_have_nothing_of_others(secret, tenant_b):
    assert tenant_b.api.get(API).expect(200).json()["items"] == []
    assert b"SECRET" not in tenant_b.api.get(f"{API}/export").expect(200).body


def test_nobody_can_be_parent_from_elsewhere(secret, tenant_b):
    real = tenant_b.api.post(API, {"key": "X", "title": "t", "parent": "SECRET-1"})
    unreal = tenant_b.api.post(API, {"key": "X", "title": "t", "parent": "NOBODY-1"})
    assert real.status == unreal.status and real.status in (400, 404, 422)


def test_users_and_keys_of_others_are_not_there(secret, tenant_a, tenant_b):
    for path in (f"/api/v1/users/{secret['user']}", f"/api/v1/api-keys/{secret['key']}"):
        tenant_a.admin.get(path).expect(200)
        tenant_b.admin.get(path).expect_problem(404)
    tenant_b.admin.patch(f"/api/v1/users/{secret['user']}", {"roles": ["tenant_admin"]},
                         headers=ANY).expect_problem(404)
    tenant_b.admin.delete(f"/api/v1/api-keys/{secret['key']}").expect_problem(404)
    assert secret["user"] not in tenant_b.admin.get("/api/v1/users").expect(200).body.decode()


def test_flags_of_others_are_not_there(secret, tenant_a, tenant_b):
    tenant_a.api.post("/ofrep/v1/evaluate/flags/merger", {"context": {"targetingKey": "u"}}).expect(200)
    tenant_b.api.post("/ofrep/v1/evaluate/flags/merger", {"context": {"targetingKey": "u"}}).expect(404)
    tenant_b.admin.get("/api/v1/flags/merger").expect_problem(404)


def test_a_key_can_not_leave_its_tenant(secret, tenant_a, tenant_b):
    for slug in (tenant_a.slug, "no-such-tenant"):
        tenant_b.api.get(f"{API}/SECRET-1", headers={"Mortise-Tenant": slug}).expect_problem(403)


def test_a_tenant_does_not_come_from_what_a_client_says(secret, tenant_a, tenant_b):
    for headers in ({"X-Tenant": tenant_a.slug}, {"Tenant": tenant_a.slug}, {"Host": f"{tenant_a.slug}.example.com"},
                    {"Cookie": f"tenant={tenant_a.slug}"}):
        tenant_b.api.get(f"{API}/SECRET-1", headers=headers).expect_problem(404)
    answer = tenant_b.api.get(f"{API}/SECRET-1?tenant={tenant_a.slug}&tenant_id={tenant_a.id}")
    assert answer.status in (400, 404)


def test_two_tenants_at_the_same_time(tenant_a, tenant_b):
    for number in range(30):
        for tenant in (tenant_a, tenant_b):
            tenant.api.post(API, {"key": f"N-{number}", "title": tenant.slug}).expect(201)
    for tenant in (tenant_a, tenant_b):
        items = tenant.api.get(f"{API}?limit=100").expect(200).json()["items"]
        assert {item["title"] for item in items} == {tenant.slug} and len(items) == 30
