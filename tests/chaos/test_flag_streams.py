"""Clients that listen to changes of flags, leave and come again by force while several writers change them: in the end
each knows the last configuration, and none has waited for it longer than it takes to tell."""
import asyncio
import os
import random
import threading
import time

import pytest

from mortise_fixtures import Tenant, log_in
from mortise_server import Server

CLIENTS = int(os.environ.get("MORTISE_CHAOS_LISTENERS", "200"))
SEED = int(os.environ.get("MORTISE_CHAOS_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
WRITERS, WRITES = 4, 60
FLAG = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}
WAIT = 60


def configuration(event_id):
    """What an id says of the configuration: a write that changes nothing raises the version in front of it, and nobody is
    told."""
    return event_id and event_id.split("-")[1]


class Listener:
    """An EventSource: remembers the last id that it saw, and says it when it comes again."""

    def __init__(self, port, path, draw):
        self.port, self.path, self.draw = port, path, draw
        self.last_id = None
        self.connections = 0

    async def connect(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        more = f"Last-Event-ID: {self.last_id}\r\n" if self.last_id else ""
        self.writer.write(f"GET {self.path} HTTP/1.1\r\nHost: a\r\n{more}\r\n".encode())
        status = await self.reader.readline()
        assert b" 200 " in status, status
        while (await self.reader.readline()) != b"\r\n":
            pass
        self.connections += 1

    async def follow(self, until):
        """Reads until it has seen that configuration, or the line is cut."""
        while until() is None or configuration(self.last_id) != configuration(until()):
            line = await self.reader.readline()
            if not line:
                return
            if line.startswith(b"id: "):
                self.last_id = line[4:].strip().decode()

    def leave(self):
        # Without a word: the server finds out by itself.
        if self.draw.random() < 0.5:
            self.writer.transport.abort()
        else:
            self.writer.close()

    async def run(self, writing, final):
        await self.connect()
        await asyncio.sleep(self.draw.random())
        # Every client is torn away once at least, and as long as there are writes now and then again.
        while writing.is_set() or self.connections < 2:
            try:
                await asyncio.wait_for(self.follow(lambda: None), self.draw.random() / 2)
            except asyncio.TimeoutError:
                pass
            self.leave()
            await self.connect()
        await asyncio.wait_for(self.follow(lambda: final[0] if final else None), WAIT)
        assert final and configuration(self.last_id) == configuration(final[0])
        self.writer.transport.abort()


def write(client, number, faults):
    draw = random.Random(SEED + number)
    try:
        for step in range(WRITES):
            key = f"f{draw.randrange(5)}"
            if draw.random() < 0.3:
                answer = client.put(f"/api/v1/flags/{key}/overrides/users/u{draw.randrange(3)}", {"variant": "on"})
            elif draw.random() < 0.1:
                answer = client.delete(f"/api/v1/flags/{key}")
            else:
                answer = client.put(f"/api/v1/flags/{key}", FLAG | {"metadata": {"n": step, "by": number}})
            assert answer.status in (200, 201, 204, 404, 409), answer.body
    except Exception as fault:
        faults.append(fault)


async def listen_all(listeners, writing, final):
    await asyncio.gather(*(one.run(writing, final) for one in listeners))


@pytest.fixture
def own():
    running = Server().start()
    yield running
    running.close()


def test_nobody_misses_a_change(own):
    print(f"seed {SEED}")
    platform = own.client(Authorization=f"Bearer {log_in(own)['access_token']}")
    tenant = Tenant(own, platform, "streams")
    bulk = tenant.api.post("/ofrep/v1/evaluate/flags", {"context": {}}).expect(200).json()
    path = bulk["eventStreams"][0]["endpoint"]["requestUri"]
    listeners = [Listener(own.port, path, random.Random(SEED * 7919 + n)) for n in range(CLIENTS)]
    writing, final, faults = threading.Event(), [], []
    writing.set()

    def write_all():
        clients = [platform.with_headers(Mortise_Tenant="streams") for _ in range(WRITERS)]
        threads = [threading.Thread(target=write, args=(client, n, faults)) for n, client in enumerate(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # The tag of what holds now, as who comes anew is told it.
        stream = Listener(own.port, path, random.Random(SEED))

        async def last():
            await stream.connect()
            known = [None]
            while len(known) < 3:  # what the ticket knows, then what holds
                await stream.follow(lambda: None if configuration(stream.last_id) in known else stream.last_id)
                known.append(configuration(stream.last_id))
            stream.writer.transport.abort()
        asyncio.run(last())
        final.append(stream.last_id)
        writing.clear()

    writer = threading.Thread(target=write_all)
    writer.start()
    began = time.monotonic()
    asyncio.run(listen_all(listeners, writing, final))
    writer.join()
    assert not faults, faults[:3]
    reconnects = sum(one.connections - 1 for one in listeners)
    print(f"{CLIENTS} clients, {reconnects} reconnects, {WRITERS * WRITES} writes in {time.monotonic() - began:.1f} s")
    assert reconnects >= CLIENTS
    # Who has left is forgotten.
    deadline = time.monotonic() + WAIT
    while "\nmortise_flag_streams 0\n" not in platform.get("/metrics").expect(200).body.decode():
        assert time.monotonic() < deadline
        time.sleep(0.05)
