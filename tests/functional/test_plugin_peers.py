"""Calls of one plugin by another over HTTP, in the server's process and in workers."""
import threading
import time
import urllib.parse

import pytest

from mortise_fixtures import Tenant
from test_reload import World


def peer(plugin, method, *steps):
    """The step by which the contract plugin has another one run a script (tests/contract/plugin)."""
    script = "\n".join(steps).replace("%", "%%").replace(" ", "%20").replace("\n", "%0a")
    return f"peer {plugin}.scripts/1 {method} text {script}"


ADD = "sql add 0 none i:1 t:one n: i:5"


class Caller:
    """One tenant's API key for both plugins."""

    def __init__(self, world, tenant):
        scopes = ["contract:use", "peer:use", "events:read"]
        made = tenant.admin.post("/api/v1/api-keys", {"name": "peers", "scopes": scopes}).expect(201).json()
        self.api = world.server.client(X_API_Key=made["key"])

    def read(self, plugin, *steps):
        return self.ask("GET", plugin, steps).expect(200).body.decode().splitlines()

    def write(self, plugin, *steps):
        return self.ask("POST", plugin, steps).expect(200).body.decode().splitlines()

    def ask(self, method, plugin, steps):
        path = f"/api/v1/{plugin}?do={urllib.parse.quote(chr(10).join(steps))}"
        more = {} if method == "GET" else {"data": b"x", "headers": {"Content-Type": "application/octet-stream"}}
        return self.api.request(method, path, **more)


@pytest.fixture(params=["in-process", "worker"])
def world(request, tmp_path):
    made = World(tmp_path, request.param, ["peer"])
    made.server.expected_errors += ["a plugin failed", "request failed"]
    yield made
    made.server.close()


@pytest.fixture
def caller(world):
    return Caller(world, world.tenant)


def test_one_unit_of_work(world, caller):
    assert caller.write("contract", ADD, peer("peer", "write", ADD, "event thing.made a {}", "caller")) == [
        "sql OK  changed=1", "peer OK sql OK  changed=1;event OK;caller contract"]
    assert caller.read("peer", "sql count 1 rows") == ["sql OK i:1; changed=0"]
    added = "sql add 0 none i:2 t:two n: i:5"
    caller.ask("POST", "contract", [added, peer("peer", "write", added), "return -13"]).expect_problem(
        500, "plugin_failed")
    half_done = peer("peer", "write", added, "fail 409 taken It%20is.")
    caller.ask("POST", "contract", [added, half_done]).expect_problem(500, "plugin_failed")
    caller.ask("POST", "contract", [half_done, "fail 409 passed On."]).expect_problem(409, "passed")
    for plugin in ("contract", "peer"):
        assert caller.read(plugin, "sql count 1 rows") == ["sql OK i:1; changed=0"]


def test_reading_stays_reading(world, caller):
    assert caller.read("contract", peer("peer", "read", "now"), peer("peer", "write", "now")) == [
        "peer OK now right", "peer DENIED"]
    assert caller.write("contract", peer("peer", "read", ADD)) == ["peer OK sql DENIED"]


def test_a_tenant_that_does_not_have_the_plugin(world, caller):
    other = Caller(world, Tenant(world.server, world.platform, "other"))
    path = f"/api/v1/plugins/peer/tenants/{world.tenant.slug}"
    etag = world.platform.put(path, {"enabled": False}).expect(200).etag
    assert caller.read("contract", peer("peer", "read", "now")) == ["peer REFUSED 404 plugin_not_enabled"]
    assert other.read("contract", peer("peer", "read", "now")) == ["peer OK now right"]
    world.platform.request("PUT", path, {"enabled": True}, headers={"If-Match": etag}).expect(200)
    assert caller.read("contract", peer("peer", "read", "now")) == ["peer OK now right"]


def test_circles_end_at_once(world, caller):
    assert caller.read("contract", peer("peer", "read", peer("contract", "read", "now"))) == [
        "peer OK peer REFUSED 508 peer_cycle"]
    assert caller.read("contract", "peer absent.things/1 find text") == ["peer REFUSED 501 peer_not_provided"]


def test_the_list_of_plugins_says_who_calls_whom(world):
    plugin = world.platform.get("/api/v1/plugins/peer").expect(200).json()
    assert plugin["provides"] == [{"interface": "peer.scripts/1", "methods": ["read", "write"]}]
    assert "contract.scripts/1" in plugin["calls"] and "peer.scripts/1" not in plugin["calls"]


def test_plugins_that_call_each_other_under_load_and_reloads(world, caller):
    """Each holds a worker while it waits for one of the other; the server runs again what had to give way."""
    callers = [Caller(world, world.tenant) for _ in range(8)]
    stop, faults, done = threading.Event(), [], [0] * len(callers)

    def ask(number):
        mine = callers[number]
        here, there = ("contract", "peer") if number % 2 else ("peer", "contract")
        while not stop.is_set():
            lines = mine.read(here, peer(there, "read", "now"))
            # The script goes on where a plugin would return: a busy worker is told and no fault.
            if lines == ["peer OK now right"]:
                done[number] += 1
            elif lines != ["peer BUSY"]:
                faults.append(lines)

    threads = [threading.Thread(target=ask, args=[number]) for number in range(len(done))]
    for thread in threads:
        thread.start()
    for _ in range(6):
        for plugin in ("contract", "peer"):
            before = list(done)
            world.platform.post(f"/api/v1/plugins/{plugin}/reload").expect(200)
            deadline = time.monotonic() + 30
            while not faults and time.monotonic() < deadline and any(
                    now == then for now, then in zip(done, before)):
                time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert not faults
    assert all(now > then for now, then in zip(done, before)), (before, done)
