"""A disk that is full, read-only or failing: who writes is told so by a stable code, /health/ready says it,
nothing acknowledged is lost, and all goes on when the cause is gone.

Run by in_own_mounts, which lets it mount file systems of its own.
"""
import contextlib
import os
import resource
import subprocess
import time

import pytest

from ledger import Ledger, Writer, writing
from mortise_fixtures import Tenant, log_in
from mortise_server import ADMIN_EMAIL, ADMIN_PASSWORD, Client, Server, binary, clean_environment, free_port
from mounts import failing_disk, full, read_only, run, small_disk
from stores import SqliteStore

DISK_MB = 24
LOGIN = {"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}


class Disk:
    """A server whose data folder is a file system of its own, with writers that keep a ledger."""

    def __init__(self, data):
        self.server = Server()
        self.server.data = data
        self.server.expected_errors = ["what follows a commit failed"]
        self.server.start()
        self.platform = self.server.client(Authorization=f"Bearer {log_in(self.server)['access_token']}")
        self.tenant = Tenant(self.server, self.platform, "acme")
        self.ledger = Ledger(self.tenant.id)
        self.writers = [Writer(self.ledger, f"W{number}", number) for number in range(4)]

    def write(self, seconds):
        """Answers the codes with which writes were refused meanwhile."""
        for writer in self.writers:
            writer.refused.clear()
        with writing(self.writers, lambda _: Client(self.server.port, {"X-API-Key": self.tenant.key})):
            time.sleep(seconds)
        return {code for writer in self.writers for code in writer.refused}

    def write_until_refused(self, code):
        deadline = time.monotonic() + 30
        while True:
            refused = self.write(0.5)
            assert refused <= {(503, code)}
            if refused:
                return
            assert time.monotonic() < deadline, "it is never refused"

    def reads(self):
        self.tenant.api.get("/api/v1/milestones").expect(200)
        self.server.client().get("/health/live").expect(200)

    def ready(self):
        answer = self.server.client().get("/health/ready")
        return answer.status, answer.json().get("code")

    def wait_until(self, state):
        deadline = time.monotonic() + 60
        while self.ready() != state:
            assert time.monotonic() < deadline, f"{self.ready()} instead of {state}"
            time.sleep(0.1)

    def recovers(self):
        """Without a restart."""
        self.wait_until((200, None))
        for writer in self.writers:
            writer.settle(Client(self.server.port, {"X-API-Key": self.tenant.key}))
        before = self.ledger.acknowledged
        assert self.write(0.3) == set()
        assert self.ledger.acknowledged > before
        self.server.client().post("/api/v1/auth/login", LOGIN).expect(200)
        self.ledger.verify(SqliteStore(self.server.data))


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk", DISK_MB) as folder:
        made = Disk(folder / "data")
        yield made
        made.server.close()


def creations(disk):
    """Requests that store something outside of the tenant's own file, each with its path and body."""
    return [("/api/v1/auth/login", LOGIN, {}),
            ("/api/v1/tenants", {"slug": "late", "name": "Late"}, {"Idempotency-Key": "late"}),
            ("/api/v1/tenants/acme/export", None, {})]


def test_a_full_disk(disk):
    disk.write(0.3)
    with full(disk.server.data.parent):
        disk.write_until_refused("storage_full")
        disk.wait_until((503, "storage_full"))
        assert disk.platform.get("/health").expect(503).json()["checks"]["database"] == "storage_full"
        for path, body, headers in creations(disk):
            refused = disk.platform.post(path, body, headers=headers)
            assert refused.expect_problem(503, "storage_full")["detail"].count("/") == 0, "no path is told"
            assert int(refused.headers["retry-after"]) > 0
        disk.reads()
    disk.recovers()
    for path, body, headers in creations(disk):
        assert disk.platform.post(path, body, headers=headers).status in (200, 201)
    disk.platform.get("/api/v1/milestones", headers={"Mortise-Tenant": "late"}).expect(200)


def test_a_disk_that_fills_and_empties_again_and_again(disk):
    for _ in range(3):
        with full(disk.server.data.parent):
            disk.write_until_refused("storage_full")
        disk.recovers()


def test_killed_on_a_full_disk(disk):
    disk.write(0.3)
    with full(disk.server.data.parent):
        disk.write_until_refused("storage_full")
        disk.server.kill()
        said = refused_start(disk.server.data)
        assert "no space left" in said.lower() and str(disk.server.data) in said
    disk.server.start()
    disk.platform = disk.server.client(Authorization=f"Bearer {log_in(disk.server)['access_token']}")
    disk.tenant.api = disk.server.client(X_API_Key=disk.tenant.key)
    disk.recovers()


def test_a_tenant_half_made_on_a_full_disk_is_finished_when_there_is_room(disk):
    """The disk fills between the row of core.db and the tenant's own file."""
    with read_only(disk.server.data / "tenants"):
        made = disk.platform.post("/api/v1/tenants", {"slug": "half", "name": "Half"}).expect(201).json()
        assert made["state"] == "creating"
        disk.platform.get("/api/v1/milestones", headers={"Mortise-Tenant": "half"}).expect_problem(
            503, "tenant_not_ready")
    deadline = time.monotonic() + 60
    while disk.platform.get("/api/v1/tenants/half").expect(200).json()["state"] != "active":
        assert time.monotonic() < deadline, "nobody finishes it"
        time.sleep(0.5)
    disk.platform.get("/api/v1/milestones", headers={"Mortise-Tenant": "half"}).expect(200)


def refused_start(data):
    """What a server says that can't use its data folder; it must not start."""
    done = subprocess.run([binary(), "serve", "--data", data, "--listen", f"127.0.0.1:{free_port()}"],
                          env=clean_environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done
    return done.stderr


@pytest.mark.parametrize("used", [False, True], ids=["new", "used"])
def test_no_start_on_a_disk_that_takes_nothing(tmp_path, used):
    with small_disk(tmp_path / "disk", DISK_MB) as folder:
        data = folder / "data"
        if used:
            server = Server()
            server.data = data
            server.start().stop()
        with full(folder):
            said = refused_start(data)
            assert str(data) in said and "no space left" in said.lower(), said
        run("mount", "-o", "remount,ro", folder)
        said = refused_start(data)
        assert str(data) in said and "read-only" in said.lower(), said
        run("mount", "-o", "remount,rw", folder)
        if used:
            server.start()
            server.close()


def test_a_read_only_folder_of_tenants(disk):
    """What is opened now can't be written: those who need it are refused, the others go on."""
    cold = [Tenant(disk.server, disk.platform, f"cold-{number}") for number in range(2)]
    for tenant in cold:
        tenant.api.post("/api/v1/milestones", {"key": "ONE", "title": "t"}).expect(201)
    # None of its files is open any more after a restart.
    disk.server.stop()
    disk.server.start()
    disk.platform = disk.server.client(Authorization=f"Bearer {log_in(disk.server)['access_token']}")
    for tenant in [disk.tenant, *cold]:
        tenant.api = disk.server.client(X_API_Key=tenant.key)
    disk.write(0.2)
    with read_only(disk.server.data / "tenants"):
        for tenant in cold:
            tenant.api.post("/api/v1/milestones", {"key": "TWO", "title": "t"}).expect_problem(503, "storage_read_only")
        assert disk.write(0.2) == set()
    for tenant in cold:
        tenant.api.post("/api/v1/milestones", {"key": "TWO", "title": "t"}).expect(201)
    disk.recovers()


def test_a_disk_that_fails_under_way(tmp_path):
    """The kernel makes it read-only; what was acknowledged is there when it is mounted again."""
    with failing_disk(tmp_path / "disk", tmp_path / "image") as fail:
        disk = Disk(tmp_path / "disk/data")
        disk.write(0.3)
        fail()
        disk.write_until_refused("storage_read_only")
        disk.wait_until((503, "storage_read_only"))
        disk.reads()
        disk.server.stop()
        run("umount", tmp_path / "disk")
        run("mount", "-o", "loop", tmp_path / "image", tmp_path / "disk")
        disk.server.start()
        disk.recovers()
        disk.server.close()


@contextlib.contextmanager
def limited(process, what, soft):
    before = resource.prlimit(process.pid, what)
    resource.prlimit(process.pid, what, (soft, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process.pid, what, before)


def test_files_that_may_not_grow(disk):
    """RLIMIT_FSIZE, as a quota would do it: no signal ends the server."""
    disk.write(0.3)
    with limited(disk.server.process, resource.RLIMIT_FSIZE, 4096):
        disk.write_until_refused("storage_full")
        disk.wait_until((503, "storage_full"))
        disk.reads()
    disk.recovers()


def test_too_many_descriptors(disk):
    cold = Tenant(disk.server, disk.platform, "cold")
    cold.api.post("/api/v1/milestones", {"key": "ONE", "title": "t"}).expect(201)
    disk.server.stop()
    disk.server.start()
    disk.platform = disk.server.client(Authorization=f"Bearer {log_in(disk.server)['access_token']}")
    disk.tenant.api, cold.api = (disk.server.client(X_API_Key=tenant.key) for tenant in (disk.tenant, cold))
    disk.write(0.2)
    probe = disk.server.client()
    for client in (disk.tenant.api, cold.api, probe, disk.platform):
        client.get("/health/live").expect(200)  # connected
    opened = sorted(int(name) for name in os.listdir(f"/proc/{disk.server.process.pid}/fd"))
    with limited(disk.server.process, resource.RLIMIT_NOFILE, opened[-1] + 1):
        with contextlib.ExitStack() as stack:
            for number in range(opened[-1] + 1 - len(opened)):
                stack.enter_context(contextlib.closing(Client(disk.server.port))).get("/health/live")
            # Who holds what it needs goes on.
            disk.tenant.api.post("/api/v1/milestones", {"key": "HELD", "title": "t"}).expect(201)
            cold.api.post("/api/v1/milestones", {"key": "TWO", "title": "t"}).expect_problem(
                503, "too_many_open_files")
            disk.platform.post("/api/v1/tenants/acme/export").expect_problem(503, "too_many_open_files")
            assert probe.get("/health/ready").expect(503).json()["code"] == "too_many_open_files"
            # Who comes now is told, not left waiting.
            refused = Client(disk.server.port).get("/health/live")
            refused.expect_problem(503, "too_many_connections")
    cold.api.post("/api/v1/milestones", {"key": "TWO", "title": "t"}).expect(201)
    assert disk.ready() == (200, None)


def test_a_low_limit_of_descriptors():
    """The connections leave enough for the databases: some find no place, and whoever is let in is served."""
    server = Server()
    server.launcher = ["prlimit", "--nofile=200:200"]
    server.start()
    platform = server.client(Authorization=f"Bearer {log_in(server)['access_token']}")
    tenants = [Tenant(server, platform, f"t-{number}") for number in range(10)]
    with contextlib.ExitStack() as stack:
        def connect(number):
            return stack.enter_context(
                contextlib.closing(Client(server.port, {"X-API-Key": tenants[number % 10].key}, repeats=False)))

        clients = [connect(number) for number in range(250)]
        statuses = [client.get("/health/live").status for client in clients]
        assert set(statuses) == {200, 503}
        served = [client for client, status in zip(clients, statuses) if status == 200]
        assert len(served) > 50
        for number, client in enumerate(served):
            client.post("/api/v1/milestones", {"key": f"K-{number}", "title": "t"}).expect(201)
            client.get(f"/api/v1/milestones/K-{number}").expect(200)
    assert "allows fewer connections" in server.log_path.read_text()
    server.close()
