"""Clients that ask and leave at random moments, over HTTP and over TLS: no answer reaches a client that did not ask
for it, nobody else notices, and the server keeps nothing of those who left.

MORTISE_CHAOS_CONNECTIONS: how many over HTTP (default 3000); a quarter of it over TLS, and with plugins in workers.
"""
import json
import os
import pathlib
import random
import secrets
import socket
import ssl
import subprocess
import sys
import threading
import time

import pytest

import churn
from mortise_fixtures import Tenant, log_in
from mortise_server import Client, Server
from stores import EVENTS, HEAD, MILESTONES, SqliteStore

CONNECTIONS = int(os.environ.get("MORTISE_CHAOS_CONNECTIONS", "3000"))
SEED = int(os.environ.get("MORTISE_CHAOS_SEED", random.SystemRandom().randrange(1 << 32)))
PROCESSES = 3
GROWTH_MB = 48
UNNOTICED_SECONDS = 15  # what two busy cores take at the very most; who is stuck waits for a minute
POOLED = 32  # descriptors of connections to the tenants' files that may still be opened
CHURN = pathlib.Path(__file__).with_name("churn.py")


def make_certificate(folder):
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


class House:
    """A server with tenants whose milestones have titles that nobody else can have."""

    def __init__(self, folder, tls, host):
        self.certificate = None
        settings = {"MORTISE_LOG_ACCESS": "false", "MORTISE_PLUGINS_HOST": host}
        if tls:
            self.certificate, key = make_certificate(folder)
            settings |= {"MORTISE_HTTP_TLS_CERTIFICATE": str(self.certificate), "MORTISE_HTTP_TLS_KEY": str(key)}
        self.server = Server(**settings)
        if tls:
            self.server.tls = ssl.create_default_context(cafile=self.certificate)
            self.server.tls.check_hostname = False
        self.server.start()
        platform = self.server.client(Authorization=f"Bearer {log_in(self.server)['access_token']}")
        self.tenants = [Tenant(self.server, platform, slug) for slug in ("acme", "zeta", "omega")]
        self.titles = [self._fill(tenant) for tenant in self.tenants]

    def _fill(self, tenant):
        """The same keys in each tenant, under other titles."""
        titles = {f"M-{number}": f"FIXED {secrets.token_hex(12)}" for number in range(60)}
        for key, title in titles.items():
            tenant.api.post("/api/v1/milestones", {"key": key, "title": title}).expect(201)
        return titles

    def churn(self, connections, seed):
        """Answers what each client process tells."""
        order = {"port": self.server.port, "connections": -(-connections // PROCESSES),
                 "certificate": str(self.certificate) if self.certificate else None,
                 "tenants": [{"key": tenant.key, "titles": titles}
                             for tenant, titles in zip(self.tenants, self.titles)]}
        running = []
        for number in range(PROCESSES):
            process = subprocess.Popen([sys.executable, "-B", CHURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       text=True)
            process.stdin.write(json.dumps(order | {"seed": seed + number}))
            process.stdin.close()
            running.append(process)
        told = [json.loads(process.stdout.read()) for process in running]
        assert all(process.wait() == 0 for process in running)
        return told

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.server.process.pid}/fd"))

    def wait_until_quiet(self, descriptors):
        deadline = time.monotonic() + 30
        while self.descriptors() > descriptors:
            assert time.monotonic() < deadline, f"{self.descriptors()} descriptors instead of {descriptors}"
            time.sleep(0.1)


class Bystander(threading.Thread):
    """Somebody who has nothing to do with it, and asks all the time."""

    def __init__(self, house):
        super().__init__()
        self.house, self.ended = house, threading.Event()
        self.times, self.statuses = [], set()

    def run(self):
        tenant = self.house.tenants[0]
        client = Client(self.house.server.port, {"X-API-Key": tenant.key}, self.house.server.tls, repeats=False)
        while not self.ended.wait(0.05):
            started = time.monotonic()
            self.statuses.add(client.get("/api/v1/milestones/M-1").status)
            self.times.append(time.monotonic() - started)


@pytest.fixture(params=["http", "tls", "http in workers"])
def house(request, tmp_path):
    print(f"MORTISE_CHAOS_SEED={SEED}")
    made = House(tmp_path, request.param == "tls", "worker" if "workers" in request.param else "publisher")
    made.connections = CONNECTIONS if request.param == "http" else CONNECTIONS // 4
    yield made
    made.server.close()


def test_no_answer_reaches_another_client(house):
    store = SqliteStore(house.server.data)
    warm = house.churn(max(600, house.connections // 20), SEED)
    bystander = Bystander(house)
    bystander.start()
    time.sleep(0.2)
    before, memory = house.descriptors(), house.server.memory_mb()
    try:
        told = house.churn(house.connections, SEED + PROCESSES)
        house.wait_until_quiet(before + POOLED)
    finally:
        bystander.ended.set()
        bystander.join()
    grown = house.server.memory_mb() - memory
    wrong = [line for one in warm + told for line in one["wrong"]]
    assert not wrong, wrong[:5]
    assert sum(one["answers"] for one in told) > house.connections / 2
    assert bystander.statuses == {200} and max(bystander.times) < UNNOTICED_SECONDS, max(bystander.times)
    assert grown < GROWTH_MB, f"{memory:.0f} MB grew by {grown:.0f} MB"

    made = {key: acknowledged for one in warm + told for key, acknowledged in one["made"].items()}
    stored = {}
    for tenant, titles in zip(house.tenants, house.titles):
        rows = {row["key"]: row["title"] for row in store.read(tenant.id, MILESTONES)}
        assert titles.items() <= rows.items()
        events = sorted(store.read(tenant.id, EVENTS), key=lambda event: event["position"])
        assert [event["position"] for event in events] == list(range(1, len(rows) + 1)), "one event a milestone"
        assert {event["subject"] for event in events} == rows.keys()
        assert store.read(tenant.id, HEAD)[0]["outbox_position"] == len(rows)
        stored |= {key: title for key, title in rows.items() if key not in titles}
    assert {key for key, acknowledged in made.items() if acknowledged} <= stored.keys() <= made.keys()
    assert all(key == title for key, title in stored.items())
    assert not stored.keys() & {key for one in warm + told for key in one["unsent"]}, "half a request was obeyed"
    print(f"{house.connections} connections, {sum(one['answers'] for one in told)} answers read, {len(stored)} made;"
          f" bystander at most {max(bystander.times):.3f} s; memory {memory:.1f} MB + {grown:.1f} MB")


class SlowReader(threading.Thread):
    """Asks for all milestones again and again, however much it has not read yet, and reads little by little."""

    REQUESTS = 12

    def __init__(self, house, seed):
        super().__init__()
        self.random = random.Random(seed)
        self.connection = socket.create_connection(("127.0.0.1", house.server.port), 60)
        if house.server.tls is not None:
            self.connection = house.server.tls.wrap_socket(self.connection)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        self.request = churn.Churn._text("GET", "/api/v1/milestones?limit=100&q=LARGE", {"key": house.tenants[0].key})
        self.bodies = []

    def run(self):
        answers = churn.Answers(self)
        self.connection.sendall(self.request * self.REQUESTS)
        while len(self.bodies) < self.REQUESTS:
            self.bodies.append(answers.next())
        self.connection.close()

    def recv(self, _size):
        time.sleep(self.random.uniform(0, 0.004))
        return self.connection.recv(self.random.randrange(1, 65536))


def test_large_answers_to_slow_readers_who_keep_asking(house):
    """Each gets all of its answers in the end, and the server does not gather them meanwhile."""
    large = {f"L-{number}": secrets.token_hex(4000) for number in range(100)}
    for key, description in large.items():
        house.tenants[0].api.post("/api/v1/milestones", {"key": key, "title": "LARGE", "description": description})
    first = house.tenants[0].api.get("/api/v1/milestones?limit=100&q=LARGE").expect(200)
    assert {item["key"]: item["description"] for item in first.json()["items"]} == large
    readers = [SlowReader(house, f"{SEED}-{number}") for number in range(16)]
    memory, most = house.server.memory_mb(), 0
    for reader in readers:
        reader.start()
    client = house.tenants[1].api
    while any(reader.is_alive() for reader in readers):
        started = time.monotonic()
        client.get("/api/v1/milestones/M-1").expect(200)
        assert time.monotonic() - started < UNNOTICED_SECONDS
        most = max(most, house.server.memory_mb())
        time.sleep(0.05)
    for reader in readers:
        assert reader.bodies == [(200, first.body)] * SlowReader.REQUESTS
    # An answer for each, as it is made and as it goes out.
    allowed = len(readers) * 3 * len(first.body) / 1e6 + GROWTH_MB
    assert most - memory < allowed, f"{memory:.0f} MB grew to {most:.0f} MB"
    print(f"{len(readers)} readers of {len(first.body)} bytes, {SlowReader.REQUESTS} times: {memory:.0f} MB,"
          f" at most {most:.0f} MB")
