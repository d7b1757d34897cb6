"""A tenant's life, and the platform administrator's way into it."""
import contextlib
import secrets
import sqlite3
import uuid

import pytest

from mortise_fixtures import log_in


@pytest.fixture
def slug():
    return f"t-{secrets.token_hex(6)}"


def body(slug, **more):
    return {"slug": slug, "name": "Somebody & Söhne", "plan": "standard"} | more


def all_slugs(platform):
    slugs, path = [], "/api/v1/tenants?limit=2"
    while path:
        page = platform.get(path).expect(200).json()
        slugs += [tenant["slug"] for tenant in page["items"]]
        assert len(page["items"]) <= 2
        path = f"/api/v1/tenants?limit=2&cursor={page['next_cursor']}" if page.get("next_cursor") else None
    return slugs


def test_create_and_show(platform, slug):
    created = platform.post("/api/v1/tenants", body(slug)).expect(201)
    tenant = created.json()
    assert (tenant["slug"], tenant["name"], tenant["plan"]) == (slug, "Somebody & Söhne", "standard")
    assert created.headers["location"] == f"/api/v1/tenants/{slug}"
    shown = platform.get(created.headers["location"]).expect(200)
    assert shown.json() == tenant
    assert shown.etag == created.etag


def test_list_has_every_tenant_once(platform, make_tenant):
    made = {make_tenant().slug for _ in range(5)}
    slugs = all_slugs(platform)
    assert made <= set(slugs)
    assert len(set(slugs)) == len(slugs)


def test_a_slug_is_unique(platform, slug):
    platform.post("/api/v1/tenants", body(slug)).expect(201)
    platform.post("/api/v1/tenants", body(slug)).expect_problem(409)


@pytest.mark.parametrize("wrong", ["", "A", "a", "-a", "a-", "a_b", "ä", "a b", "a/b", "a" * 64, "..", "1a", 5, None, ["a"]])
def test_wrong_slugs(platform, wrong):
    problem = platform.post("/api/v1/tenants", body(wrong)).expect_problem(400)
    assert [error["pointer"] for error in problem["errors"]] == ["/slug"]


def test_unknown_plan(platform, slug):
    answer = platform.post("/api/v1/tenants", body(slug, plan="golden"))
    assert answer.status in (400, 422)
    answer.expect_problem(answer.status)
    platform.get(f"/api/v1/tenants/{slug}").expect_problem(404)


def test_change_needs_the_present_version(platform, slug):
    created = platform.post("/api/v1/tenants", body(slug)).expect(201)
    path = f"/api/v1/tenants/{slug}"
    changed = platform.patch(path, {"name": "New"}, headers={"If-Match": created.etag}).expect(200)
    assert changed.json()["name"] == "New" and changed.etag != created.etag
    platform.patch(path, {"name": "Newer"}, headers={"If-Match": created.etag}).expect_problem(412)
    platform.patch(path, {"name": "Newer"}).expect_problem(428)
    assert platform.get(path).json()["name"] == "New"


def test_suspended_and_resumed(platform, tenant_a):
    path = f"/api/v1/tenants/{tenant_a.slug}"
    tenant_a.api.get("/api/v1/milestones").expect(200)
    assert platform.post(f"{path}/suspend").expect(200).json()["state"] == "suspended"
    answer = tenant_a.api.get("/api/v1/milestones")
    assert answer.status in (401, 403)
    answer.expect_problem(answer.status)
    assert platform.post(f"{path}/resume").expect(200).json()["state"] == "active"
    tenant_a.api.get("/api/v1/milestones").expect(200)


def test_deleted_only_after_an_export(platform, tenant_a):
    path = f"/api/v1/tenants/{tenant_a.slug}"
    tenant_a.api.post("/api/v1/milestones", {"key": "A", "title": "t"}).expect(201)
    current = {"If-Match": platform.get(path).etag}
    platform.delete(path, headers=current).expect_problem(409, "export_required")
    platform.post(f"{path}/suspend").expect(200)
    platform.post(f"{path}/export").expect(200)
    current = {"If-Match": platform.get(path).etag}
    assert platform.delete(path, headers=current).status in (200, 204)
    platform.get(path).expect_problem(404)
    tenant_a.api.get("/api/v1/milestones").expect_problem(401)
    assert tenant_a.slug not in all_slugs(platform)


def test_a_deleted_tenant_leaves_nothing_to_its_successor(server, platform, tenant_a):
    path = f"/api/v1/tenants/{tenant_a.slug}"
    tenant_a.api.post("/api/v1/milestones", {"key": "A", "title": "t"}).expect(201)
    platform.post(f"{path}/suspend").expect(200)
    platform.post(f"{path}/export").expect(200)
    platform.delete(path, headers={"If-Match": platform.get(path).etag})
    again = platform.post("/api/v1/tenants", body(tenant_a.slug)).expect(201).json()
    assert again["id"] != tenant_a.id
    assert tenant_a.admin.get("/api/v1/milestones").expect(200).json()["items"] == []


def test_nothing_of_a_deleted_tenant_is_left_in_the_core(server, platform, tenant_a):
    if server.database is not None:
        pytest.skip("reads SQLite's file")
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    user = {"email": "leaver@example.com", "password": "a long enough password", "roles": ["viewer"]}
    tenant_a.admin.post("/api/v1/users", user, headers=headers).expect(201)
    flag = {"state": "ENABLED", "variants": {"on": True}, "defaultVariant": "on"}
    tenant_a.admin.put("/api/v1/flags/leaver", flag).expect(201)
    tenant_a.admin.put("/api/v1/flags/leaver/overrides/users/leaver", {"variant": "on"}).expect(200)
    log_in(server, user["email"], user["password"], tenant=tenant_a.slug)
    platform.post(f"/api/v1/tenants/{tenant_a.slug}/export").expect(200)
    platform.delete(f"/api/v1/tenants/{tenant_a.slug}").expect(204)
    traces = [b"leaver", tenant_a.id.encode(), uuid.UUID(tenant_a.id).bytes]
    with contextlib.closing(sqlite3.connect(server.data / "core.db")) as core:
        tables = [name for (name,) in core.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {table for table in tables if table != "audit"  # a chain, which has no holes
                 for row in core.execute(f"SELECT * FROM {table}") for value in row
                 for trace in traces if trace in (value if isinstance(value, bytes) else str(value).encode())}
    assert found == set()


def test_a_tenant_is_needed_for_its_routes(platform):
    platform.get("/api/v1/milestones").expect_problem(400, "tenant_required")
    platform.get("/api/v1/milestones", headers={"Mortise-Tenant": "no-such-tenant"}).expect_problem(404)


def test_nobody_else_sees_tenants(tenant_a, anonymous):
    for path in ("/api/v1/tenants", f"/api/v1/tenants/{tenant_a.slug}"):
        tenant_a.api.get(path).expect_problem(403)
        anonymous.get(path).expect_problem(401)
    tenant_a.api.post("/api/v1/tenants", body("of-a-tenant")).expect_problem(403)


def test_a_repeated_creation_is_answered_as_at_first(platform, slug):
    headers = {"Idempotency-Key": secrets.token_hex(16)}

    def create():
        return platform.post("/api/v1/tenants", body(slug), headers=headers).expect(201)

    def said(answer):
        return answer.body, answer.etag, answer.headers["location"]

    first = create()
    assert first.json()["state"] == "active"
    shown = platform.get(f"/api/v1/tenants/{slug}").expect(200)
    assert (shown.json(), shown.etag) == (first.json(), first.etag)
    platform.patch(f"/api/v1/tenants/{slug}", {"name": "Another"}, headers={"If-Match": first.etag}).expect(200)
    assert said(create()) == said(first)
    platform.post(f"/api/v1/tenants/{slug}/export").expect(200)
    platform.delete(f"/api/v1/tenants/{slug}").expect(204)
    assert said(create()) == said(first)
    platform.get(f"/api/v1/tenants/{slug}").expect_problem(404)  # it is told what was done, and nothing is done again


def test_creation_can_be_repeated_with_its_key(platform, slug):
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    first = platform.post("/api/v1/tenants", body(slug), headers=headers).expect(201)
    second = platform.post("/api/v1/tenants", body(slug), headers=headers).expect(201)
    assert first.json() == second.json()
    other = platform.post("/api/v1/tenants", body(f"{slug}-x"), headers=headers)
    assert other.status in (409, 422)
    other.expect_problem(other.status)
