"""Workers are killed at random under load: only the calls that ran in them fail, nothing acknowledged is lost, and
the server keeps no process, descriptor or memory of the dead.

MORTISE_CHAOS_KILLS: how many (default 60).
"""
import os
import pathlib
import random
import shutil
import signal
import threading
import time

import pytest

from ledger import API, Ledger, Writer, writing
from mortise_fixtures import Tenant, log_in
from mortise_server import Client, Server, binary
from stores import SqliteStore

KILLS = int(os.environ.get("MORTISE_CHAOS_KILLS", "60"))
SEED = int(os.environ.get("MORTISE_CHAOS_SEED", random.SystemRandom().randrange(1 << 32)))
WORKERS = 4
SETTLED_SECONDS = 2  # a process of that age serves, however busy the machine is
GROWTH_MB = 24
POOLED = 8  # descriptors of connections to the tenants' files that may still be opened


class Pool:
    """A server with its plugin in workers, and what is known of them."""

    def __init__(self, plugins):
        # One plugin alone, so that each worker is one of its.
        shutil.copytree(binary().parent / "plugins/milestones", plugins / "milestones")
        self.server = Server(MORTISE_PLUGINS_DIRECTORY=str(plugins), MORTISE_PLUGINS_HOST="worker", MORTISE_PLUGINS_WORKERS=str(WORKERS),
                             MORTISE_PLUGINS_WORKER_DEATHS="100000", MORTISE_LOG_ACCESS="false")
        self.server.expected_errors = ["a plugin failed"]
        self.server.start()
        platform = self.server.client(Authorization=f"Bearer {log_in(self.server)['access_token']}")
        self.tenant = Tenant(self.server, platform, "acme")
        self.proc = pathlib.Path("/proc")
        self.seen = {}  # worker -> since when

    def workers(self):
        """Those that live now, and since when each was seen."""
        parent = self.server.process.pid
        now = time.monotonic()
        alive = {}
        for task in (self.proc / str(parent) / "task").iterdir():
            for pid in (task / "children").read_text().split():
                stat = self.stat(pid)
                if stat is not None and stat[0] == "mortise-worker" and stat[1] != "Z":
                    alive[int(pid)] = self.seen.get(int(pid), now)
        self.seen = alive
        return alive

    def stat(self, pid):
        try:
            name, rest = (self.proc / str(pid) / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            return None
        return name, rest.split()[0]

    def zombies(self):
        parent = self.server.process.pid
        children = [pid for task in (self.proc / str(parent) / "task").iterdir()
                    for pid in (task / "children").read_text().split()]
        return [pid for pid in children if (self.stat(pid) or ("", ""))[1] == "Z"]

    def descriptors(self):
        return len(os.listdir(self.proc / str(self.server.process.pid) / "fd"))

    def threads(self):
        return len(os.listdir(self.proc / str(self.server.process.pid) / "task"))

    def client(self, _=None):
        return Client(self.server.port, {"X-API-Key": self.tenant.key}, repeats=False)

    def wait_until_whole(self):
        deadline = time.monotonic() + 60
        while True:
            alive = self.workers()
            if len(alive) == WORKERS and all(time.monotonic() - since >= SETTLED_SECONDS for since in alive.values()):
                return
            assert time.monotonic() < deadline, f"{len(alive)} of {WORKERS} workers are back"
            time.sleep(0.05)


class Reader:
    """Asks for one milestone after the other, and looks whether it is the one that was asked for."""

    def __init__(self, pool, keys):
        self.pool, self.keys = pool, keys
        self.asked = 0
        self.failed = []
        self.failure = None

    def start(self, stop):
        self.thread = threading.Thread(target=self._run, args=(stop,))
        self.thread.start()

    def _run(self, stop):
        try:
            client = self.pool.client()
            while not stop.is_set():
                key = self.keys[self.asked % len(self.keys)]
                answer = client.get(f"{API}/{key}")
                self.asked += 1
                if answer.status == 200:
                    body = answer.json()
                    assert (body["key"], body["title"]) == (key, f"title of {key}")
                else:
                    self.failed.append((answer.status, answer.json()["code"]))
        except Exception as failure:  # noqa: BLE001: raised again in the test's thread
            self.failure = failure

    def finish(self):
        self.thread.join()
        if self.failure is not None:
            raise self.failure


def kill_some(pool, draw, count):
    """Kills so many, each at a random moment of its life, but never the only one that serves for sure."""
    killed, spared = set(), set()
    deadline = time.monotonic() + 60 + count
    while len(killed) < count:
        assert time.monotonic() < deadline, f"only {len(killed)} of {count} could be killed"
        alive = pool.workers()
        now = time.monotonic()
        spared &= alive.keys()
        settled = {pid for pid in spared if now - alive[pid] >= SETTLED_SECONDS}
        # Two are spared: the older serves, the younger grows up to take its place, and then the older may go.
        if len(spared) < 2 and alive.keys() - spared:
            spared.add(draw.choice(sorted(alive.keys() - spared)))
        elif len(settled) == 2:
            spared.remove(min(settled, key=alive.get))
        victims = sorted(alive.keys() - spared - killed)
        if victims and (settled & spared):
            victim = draw.choice(victims)
            os.kill(victim, signal.SIGKILL)
            killed.add(victim)
        time.sleep(draw.uniform(0, 0.08))


@pytest.fixture
def pool(tmp_path):
    print(f"MORTISE_CHAOS_SEED={SEED}")
    made = Pool(tmp_path)
    made.wait_until_whole()
    yield made
    made.server.close()


def test_only_the_calls_in_a_killed_worker_fail(pool):
    draw = random.Random(SEED)
    client = pool.client()
    keys = [f"FIXED-{number}" for number in range(20)]
    others = Tenant(pool.server, pool.server.client(
        Authorization=f"Bearer {log_in(pool.server)['access_token']}"), "readers")
    for key in keys:
        others.api.post(API, {"key": key, "title": f"title of {key}"}).expect(201)
    reading = Pool.__new__(Pool)
    reading.server, reading.tenant = pool.server, others
    ledger = Ledger(pool.tenant.id)
    writers = [Writer(ledger, f"W{number}", f"{SEED}-{number}") for number in range(2)]
    readers = [Reader(reading, keys) for _ in range(2)]

    def load(kills):
        stop = threading.Event()
        for reader in readers:
            reader.start(stop)
        try:
            with writing(writers, pool.client):
                kill_some(pool, draw, kills)
        finally:
            stop.set()
            for reader in readers:
                reader.finish()

    load(max(20, KILLS // 10))  # until caches and pools are as large as they become
    pool.wait_until_whole()
    before = pool.descriptors(), pool.threads(), pool.server.memory_mb()
    load(KILLS)
    pool.wait_until_whole()
    after = pool.descriptors(), pool.threads(), pool.server.memory_mb()

    failed = [failure for reader in readers for failure in reader.failed]
    failed += [failure for writer in writers for failure, times in writer.refused.items() for _ in range(times)]
    assert set(failed) <= {(503, "plugin_unavailable"), (504, "deadline_exceeded")}, set(failed)
    assert 0 < len(failed) <= KILLS + max(20, KILLS // 10), "a worker runs one call at a time"
    assert not [write for writer in writers for write in writer.unknown]
    ledger.verify(SqliteStore(pool.server.data))
    client.get(f"{API}?limit=1").expect(200)
    assert not pool.zombies()
    assert after[0] <= before[0] + POOLED and after[1] == before[1], f"descriptors, threads: {before}, then {after}"
    assert after[2] - before[2] < GROWTH_MB, f"{before[2]:.0f} MB grew to {after[2]:.0f} MB"
    print(f"{len(failed)} failed of {sum(reader.asked for reader in readers)} reads and {ledger.acknowledged} writes;"
          f" {before[2]:.1f} MB, then {after[2]:.1f} MB")


def test_all_workers_at_once(pool):
    """Then everybody is told, with when to come again; and it comes back by itself."""
    pool.client().post(API, {"key": "ONE", "title": "t"}).expect(201)
    for _ in range(3):
        for pid in pool.workers():
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while (answer := pool.client().get(f"{API}/ONE")).status != 200:
            answer.expect_problem(503, "plugin_unavailable")
            assert int(answer.headers["retry-after"]) > 0
            assert time.monotonic() < deadline
        pool.wait_until_whole()
