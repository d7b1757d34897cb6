"""Generations of a plugin over HTTP: reloads under load fail no request, and a bad package changes nothing."""
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import threading
import time

import pytest

from mortise_fixtures import Tenant, log_in
from mortise_server import ROOT, Server, binary

PACKAGES = pathlib.Path(os.environ.get("MORTISE_CONTRACT_PACKAGES", ROOT / "build/release/tests/contract/packages"))
DEV_ROOT = pathlib.Path(os.environ.get("MORTISE_DEV_ROOT", ROOT / "build/dev-root"))
VERSIONS = {"one": "1.0.0", "two": "2.0.0"}
RELOADS = 12


class World:
    """A server with bundled plugins and a generation of the contract plugin, all in one of the hosts; and with other
    packages of tests/contract, by their ids."""

    def __init__(self, folder, host, others=(), bundled=("milestones",)):
        self.folder = folder
        self.plugins = folder / "plugins"
        self.key = folder / "publisher.key"
        self.host = host
        tool = binary("mortise-license")
        subprocess.run([tool, "keygen", "--secret", self.key], check=True, capture_output=True)
        public = subprocess.run([tool, "pubkey", self.key], check=True, capture_output=True, text=True).stdout.strip()
        licence, config = folder / "licence", folder / "mortise.toml"
        subprocess.run([tool, "issue", "--home", DEV_ROOT / "home", "--sub", "Reloads", "--plan", "standard",
                        "--plugins", ",".join(["contract", *bundled, *others]), "--limit", "tenants=100", "--limit", "users=100",
                        "--days", "2", "--out", licence], check=True, capture_output=True)
        for plugin in bundled:
            shutil.copytree(binary().parent / "plugins" / plugin, self.plugins / plugin)
        self.install("one")
        for other in others:
            self.install(other, other)
        config.write_text(f'[plugins]\ndirectory = "{self.plugins}"\nhost = "{"worker" if host == "worker" else "publisher"}"\n'
                          f'publishers = [{{ key = "{public}", plugins = {json.dumps(["contract", *others])}, host = "{host}" }}]\n'
                          f'[license]\nfile = "{licence}"\n')
        self.server = Server(config)
        self.server.start()
        self.platform = self.server.client(Authorization=f"Bearer {log_in(self.server)['access_token']}")
        self.tenant = Tenant(self.server, self.platform, "acme")
        scopes = ["contract:use", "milestones:read", "milestones:write"]
        self.credential = self.tenant.make_key(scopes, "load")

    def install(self, name, plugin="contract", sign=True):
        # Beside it first: a request never finds half a folder, and nor does a reload.
        target, fresh = self.plugins / plugin, self.folder / "fresh"
        shutil.copytree(PACKAGES / name, fresh)
        if sign:
            subprocess.run([binary(), "plugin", "sign", fresh, "--key", self.key], check=True, capture_output=True)
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)

    def reload(self):
        return self.platform.post("/api/v1/plugins/contract/reload")

    def client(self):
        return self.server.client(X_API_Key=self.credential)


@pytest.fixture(params=["in-process", "worker"])
def world(request, tmp_path):
    made = World(tmp_path, request.param)
    yield made
    made.server.close()


class Load:
    """Clients that ask without a pause. Each answer that is not as it should be is a fault."""

    def __init__(self, world):
        self.world = world
        self.faults = []
        self.asked = 0
        self.versions = []  # as seen by one client, in order
        self.stop = threading.Event()
        self.writers = itertools.count(1)
        self.threads = [threading.Thread(target=work) for work in (
            self.read_version, self.write_things, self.write_things, self.use_milestones)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def ask(self, client, expected, method, path, body=None, **more):
        answer = client.request(method, path, body, **more)
        self.asked += 1
        if answer.status != expected:
            self.faults.append((method, path, answer.status, answer.body[:300]))
        return answer

    def read_version(self):
        client = self.world.client()
        while not self.stop.is_set():
            self.versions.append(self.ask(client, 200, "GET", "/api/v1/contract/version").body.decode())

    def write_things(self):
        client, number = self.world.client(), next(self.writers) * 1000000
        while not self.stop.is_set():
            number += 1
            answer = self.ask(client, 200, "POST",
                              f"/api/v1/contract?do=sql%20add%200%20none%20i:{number}%20t:n{number}%20n:%20i:0",
                              data=b"x" * 70000, headers={"Content-Type": "application/octet-stream"})
            if answer.status == 200 and answer.body != b"sql OK  changed=1\n":
                self.faults.append(answer.body)

    def use_milestones(self):
        client = self.world.client()
        number = 0
        while not self.stop.is_set():
            number += 1
            self.ask(client, 201, "POST", "/api/v1/milestones", {"key": f"M-{number}", "title": "t"})
            self.ask(client, 200, "GET", "/api/v1/milestones?limit=2")

    def wait_for_more(self):
        before, deadline = self.asked, time.monotonic() + 20
        while self.asked < before + 20 and time.monotonic() < deadline:
            time.sleep(0.01)


def test_reloads_under_load_fail_no_request(world):
    current = "one"
    with Load(world) as load:
        for number in range(RELOADS):
            load.wait_for_more()
            if number % 3 == 2:
                world.platform.post("/api/v1/plugins/milestones/reload").expect(200)
                continue
            current = "two" if current == "one" else "one"
            world.install(current)
            plugin = world.reload().expect(200).json()
            assert plugin["version"] == VERSIONS[current] and plugin["state"] == "running"
            # What begins after the answer finds the new generation, its routes and its document.
            client = world.client()
            assert client.get("/api/v1/contract/version").expect(200).body.decode() == VERSIONS[current]
            client.get(f"/api/v1/contract/{current}").expect(200)
            client.get(f"/api/v1/contract/{'one' if current == 'two' else 'two'}").expect_problem(404, "not_found")
            assert f"/api/v1/contract/{current}" in client.get("/openapi.json").json()["paths"]
        load.wait_for_more()
    assert load.faults == []
    assert load.asked > 20 * RELOADS and set(load.versions) == set(VERSIONS.values())
    # One client never went back to a generation that it had left: as often as the version changed, it changed.
    changes = sum(a != b for a, b in zip(load.versions, load.versions[1:]))
    assert changes <= RELOADS * 2 // 3


def test_a_bad_package_changes_nothing_for_anybody(world):
    with Load(world) as load:
        for name, code in (("startless", "plugin_start_failed"), ("twins", "plugin_routes_invalid")):
            load.wait_for_more()
            world.install(name)
            world.reload().expect_problem(400, code)
        world.install("two", sign=False)
        world.reload().expect_problem(400, "signature_missing")
        load.wait_for_more()
    assert load.faults == [] and set(load.versions) == {"1.0.0"}
    assert world.platform.get("/api/v1/plugins/contract").json()["version"] == "1.0.0"
