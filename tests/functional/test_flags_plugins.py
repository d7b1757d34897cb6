"""Feature flags as plugins see them, in the server's process and in workers, and routes of plugins behind a flag."""
import json
import threading
import urllib.parse

import pytest

from mortise_fixtures import Tenant
from test_reload import World

OFREP = "/ofrep/v1/evaluate/flags"
SCOPES = ["contract:use", "flags:read"]


def flag(default="off", **more):
    return {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": default} | more


class Plugin:
    """The contract plugin, as one tenant's API key calls it: it does what a script says (tests/contract/plugin)."""

    def __init__(self, world, tenant):
        made = tenant.admin.post("/api/v1/api-keys", {"name": "flags", "scopes": SCOPES}).expect(201).json()
        self.tenant, self.principal = tenant, made["id"]
        self.api = world.server.client(X_API_Key=made["key"])

    def run(self, *steps):
        script = urllib.parse.quote("\n".join(steps))
        return self.api.get(f"/api/v1/contract?do={script}").expect(200).body.decode().splitlines()

    def boolean(self, key, *context):
        return self.run(" ".join(["flag", key, "boolean", *context]))[0].removeprefix("flag OK ")


@pytest.fixture(params=["in-process", "worker"])
def world(request, tmp_path):
    made = World(tmp_path, request.param)
    yield made
    made.server.close()


@pytest.fixture
def plugin(world):
    return Plugin(world, world.tenant)


@pytest.fixture
def other(world):
    return Plugin(world, Tenant(world.server, world.platform, "other"))


def test_a_change_counts_with_the_next_call(world, plugin, other):
    assert plugin.boolean("feature") == "none ERROR FLAG_NOT_FOUND"
    path = "/api/v1/flags/feature"
    world.platform.put(path, flag()).expect(201)
    assert plugin.boolean("feature") == other.boolean("feature") == "false STATIC off"
    world.platform.put(f"{path}/overrides/plans/standard", {"variant": "on"}).expect(200)
    assert plugin.boolean("feature") == other.boolean("feature") == "true TARGETING_MATCH on"
    world.tenant.admin.put(f"{path}/overrides/tenant", {"variant": "off"}).expect(200)
    assert plugin.boolean("feature") == "false TARGETING_MATCH off"
    assert other.boolean("feature") == "true TARGETING_MATCH on"
    world.tenant.admin.put(f"{path}/overrides/users/{plugin.principal}", {"variant": "on"}).expect(200)
    assert plugin.boolean("feature") == "true TARGETING_MATCH on", "the caller is the user"
    assert plugin.boolean("feature", "target=somebody") == "false TARGETING_MATCH off"
    world.tenant.admin.delete(f"{path}/overrides/users/{plugin.principal}").expect(204)
    assert plugin.boolean("feature") == "false TARGETING_MATCH off"
    world.platform.put(path, flag(state="DISABLED")).expect(200)
    assert plugin.boolean("feature") == "none DISABLED"
    world.platform.delete(path).expect(204)
    assert plugin.boolean("feature") == "none ERROR FLAG_NOT_FOUND"


def test_a_plugin_gets_what_an_openfeature_client_gets(world, plugin):
    for version in ("v2", "v3"):
        world.platform.put("/api/v1/flag-set", {"fractional": version, "$evaluators": {
            "known": {"in": [{"var": "country"}, ["AL", "DE"]]}}}).expect(200)
        world.platform.put("/api/v1/flags/rule", flag(targeting={"if": [{"$ref": "known"}, {
            "fractional": [["on", 50], ["off", 50]]}, None]}))
        users = [f"user-{number}" for number in range(40)]
        steps = [f"flag rule boolean target={user} t:country={'AL' if user[-1] > '4' else 'FR'}" for user in users]
        seen = [line.removeprefix("flag OK ") for line in plugin.run(*steps)]
        asked = []
        for user in users:
            context = {"targetingKey": user, "country": "AL" if user[-1] > "4" else "FR"}
            answer = plugin.api.post(f"{OFREP}/rule", {"context": context}).expect(200).json()
            asked.append(f"{json.dumps(answer['value'])} {answer['reason']} {answer['variant']}")
        assert seen == asked
        assert {"true TARGETING_MATCH on", "false TARGETING_MATCH off", "false DEFAULT off"} == set(seen)


def test_what_a_flag_needs_decides_in_plugins_too(world, plugin, other):
    """Prerequisites, segments and the kill switch, none of which the plugin's manifest lists."""
    admin, path = world.platform, "/api/v1/flags"
    admin.put(f"{path}/base", flag("on")).expect(201)
    admin.put("/api/v1/flag-segments/staff", {"included": ["ada"], "excluded": [], "rule": {
        "ends_with": [{"var": "mail"}, "@example.com"]}})
    admin.put(f"{path}/rule", flag(targeting={"if": [{"$ref": "staff"}, "on"]}, mortise={
        "prerequisites": [{"flag": "base", "variants": ["on"]}], "off_variant": "off"})).expect(201)
    on, out, off = "true TARGETING_MATCH on", "false DEFAULT off", "false TARGETING_MATCH off"
    assert plugin.boolean("rule", "target=ada") == on
    assert plugin.boolean("rule", "target=eve", "t:mail=eve@example.com") == on
    assert plugin.boolean("rule", "target=eve") == out
    world.tenant.admin.put(f"{path}/base/overrides/tenant", {"variant": "off"}).expect(200)
    assert plugin.boolean("rule", "target=ada") == off
    assert other.boolean("rule", "target=ada") == on
    admin.put(f"{path}/base/kill-switch", {"reason": "an incident"}).expect(200)
    assert other.boolean("rule", "target=ada") == off
    admin.delete(f"{path}/base/kill-switch").expect(204)
    admin.put(f"{path}/rule/kill-switch", {"reason": "an incident"}).expect(200)
    assert other.boolean("rule", "target=ada") == "none DISABLED"
    admin.delete(f"{path}/rule/kill-switch").expect(204)
    admin.put("/api/v1/flag-segments/staff", {"included": [], "excluded": ["ada"]})
    assert other.boolean("rule", "target=ada", "t:mail=ada@example.com") == out
    answer = other.api.post(f"{OFREP}/rule", {"context": {"targetingKey": "ada"}}).expect(200).json()
    assert (answer["value"], answer["reason"]) == (False, "DEFAULT")


def test_a_plugin_is_told_before_the_call_that_sees_the_change(world, plugin):
    world.platform.put("/api/v1/flags/feature", flag()).expect(201)
    seen = False
    for _ in range(6):  # each worker is told for itself
        told = plugin.run("flag-told")[0]
        assert told == "flag-told" or " feature=false" in told
        seen = seen or " feature=false" in told
    assert seen
    world.tenant.admin.put("/api/v1/flags/feature/overrides/tenant", {"variant": "on"}).expect(200)
    told = [plugin.run("flag-told")[0] for _ in range(6)]
    assert told[0].endswith(" feature=true") or " feature=true " in told[0]
    if world.host == "in-process":
        assert told == ["flag-told feature=true"] + ["flag-told"] * 5


def test_what_a_plugin_is_answered_is_usage(world, plugin, other):
    """"rule" is answered by whoever hosts the plugin, "unlisted" always by the server."""
    admin, keys = world.platform, ("feature", "rule", "unlisted")
    for key in keys:
        admin.put(f"/api/v1/flags/{key}", flag()).expect(201)

    def usage(who, key):
        answer = who.get(f"/api/v1/flags/{key}/usage").expect(200).json()
        return {one["variant"]: one["count"] for one in answer["variants"]}

    def stale(who):
        listed = who.get("/api/v1/flags?stale=true&days=0&limit=100").expect(200).json()["items"]
        return {one["key"]: one["stale"] for one in listed}

    assert stale(world.tenant.admin)["rule"]["reason"] == "not_evaluated"
    for _ in range(6):  # each worker's process is told first, and asks then
        plugin.run("flag-told"), other.run("flag-told")
    before = {key: usage(plugin.tenant.admin, key) for key in keys}
    world.tenant.admin.put("/api/v1/flags/rule/overrides/users/ada", {"variant": "on"}).expect(200)
    for _ in range(6):
        plugin.run("flag-told")
    told = usage(plugin.tenant.admin, "rule")
    assert told.get("on") is None
    for _ in range(4):
        plugin.run("flag rule boolean target=ada", *["flag rule boolean target=eve"] * 2, "flag unlisted boolean",
                   "flag gone boolean")
    after = usage(plugin.tenant.admin, "rule")
    assert (after["on"], after["off"] - told["off"]) == (4, 8)
    assert usage(plugin.tenant.admin, "unlisted") == {"off": 4}
    assert usage(plugin.tenant.admin, "feature") == before["feature"]
    assert usage(other.tenant.admin, "unlisted") == {}
    seen = stale(world.tenant.admin)
    assert "rule" not in seen
    assert (seen["unlisted"]["reason"], seen["unlisted"]["variant"]) == ("one_variant", "off")
    assert stale(other.tenant.admin)["unlisted"]["reason"] == "not_evaluated"


def test_a_route_is_there_where_its_flag_is_on(world, plugin, other):
    def flagged(who):
        return who.api.get("/api/v1/contract/flagged")

    key = "/api/v1/flags/contract.beta"
    problem = flagged(plugin).expect(404).json()
    assert problem["code"] == "flag_disabled"
    world.platform.put(key, flag()).expect(201)
    flagged(plugin).expect_problem(404, "flag_disabled")
    world.tenant.admin.put(f"{key}/overrides/tenant", {"variant": "on"}).expect(200)
    assert flagged(plugin).expect(200).body == b"1.0.0"
    flagged(other).expect_problem(404, "flag_disabled")
    world.platform.put(key, flag("on")).expect(200)
    flagged(other).expect(200)
    counted = world.tenant.admin.get(f"{key}/usage").expect(200).json()["variants"]
    assert counted == [{"variant": "off", "count": 1}, {"variant": "on", "count": 1}], "not while there was none"
    world.platform.put(key, flag("on", variants={"on": "true", "off": "false"})).expect(200)
    flagged(other).expect_problem(404, "flag_disabled")  # a text is not true
    world.platform.put(key, flag("on", state="DISABLED")).expect(200)
    flagged(plugin).expect_problem(404, "flag_disabled")
    # Who may not call it at all is told that first.
    world.server.client().get("/api/v1/contract/flagged").expect_problem(401)
    responses = world.server.client().get("/openapi.json").json()["paths"]["/api/v1/contract/flagged"]["get"]["responses"]
    assert "404" in responses


def test_flags_that_change_under_load_are_never_mixed(world, plugin, other):
    """Two questions of one call agree, whoever changes the flag meanwhile."""
    world.platform.put("/api/v1/flags/feature", flag()).expect(201)
    world.platform.put("/api/v1/flags/unlisted", flag()).expect(201)
    stop, mixed = threading.Event(), []

    def ask(who):
        while not stop.is_set():
            first, *rest = who.run(*["flag feature boolean"] * 20)
            if any(line != first for line in rest):
                mixed.append((first, rest))

    threads = [threading.Thread(target=ask, args=(who,)) for who in (plugin, plugin, other)]
    for thread in threads:
        thread.start()
    for number in range(30):
        world.platform.put("/api/v1/flags/feature", flag("on" if number % 2 == 0 else "off")).expect(200)
    stop.set()
    for thread in threads:
        thread.join()
    assert not mixed
    assert plugin.boolean("feature") == other.boolean("feature") == "false STATIC off"
