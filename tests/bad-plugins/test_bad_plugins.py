"""Each bad plugin of the bank does what expect.toml says of it, and the server goes on serving the others.

They are signed with a key that the configuration binds to them, and run under a licence of the development
root. MORTISE_BAD_PLUGINS is the folder of the built libraries.
"""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import tomllib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from mortise_fixtures import Tenant, log_in  # noqa: E402
from mortise_server import ROOT, Server, binary  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
BUILT = pathlib.Path(os.environ.get("MORTISE_BAD_PLUGINS", ROOT / "build/release/tests/bad-plugins/plugins"))
CANARIES = pathlib.Path(os.environ.get("MORTISE_CANARY_FOLDER", BUILT.with_name("canaries")))
DEV_ROOT = pathlib.Path(os.environ.get("MORTISE_DEV_ROOT", ROOT / "build/dev-root"))
EXPECTED = tomllib.loads((HERE / "expect.toml").read_text())

# The hosts that this server has, by the names of the configuration, which lists every setting by default. Where
# there are workers, a publisher's plugins run in them unless it says otherwise.
HOSTS = ["in-process"]
if "host" in tomllib.loads((ROOT / "config/mortise.toml").read_text())["plugins"]:
    HOSTS.append("worker")

MANIFEST = """\
id = "{id}"
version = "1.0.0"
abi = "{abi}"
name = "Bad: {id}"
services = ["mortise.http/1", "mortise.log/1", "mortise.sql/1", "mortise.events/1", "mortise.settings/1"]
{more}
[[scopes]]
name = "{id}:use"
description = "Use it"

[events]
published = ["thing.made"]
"""
QUERIES = {"one": "-- @param word text\n-- @column word text\nSELECT :word\n",
           "add": "-- @param word text\nINSERT INTO {id}__thing (word) VALUES (:word)\n"}
MIGRATIONS = {
    "sqlite": "CREATE TABLE {id}__thing (tenant_id BLOB NOT NULL DEFAULT (mortise_tenant()), word TEXT NOT NULL,"
              " PRIMARY KEY (tenant_id, word)) STRICT, WITHOUT ROWID;\n",
    "postgresql": "CREATE TABLE {id}__thing (tenant_id uuid NOT NULL"
                  " DEFAULT (current_setting('mortise.tenant')::uuid), word text NOT NULL,"
                  " PRIMARY KEY (tenant_id, word));\n"}


def make_package(folder, name, key):
    package = folder / name
    for engine, migration in MIGRATIONS.items():
        queries, migrations = package / "sql" / engine / "queries", package / "sql" / engine / "migrations"
        queries.mkdir(parents=True)
        migrations.mkdir()
        for query, text in QUERIES.items():
            (queries / f"{query}.sql").write_text(text.format(id=name))
        (migrations / "0001_thing.sql").write_text(migration.format(id=name))
    shutil.copy(BUILT / f"{name}.so", package)
    manifest = MANIFEST.format(id=name, abi="9.0" if name == "futureabi" else "1.0", more="")
    (package / "manifest.toml").write_text(manifest)
    if name != "unsigned":
        subprocess.run([binary(), "plugin", "sign", package, "--key", key], check=True, capture_output=True)
    if name == "badmanifest":
        (package / "manifest.toml").write_text(manifest + "\n[more]\n")


def expectation(name, host):
    expected = dict(EXPECTED[name])
    different = expected.pop("worker", {})
    return expected | (different if host == "worker" else {})


@contextlib.contextmanager
def serving(folder, names, host):
    """A server with these plugins and the bundled milestones."""
    folder.mkdir(parents=True)
    key, licence, config = folder / "publisher.key", folder / "licence", folder / "mortise.toml"
    tool = binary("mortise-license")
    subprocess.run([tool, "keygen", "--secret", key], check=True, capture_output=True)
    public = subprocess.run([tool, "pubkey", key], check=True, capture_output=True, text=True).stdout.strip()
    licensed = ",".join(name for name in names if name != "unlicensed")
    subprocess.run([tool, "issue", "--home", DEV_ROOT / "home", "--sub", "Bad plugins", "--plan", "standard",
                    "--plugins", f"milestones,{licensed}", "--limit", "tenants=100", "--limit", "users=100",
                    "--days", "2", "--out", licence], check=True, capture_output=True)
    plugins = folder / "plugins"
    shutil.copytree(binary().parent / "plugins/milestones", plugins / "milestones")
    for name in names:
        make_package(plugins, name, key)
    where = f', host = "{host}"' if "worker" in HOSTS else ""
    config.write_text(f'[plugins]\ndirectory = "{plugins}"\n'
                      f'publishers = [{{ key = "{public}", plugins = {json.dumps(names)}{where} }}]\n'
                      f'[license]\nfile = "{licence}"\n'
                      # What hangs is waited for so long, and at the end no longer.
                      f'[http]\nrequest_timeout_ms = 6000\ndrain_timeout_ms = 1000\n')
    server = Server(config)
    server.expected_errors = ["a plugin failed", "request failed", "plugin quarantined", '"message": "forged"']
    server.start()
    try:
        yield server
    finally:
        server.close()
    wait_until_no_worker_is_left()


def wait_until_no_worker_is_left():
    """Of this build: whatever a plugin forked ends with its worker, and the workers with their server."""
    deadline = time.monotonic() + 10
    while left := orphans():
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def orphans():
    program, found = binary("mortise-worker"), []
    for folder in pathlib.Path("/proc").iterdir():
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == 1 and (folder / "exe").readlink() == program:
                found.append(folder.name)
        except (OSError, IndexError, ValueError):
            continue
    return found


class Bank:
    def __init__(self, server, host):
        self.server = server
        self.host = host
        self.platform = server.client(Authorization=f"Bearer {log_in(server)['access_token']}")
        self.plugins = {plugin["id"]: plugin for plugin in self.list_plugins()}
        self.tenant = Tenant(server, self.platform, "victim").admin

    def list_plugins(self):
        cursor = ""
        while cursor is not None:
            page = self.platform.get(f"/api/v1/plugins?limit=100{cursor and '&cursor='}{cursor}").expect(200).json()
            yield from page["items"]
            cursor = page["next_cursor"]

    def check_alive(self):
        """Others notice nothing."""
        self.server.client().get("/health/live").expect(200)
        self.tenant.get("/api/v1/milestones").expect(200)

    def check(self, name):
        expected = expectation(name, self.host)
        if "refused" in expected:
            assert self.plugins[name]["state"] == "refused", self.plugins[name]
            assert self.plugins[name]["code"] == expected["refused"], self.plugins[name]
            assert name in self.plugins[name]["detail"]
            answer = self.tenant.get(f"/api/v1/{name}")
            if expected["refused"] == "license_required":
                answer.expect_problem(403, "license_required")
            else:
                answer.expect_problem(404)
        else:
            assert self.plugins[name]["state"] == "running", self.plugins[name]
            self.check_answer(name, expected)
        self.check_alive()

    def wait_for_state(self, name, state):
        """A caller is answered at its deadline, which may be before the end of its worker is seen."""
        deadline = time.monotonic() + 5
        while (found := self.platform.get(f"/api/v1/plugins/{name}").expect(200).json()["state"]) != state:
            assert time.monotonic() < deadline, f"{name} is {found}, not {state}"
            time.sleep(0.02)

    def check_answer(self, name, expected):
        calls = expected.get("calls", 1)
        for call in range(calls):
            if calls > 1 and call == calls - 1 and "state" in expected:
                self.wait_for_state(name, expected["state"])
            answer = self.tenant.get(f"/api/v1/{name}")
            time.sleep(0.02)  # what a worker may still write after its answer
        if "code" in expected:
            answer.expect_problem(expected["status"], expected["code"])
        else:
            answer.expect(expected["status"])
            assert answer.body.decode() == expected["body"]
        assert expected.get("absent") not in answer.headers
        if "state" in expected:
            plugin = f"/api/v1/plugins/{name}"
            assert self.platform.get(plugin).expect(200).json()["state"] == expected["state"]
            assert self.platform.post(f"{plugin}/reload").expect(200).json()["state"] == "running"
        if "log" in expected:
            reasons = [line.get("reason") for line in self.server.log_lines() if line.get("plugin") == name]
            assert expected["log"] in reasons


def names_for(host):
    return [name for name, expected in EXPECTED.items() if expected.get("only") in (None, host)]


@pytest.fixture(scope="module", params=HOSTS)
def bank(request, tmp_path_factory):
    for old in CANARIES.glob("*.sang"):
        old.unlink()
    with serving(tmp_path_factory.mktemp("bad") / "bank", names_for(request.param), request.param) as server:
        yield Bank(server, request.param)


def test_each_has_its_expectation():
    assert sorted(EXPECTED) == sorted(source.stem for source in (HERE / "plugins").iterdir())
    assert len(EXPECTED) >= 25
    for name, expected in EXPECTED.items():
        assert expected["what"] and ("refused" in expected) != ("status" in expected), name


def test_all_do_what_is_expected_of_them(bank):
    faults = []
    for name in names_for(bank.host):
        try:
            bank.check(name)
        except AssertionError as fault:
            faults.append(f"{name} ({EXPECTED[name]['what']}): {fault}")
    assert not faults, "\n".join(faults)


def test_no_constructor_ran_of_what_was_refused(bank):
    assert (CANARIES / "canary.sang").exists() or bank.host == "worker"
    for name, expected in EXPECTED.items():
        if expected.get("silent"):
            assert not (CANARIES / f"{name}.sang").exists(), name


def test_a_plugin_cannot_forge_a_line_of_the_log(bank):
    lines = [line for line in bank.server.log_lines() if line.get("plugin") == "floodslog"]
    assert lines and all(line["level"] == "info" for line in lines)
    assert all(line.get("plugin") != "forged" for line in bank.server.log_lines())
    for line in bank.server.log_lines():
        if line.get("message") == "forged" or "forged" in line.get("text", ""):
            assert line["plugin"] in ("printsforged", "printsmuch") and line["level"] != "info"
    assert bank.server.log_path.stat().st_size < 32 << 20


def test_a_reload_of_a_spoiled_plugin_leaves_the_running_one(bank):
    library = bank.server.config.parent / "plugins/canary/canary.so"
    good = library.read_bytes()
    library.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    reload = bank.platform.post("/api/v1/plugins/canary/reload")
    reload.expect_problem(400, "signature_invalid")
    assert bank.tenant.get("/api/v1/canary").expect(200).body == b"ok"
    library.write_bytes(good)
    bank.platform.post("/api/v1/plugins/canary/reload").expect(200)
