"""The server is killed while clients write: every acknowledged write is there, none is double, and what was not
answered is settled by repeating it. On PostgreSQL the cluster is stopped the hard way, too.

MORTISE_CHAOS_ROUNDS: how often (default 4).
"""
import os
import random
import threading
import time

import pytest

from ledger import Ledger, Writer, writing
from mortise_fixtures import Tenant, log_in
from mortise_server import Client, Server
from postgres_cluster import IMMEDIATE, Cluster
from stores import TENANTS, PostgresStore, SqliteStore, check_audit
from tenants import TenantWriter

ROUNDS = int(os.environ.get("MORTISE_CHAOS_ROUNDS", "4"))
SEED = int(os.environ.get("MORTISE_CHAOS_SEED", random.SystemRandom().randrange(1 << 32)))
THREADS = 4
TOKEN_SECONDS = 600  # a token is good for 900


class House:
    """A server with its database, two tenants with a ledger each, and their writers."""

    def __init__(self, cluster):
        self.cluster = cluster
        storage = {}
        if cluster is not None:
            storage = {"MORTISE_STORAGE_ENGINE": "postgresql", "MORTISE_STORAGE_URL": cluster.url()}
        self.server = Server(**storage)
        # Where the cluster is stopped between the row of a new tenant and the rest of it.
        self.server.expected_errors = ["what follows a commit failed"] if cluster is not None else []
        self.server.start()
        self.store = SqliteStore(self.server.data) if cluster is None else PostgresStore(cluster, "mortise")
        self._token = (None, 0)
        self.tenants = [Tenant(self.server, self.platform(), slug) for slug in ("acme", "zeta")]
        self.ledgers = [Ledger(tenant.id) for tenant in self.tenants]
        # Most of them in one tenant, where they wait for each other.
        self.writers = [Writer(self.ledgers[0 if number < THREADS - 1 else 1], f"W{number}", f"{SEED}-{number}")
                        for number in range(THREADS)]
        self.tenant_writer = TenantWriter()

    def platform(self):
        if time.monotonic() - self._token[1] > TOKEN_SECONDS:
            self._token = (log_in(self.server)["access_token"], time.monotonic())
        return Client(self.server.port, {"Authorization": f"Bearer {self._token[0]}"}, repeats=False)

    def client_of(self, writer):
        if writer is self.tenant_writer:
            return self.platform()
        tenant = self.tenants[self.ledgers.index(writer.ledger)]
        return Client(self.server.port, {"X-API-Key": tenant.key}, repeats=False)

    def writing(self):
        return writing([*self.writers, self.tenant_writer], self.client_of)

    def settle(self):
        done = sum(writer.settle(self.client_of(writer)) for writer in self.writers)
        self.tenant_writer.settle(self.platform())
        return done

    def verify(self):
        for ledger, tenant in zip(self.ledgers, self.tenants):
            Client(self.server.port, {"X-API-Key": tenant.key}).get("/api/v1/milestones?limit=1").expect(200)
            ledger.verify(self.store)
        self.tenant_writer.verify(self.platform(), {tenant.slug: tenant.id for tenant in self.tenants})
        rows = self.store.read(None, TENANTS)
        assert {row["state"] for row in rows} == {"active"}
        self.store.check_files([*self.tenant_writer.ids.values(), *(tenant.id for tenant in self.tenants)])
        check_audit(self.store, None)
        left = list((self.server.data / "exports").rglob("*.unfinished"))
        assert not left, left

    def wait_until_ready(self):
        deadline = time.monotonic() + 30
        while self.server.client().get("/health/ready").status != 200:
            assert time.monotonic() < deadline, "it does not recover"
            time.sleep(0.05)

    def close(self):
        self.store.close()
        self.server.close()
        if self.cluster is not None:
            self.cluster.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request):
    print(f"MORTISE_CHAOS_SEED={SEED}")
    made = House(None if request.param == "sqlite" else Cluster())
    yield made
    made.close()


def kill_server(house, draw):
    house.server.kill()
    house.server.launch()
    # Every fifth time once more, before or while it takes up what was left.
    if draw.random() < 0.2:
        time.sleep(draw.uniform(0, 0.3))
        house.server.kill()
        house.server.launch()


def kill_cluster(house, draw):
    house.cluster.stop(IMMEDIATE)
    time.sleep(draw.uniform(0, 0.3))
    house.cluster.start()


def test_what_was_acknowledged_survives(house):
    draw = random.Random(SEED)
    done = 0
    for number in range(ROUNDS):
        of_cluster = house.cluster is not None and number % 4 == 3
        with house.writing():
            time.sleep(draw.uniform(0.05, 0.5))
            (kill_cluster if of_cluster else kill_server)(house, draw)
        house.server.wait_until_ready()
        house.wait_until_ready()
        done += house.settle()
        house.verify()
    acknowledged = sum(ledger.acknowledged for ledger in house.ledgers)
    print(f"{acknowledged} writes; of those without an answer {done} had been done; tenants "
          f"{dict(house.tenant_writer.finished)}")
    assert acknowledged > ROUNDS * THREADS
