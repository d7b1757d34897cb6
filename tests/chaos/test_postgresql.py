"""A PostgreSQL that is lost, slow, silent, full or read-only: requests get 503 or 504 in time, /health/ready says
why, what needs no database goes on, nothing acknowledged is lost, and all is well when the cause is gone."""
import contextlib
import os
import pathlib
import random
import signal
import tempfile
import threading
import time

import pytest

from ledger import Ledger, Writer, writing
from mortise_fixtures import Tenant, log_in
from mortise_server import Client, Server
from mounts import full, small_disk
from postgres_cluster import FAST, IMMEDIATE, Cluster
from proxy import Proxy
from stores import PostgresStore

TIMEOUT_SECONDS = 2
# The request's own time, half a second for the database's answer, and what two busy cores take at the very most.
PATIENCE_SECONDS = TIMEOUT_SECONDS + 10
TRIES = 10
LOST = {(503, "storage_lost"), (503, "commit_unknown")}
LATE = LOST | {(504, "statement_timeout"), (504, "deadline_exceeded"), (503, "storage_busy")}


class Node:
    """A server on a cluster of its own, with writers that keep a ledger."""

    def __init__(self, cluster, url=None, timeout=TIMEOUT_SECONDS):
        self.cluster = cluster
        self.server = Server(MORTISE_STORAGE_ENGINE="postgresql", MORTISE_STORAGE_URL=url or cluster.url(),
                             MORTISE_HTTP_REQUEST_TIMEOUT_MS=str(timeout * 1000))
        self.server.expected_errors = ["what follows a commit failed"]
        self.server.start()
        self.platform = self.server.client(Authorization=f"Bearer {log_in(self.server)['access_token']}")
        self.tenant = Tenant(self.server, self.platform, "acme")
        self.ledger = Ledger(self.tenant.id)
        self.writers = [Writer(self.ledger, f"W{number}", number) for number in range(4)]

    def client(self, _=None):
        return Client(self.server.port, {"X-API-Key": self.tenant.key})

    @contextlib.contextmanager
    def writing(self):
        for writer in self.writers:
            writer.refused.clear()
        with writing(self.writers, self.client):
            time.sleep(0.3)
            yield

    def refused(self):
        return {code for writer in self.writers for code in writer.refused}

    def ready(self):
        answer = self.server.client().get("/health/ready")
        return answer.status, answer.json().get("code")

    def wait_until(self, *states):
        deadline = time.monotonic() + 60
        while (now := self.ready()) not in states:
            assert time.monotonic() < deadline, f"{now} instead of {states}"
            time.sleep(0.05)

    def memory_is_served(self):
        """What needs no database does not wait for it; that a try was slow may be the machine's fault, not of all."""
        assert any(self._from_memory() < TIMEOUT_SECONDS for _ in range(TRIES))

    def _from_memory(self):
        """How many seconds it takes."""
        started = time.monotonic()
        self.server.client().get("/health/live").expect(200)
        self.server.client().get("/openapi.json").expect(200)
        flags = self.client().post("/ofrep/v1/evaluate/flags", {"context": {"targetingKey": "k"}})
        assert flags.status in (200, 403)  # decided in memory, whatever the key may do
        return time.monotonic() - started

    def in_time(self):
        """A request that needs the database is told so in time."""
        started = time.monotonic()
        answer = self.client().get("/api/v1/milestones")
        assert time.monotonic() - started < PATIENCE_SECONDS
        assert (answer.status, answer.json()["code"]) in LATE
        return answer

    def recovers(self):
        """Without a restart."""
        self.wait_until((200, None))
        for writer in self.writers:
            writer.settle(self.client())
        before = self.ledger.acknowledged
        with self.writing():
            pass
        assert self.refused() == set()
        assert self.ledger.acknowledged > before
        self.ledger.verify(PostgresStore(self.cluster, "mortise"))


@pytest.fixture(scope="module")
def cluster():
    made = Cluster({"max_connections": "40"})
    yield made
    made.close()


@contextlib.contextmanager
def emptied(cluster):
    """The cluster's database made anew at the end, as it was at the beginning."""
    try:
        yield
    finally:
        cluster.run("DROP DATABASE mortise WITH (FORCE)", "postgres")
        cluster.make_database()


@pytest.fixture
def node(cluster):
    with emptied(cluster):
        made = Node(cluster)
        yield made
        made.server.close()


@pytest.fixture
def far_node(cluster, request):
    """One that reaches the cluster through a proxy: `node.proxy`. A parameter is its requests' time in seconds."""
    proxy = Proxy(pathlib.Path(cluster.folder, ".s.PGSQL.5432"))
    with emptied(cluster):
        made = Node(cluster, f"host=127.0.0.1 port={proxy.port} dbname=mortise user=mortise",
                    getattr(request, "param", TIMEOUT_SECONDS))
        made.proxy = proxy
        yield made
        proxy.passing.set()
        proxy.delay = 0
        made.server.close()
        proxy.close()


@pytest.mark.parametrize("how", [FAST, IMMEDIATE], ids=["fast", "immediate"])
def test_stopped_and_started_again(node, how):
    with node.writing():
        node.cluster.stop(how)
        node.wait_until((503, "storage_lost"))
        assert node.platform.get("/health").expect(503).json()["checks"]["database"] == "storage_lost"
        node.memory_is_served()
        assert int(node.in_time().headers["retry-after"]) > 0
        time.sleep(0.5)
        node.cluster.start()
    assert node.refused() <= LOST and node.refused()
    node.recovers()


def test_connections_that_are_reset(far_node):
    draw = random.Random(1)
    cut = 0
    for _ in range(10):
        with far_node.writing():
            for _ in range(5):
                time.sleep(draw.uniform(0, 0.1))
                cut += far_node.proxy.reset_all()
        assert far_node.refused() <= LOST
        for writer in far_node.writers:
            writer.settle(far_node.client())
    assert cut > 10
    far_node.recovers()


@pytest.mark.parametrize("far_node", [60], indirect=True, ids=["a minute"])
def test_a_slow_network(far_node):
    """Who has the time is served, slowly."""
    far_node.proxy.delay = 0.01
    before = far_node.ledger.acknowledged
    with far_node.writing():
        time.sleep(2)
    assert far_node.refused() == set()
    assert far_node.ledger.acknowledged > before
    far_node.memory_is_served()
    assert far_node.ready() == (200, None)
    far_node.proxy.delay = 0
    far_node.recovers()


def test_a_silent_network(far_node):
    """Nothing is refused and nothing closed, as by a firewall that forgets."""
    with far_node.writing(), far_node.proxy.silence():
        far_node.wait_until((503, "statement_timeout"), (503, "storage_lost"))
        far_node.memory_is_served()
        for _ in range(3):
            far_node.in_time()
    assert far_node.refused() <= LATE
    far_node.recovers()


@contextlib.contextmanager
def frozen(cluster):
    """The processes of the cluster stand still: they take connections' bytes and say nothing."""
    parent = cluster.process.pid
    children = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    pids = [parent, *map(int, children)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def test_a_frozen_cluster(node):
    with node.writing(), frozen(node.cluster):
        node.wait_until((503, "statement_timeout"), (503, "storage_lost"))
        node.memory_is_served()
        for _ in range(3):
            node.in_time()
    assert node.refused() <= LATE
    node.recovers()


def test_a_flood_on_a_frozen_cluster_leaves_health_its_thread(node):
    """More requests than there are threads wait; readiness is told all the same."""
    statuses = []

    def ask():
        statuses.append(node.client().get("/api/v1/milestones").status)

    with frozen(node.cluster):
        threads = [threading.Thread(target=ask) for _ in range(40)]
        for thread in threads:
            thread.start()
        status = 200
        while status == 200:  # for a second it may still know of an earlier look
            started = time.monotonic()
            status = node.ready()[0]
            assert time.monotonic() - started < PATIENCE_SECONDS
        assert status == 503
        for thread in threads:
            thread.join()
    assert set(statuses) <= {503, 504}
    node.recovers()


def test_a_node_that_has_become_a_standby(node):
    """It answers reads and takes no write, until it is promoted."""
    node.cluster.stop()
    standby = pathlib.Path(node.cluster.folder, "data/standby.signal")
    standby.touch()
    os.chown(standby, node.cluster.owner.get("user", -1), node.cluster.owner.get("group", -1))
    node.cluster.start()
    node.wait_until((503, "storage_read_only"))
    node.client().get("/api/v1/milestones").expect(200)
    refused = node.client().post("/api/v1/milestones", {"key": "A-1", "title": "t"})
    refused.expect_problem(503, "storage_read_only")
    node.cluster.run("SELECT pg_promote()", "postgres")
    node.recovers()


def test_no_connections_left(node):
    """Others hold all that the cluster gives."""
    others = [node.cluster.psql("postgres") for _ in range(40)]  # some find no place themselves
    try:
        with node.writing():
            time.sleep(1)
        assert node.refused() <= LOST
        node.memory_is_served()
    finally:
        for other in others:
            other.stdin.close()
            other.wait()
    node.recovers()


def test_a_full_disk():
    """Its tables can't grow any more; its log can."""
    # Not pytest's folder, into which PostgreSQL's user can't look.
    with tempfile.TemporaryDirectory() as base, small_disk(pathlib.Path(base, "disk"), 96) as folder:
        os.chmod(base, 0o755)
        wal = pathlib.Path(base, "wal")
        wal.mkdir()
        cluster = Cluster(folder=folder, wal=wal)
        try:
            node = Node(cluster)
            with full(folder):
                deadline = time.monotonic() + 30
                while (503, "storage_full") not in node.refused():
                    with node.writing():
                        time.sleep(0.5)
                    assert node.refused() <= {(503, "storage_full")}
                    assert time.monotonic() < deadline, "it is never refused"
                assert node.ready() == (503, "storage_full")
                node.client().get("/api/v1/milestones").expect(200)
            node.recovers()
            node.server.close()
        finally:
            cluster.close()
