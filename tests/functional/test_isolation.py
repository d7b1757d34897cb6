"""Tenants don't see each other: what another has is answered like what nobody has, 404 and never 403."""
import statistics
import time

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


# ---- Equal keys: whatever one tenant does, the other's answers are as if it were alone ----

DAY = {"due": "2030-01-02"}
# Every kind of write of the milestones, as (method, path, body, headers).
STEPS = [
    ("POST", API, {"key": "A", "title": "one"} | DAY, {}),
    ("POST", API, {"key": "A", "title": "again"}, {}),
    ("POST", API, {"key": "B", "title": "child", "parent": "A"}, {}),
    ("POST", API, {"key": "C", "title": "with a key"}, {"Idempotency-Key": "equal-key"}),
    ("POST", API, {"key": "C", "title": "with a key"}, {"Idempotency-Key": "equal-key"}),
    ("POST", API, {"key": "D", "title": "with a used key"}, {"Idempotency-Key": "equal-key"}),
    ("PATCH", f"{API}/B", {"progress": 50}, ANY),
    ("PATCH", f"{API}/B", {"progress": 60}, ANY),
    ("PUT", f"{API}/A/dependencies/C", None, {}),
    ("PUT", f"{API}/C/dependencies/A", None, {}),
    ("POST", f"{API}/A/complete", None, {}),
    ("POST", f"{API}/C/complete", None, {}),
    ("POST", f"{API}/import?dry_run=true", b"key,title\nI1,x\nA,x\n", {"Content-Type": "text/csv"}),
    ("POST", f"{API}/import", b"key,title\nI1,x\nI2,y\n", {"Content-Type": "text/csv"}),
    ("POST", f"{API}/import", b"key,title\nI1,x\n", {"Content-Type": "text/csv"}),
    ("DELETE", f"{API}/I2", None, ANY),
    ("DELETE", f"{API}/I2", None, ANY),
    ("GET", f"{API}?limit=2", None, {}),
    ("GET", f"{API}?limit=100&sort=due", None, {}),
    ("GET", f"{API}/A", None, {}),
    ("GET", f"{API}/export", None, {}),
    ("GET", "/api/v1/events?limit=100", None, {}),
]
# What is new in each answer, whoever asks: ids, times, and what is made of them.
CHANGING = {"id", "created_at", "updated_at", "completed_at", "time", "occurred_at", "correlationid", "causeid",
            "request_id", "next_cursor"}


def plain(value):
    """A JSON value without what is new in each answer."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if name not in CHANGING}
    return [plain(item) for item in value] if isinstance(value, list) else value


def do(tenant, step):
    method, path, body, headers = step
    more = {"data": body} if isinstance(body, bytes) else {"body": body}
    answer = tenant.admin.request(method, path, headers=headers, **more)
    kind = answer.headers.get("content-type", "")
    shown = plain(answer.json()) if "json" in kind else answer.body
    if "export" in path:
        shown = sorted(line.split(b",")[0] for line in answer.body.splitlines())
    return answer.status, sorted(name for name in answer.headers if name != "date"), shown


def test_equal_keys_never_meet(make_tenant):
    """One alone, then two that take turns: each of them is answered like the one alone."""
    alone = make_tenant()
    expected = [do(alone, step) for step in STEPS]
    assert {status for status, _, _ in expected} == {200, 201, 204, 400, 404, 409, 412, 422}
    first, second = make_tenant(), make_tenant()
    for step, wanted in zip(STEPS, expected):
        assert do(first, step) == wanted, step
        assert do(second, step) == wanted, step
    # And to the end of it: what one deletes, the other keeps.
    for key in ("A", "B", "C", "I1"):
        first.api.delete(f"{API}/{key}", headers={"If-Match": "*"})
    assert do(second, STEPS[-5]) == expected[-5]


def test_equal_names_of_the_core_never_meet(tenant_a, tenant_b):
    user = {"email": "same@example.com", "password": "a long enough password", "roles": ["viewer"]}
    flag = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "on"}
    for tenant in (tenant_a, tenant_b):
        tenant.admin.post("/api/v1/users", user).expect(201)
        tenant.admin.post("/api/v1/users", user).expect_problem(409)
        tenant.admin.post("/api/v1/api-keys", {"name": "same", "scopes": ["milestones:read"]}).expect(201)
        assert tenant.admin.put("/api/v1/flags/same", flag).status in (200, 201)
        assert len(tenant.admin.get("/api/v1/users").expect(200).json()["items"]) == 1
    tenant_a.admin.delete("/api/v1/flags/same", headers=ANY)
    tenant_b.admin.get("/api/v1/flags/same").expect(200)


def test_a_page_of_one_tenant_opens_nothing_in_another(tenant_a, tenant_b):
    for number in range(5):
        tenant_a.api.post(API, {"key": f"P-{number}", "title": "secret"}).expect(201)
    tenant_b.api.post(API, {"key": "P-0", "title": "own"}).expect(201)
    for path in (API, "/api/v1/events"):
        cursor = tenant_a.admin.get(f"{path}?limit=2").expect(200).json()["next_cursor"]
        answer = tenant_b.admin.get(f"{path}?limit=2&cursor={cursor}")
        assert answer.status in (200, 400) and b"secret" not in answer.body


def test_positions_of_events_tell_nothing_of_others(tenant_a, tenant_b):
    for number in range(7):
        tenant_a.api.post(API, {"key": f"E-{number}", "title": "t"}).expect(201)
    tenant_b.api.post(API, {"key": "E-0", "title": "t"}).expect(201)
    events = tenant_b.admin.get("/api/v1/events").expect(200).json()["items"]
    assert [event["position"] for event in events] == ["1"]


def test_an_etag_of_another_tenant_is_only_a_number(tenant_a, tenant_b):
    for tenant in (tenant_a, tenant_b):
        tenant.api.post(API, {"key": "T", "title": "t"}).expect(201)
    for _ in range(3):
        etag = tenant_a.api.get(f"{API}/T").etag
        tenant_a.api.patch(f"{API}/T", {"title": "changed"}, headers={"If-Match": etag}).expect(200)
    stale = tenant_a.api.get(f"{API}/T").etag
    tenant_b.api.patch(f"{API}/T", {"title": "mine"}, headers={"If-Match": stale}).expect_problem(412)
    assert tenant_b.api.get(f"{API}/T").json()["title"] == "t"


def median_ms(ask, times):
    """The middle of so many measurements."""
    measured = []
    for number in range(times):
        begun = time.perf_counter()
        ask(number)
        measured.append(time.perf_counter() - begun)
    return 1000 * statistics.median(measured)


def test_time_does_not_tell_what_others_have(tenant_a, tenant_b):
    """What another tenant has takes as long to ask for as what nobody has. The bound is generous: an answer that
    looked at the other's rows would take many times as long."""
    rows = "key,title\n" + "".join(f"BIG-{number},{'x' * 200}\n" for number in range(2000))
    tenant_a.api.post(f"{API}/import", data=rows.encode(), headers={"Content-Type": "text/csv"}).expect(200)
    tenant_b.api.post(API, {"key": "OWN", "title": "t"}).expect(201)
    for method, real, unreal in [("GET", "BIG-{}", "NONE-{}"), ("DELETE", "BIG-{}", "NONE-{}")]:
        # In turns, so that whatever else the machine does falls on both.
        slow, fast = [], []
        for number in range(60):
            for form, into in ((real, slow), (unreal, fast)):
                begun = time.perf_counter()
                tenant_b.api.request(method, f"{API}/{form.format(number)}", headers=ANY).expect_problem(404)
                into.append(time.perf_counter() - begun)
        assert statistics.median(slow) < 3 * statistics.median(fast) + 0.005, (method, slow, fast)
    # A whole list of one, beside a neighbour with none and a neighbour with thousands.
    crowded = median_ms(lambda _: tenant_b.api.get(f"{API}?limit=100").expect(200), 60)
    one = median_ms(lambda _: tenant_b.api.get(f"{API}/OWN").expect(200), 60)
    assert crowded < 10 * one + 20
    taken = median_ms(lambda n: tenant_b.api.post(API, {"key": f"BIG-{n}", "title": "t"}).expect(201), 60)
    free = median_ms(lambda n: tenant_b.api.post(API, {"key": f"FREE-{n}", "title": "t"}).expect(201), 60)
    assert taken < 3 * free + 5, "a key that another tenant has is as free as one that nobody has"
