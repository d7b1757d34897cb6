"""The audit trail over the API: who did what, newest first, and a tenant's own entries only."""
import itertools
import re

import pytest

AUDIT = "/api/v1/audit"


def entries(client, limit=100):
    found, path = [], f"{AUDIT}?limit={limit}"
    while path:
        page = client.get(path).expect(200).json()
        assert len(page["items"]) <= limit
        found += page["items"]
        path = f"{AUDIT}?limit={limit}&cursor={page['next_cursor']}" if page["next_cursor"] else None
    return found


def test_what_is_done_is_there(platform, make_tenant):
    tenant = make_tenant()
    newest = platform.get(f"{AUDIT}?limit=100").expect(200).json()["items"]
    created = next(entry for entry in newest if entry["target"] == f"tenant:{tenant.slug}"
                   or entry["target"] == f"tenant:{tenant.id}")
    assert created["action"] == "tenant.created"
    assert created["outcome"] == "success"
    me = platform.get("/api/v1/me").expect(200).json()["principal"]
    assert created["principal"] == me
    assert created["actor"] == me["id"]
    assert created["client_address"] == "127.0.0.1"
    assert created["details"] == {}
    assert re.fullmatch(r"[0-9a-f]{64}", created["hash"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", created["time"])


def test_it_names_the_request(platform, make_tenant):
    made = make_tenant().admin.post("/api/v1/users", {
        "email": "audited@example.com", "password": "a long enough password", "roles": ["viewer"]}).expect(201)
    entry = next(one for one in entries(platform) if one["request_id"] == made.headers["x-request-id"])
    assert entry["action"] == "user.created"
    assert entry["target"] == f"user:{made.json()['id']}"
    assert "audited@example.com" not in str(entry)


def test_a_failed_login_is_denied(server, platform):
    server.client().post("/api/v1/auth/login", {"email": "nobody@example.com", "password": "wrong"}).expect(401)
    entry = platform.get(f"{AUDIT}?limit=10").expect(200).json()["items"][0]
    assert (entry["action"], entry["outcome"]) == ("login.failed", "denied")
    assert entry["principal"] == {"kind": "anonymous", "id": None}


def test_a_tenant_sees_its_own_only(platform, tenant_a, tenant_b):
    mine, other = entries(tenant_a.admin), entries(tenant_b.admin)
    assert mine and other
    assert {entry["details"]["tenant"] for entry in mine} == {tenant_a.id}
    assert {entry["id"] for entry in mine}.isdisjoint({entry["id"] for entry in other})
    assert {entry["id"] for entry in mine + other} <= {entry["id"] for entry in entries(platform)}
    reader = tenant_a.make_key(["audit:read"])
    seen = entries(tenant_a.api.with_headers(X_API_Key=reader))
    assert {entry["details"]["tenant"] for entry in seen} == {tenant_a.id}


def test_pages_leave_nothing_out(tenant_a):
    for number in range(5):
        tenant_a.make_key(["flags:read"], f"key {number}")
    whole = entries(tenant_a.admin)
    assert len(whole) >= 6
    for limit in (1, 2, len(whole), len(whole) + 1):
        if limit <= 100:
            assert [entry["id"] for entry in entries(tenant_a.admin, limit)] == [entry["id"] for entry in whole]
    positions = [int(entry["position"]) for entry in whole]
    assert all(a > b for a, b in itertools.pairwise(positions))


def test_the_scope_is_needed(anonymous, tenant_a):
    anonymous.get(AUDIT).expect_problem(401)
    tenant_a.api.get(AUDIT).expect_problem(403, "scope_required")


@pytest.mark.parametrize("query, code", [
    ("limit=0", "invalid_limit"), ("limit=101", "invalid_limit"), ("limit=x", "invalid_limit"),
    ("cursor=x", "invalid_cursor"), ("cursor=-1", "invalid_cursor"), ("cursor=0", "invalid_cursor"),
    ("cursor=99999999999999999999", "invalid_cursor"), ("who=me", "unknown_parameter")])
def test_wrong_queries(platform, query, code):
    platform.get(f"{AUDIT}?{query}").expect_problem(400, code)
