"""If-Match (RFC 9110, section 13.1.1) on everything that has an ETag, and queries of lists."""
import secrets

import pytest

FLAG = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "on"}


class Thing:
    """Something that can be changed again and again, and what changes it."""

    def __init__(self, client, method, path, body):
        self.client, self.method, self.path, self.body = client, method, path, body

    def version(self):
        return self.client.get(self.path).expect(200).etag.strip('"')

    def change(self, if_match):
        return self.client.request(self.method, self.path, self.body(), headers={"If-Match": if_match})


def make_thing(kind, platform, tenant):
    if kind == "tenant":
        return Thing(platform, "PATCH", f"/api/v1/tenants/{tenant.slug}", lambda: {"name": secrets.token_hex(4)})
    if kind == "user":
        user = tenant.admin.post("/api/v1/users", {"email": "u@example.com", "password": "a long enough password",
                                                   "roles": ["viewer"]}).expect(201).json()
        return Thing(tenant.admin, "PATCH", f"/api/v1/users/{user['id']}", lambda: {"roles": ["viewer"]})
    if kind == "plugin":
        path = f"/api/v1/plugins/milestones/tenants/{tenant.slug}"
        return Thing(tenant.admin, "PUT", path, lambda: {"enabled": True})
    if kind == "milestone":
        tenant.api.post("/api/v1/milestones", {"key": "A", "title": "t"}).expect(201)
        return Thing(tenant.api, "PATCH", "/api/v1/milestones/A", lambda: {"title": secrets.token_hex(4)})
    tenant.admin.put("/api/v1/flags/f", FLAG).expect(201)
    if kind == "flag":
        return Thing(tenant.admin, "PUT", "/api/v1/flags/f", lambda: FLAG)
    path = "/api/v1/flags/f/overrides/users/ada"
    tenant.admin.put(path, {"variant": "on"}).expect(200)
    return Thing(tenant.admin, "PUT", path, lambda: {"variant": "off"})


@pytest.fixture(params=["tenant", "user", "plugin", "milestone", "flag", "override"])
def thing(request, platform, tenant_a):
    return make_thing(request.param, platform, tenant_a)


def test_conditions_that_hold(thing):
    for condition in ("*", '"{}"', '"77777", "{}"', '"{}","77777"', '"a,b", "{}"', ',"{}",'):
        thing.change(condition.format(thing.version())).expect(200)


def test_conditions_that_do_not_hold(thing):
    before = thing.version()
    for condition in ('W/"{}"', "{}", '"{}', '"0{}"', '"+{}"', '" {}"', '"{}"x', '"99999999999999999999999"', '"-1"', '""',
                      '"*"', "W/*", '"1" "{}"', "'{}'"):
        thing.change(condition.format(before)).expect_problem(412, "version_mismatch")
    assert thing.version() == before


def test_nothing_is_created_under_a_condition(tenant_a):
    for condition in ("*", '"1"'):
        headers = {"If-Match": condition}
        tenant_a.admin.put("/api/v1/flags/new", FLAG, headers=headers).expect_problem(412)
        tenant_a.admin.get("/api/v1/flags/new").expect_problem(404)
        tenant_a.admin.put("/api/v1/flags/old", FLAG)
        override = "/api/v1/flags/old/overrides/tenant"
        tenant_a.admin.put(override, {"variant": "on"}, headers=headers).expect_problem(412)
        tenant_a.admin.get(override).expect_problem(404)


def test_an_override_is_removed_as_it_was_read(tenant_a):
    override = make_thing("override", None, tenant_a)
    read = override.version()
    override.change("*").expect(200)
    tenant_a.admin.delete(override.path, headers={"If-Match": f'"{read}"'}).expect_problem(412)
    tenant_a.admin.delete(override.path, headers={"If-Match": f'"{override.version()}"'}).expect(204)


LISTS = ["users", "api-keys", "flags", "events", "plugins", "milestones"]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=-1", "limit=1e3", "limit=", "limit", "limit=%2B5",
                                   "limit=99999999999999999999", "limit=2&limit=3", "cursor=x", "LIMIT=5", "x=1"])
def test_wrong_queries_of_lists(tenant_a, name, query):
    tenant_a.admin.get(f"/api/v1/{name}?{query}").expect_problem(400)


@pytest.mark.parametrize("name", LISTS)
def test_lists_take_a_limit(tenant_a, name):
    page = tenant_a.admin.get(f"/api/v1/{name}?limit=1").expect(200).json()
    assert len(page["items"]) <= 1
    if page["next_cursor"]:
        tenant_a.admin.get(f"/api/v1/{name}?limit=1&cursor={page['next_cursor']}").expect(200)
