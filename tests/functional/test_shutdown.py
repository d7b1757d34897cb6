"""SIGTERM: no new connections, what is under way finishes, exit code 0. What was answered is there afterwards."""
import csv
import http.client
import io
import signal
import socket
import threading
import time

import pytest

from mortise_fixtures import Tenant, log_in
from mortise_server import Client, Server
from raw_http import RawConnection

API = "/api/v1/milestones"


@pytest.fixture
def own():
    """A server of the test's own, that it may end."""
    running = Server().start()
    yield running
    running.close()


def administrator(running):
    return running.client(Authorization=f"Bearer {log_in(running)['access_token']}")


def refuses_connections(port, within=5):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return True
        time.sleep(0.01)
    return False


def test_an_idle_server_ends_at_once(own):
    started = time.monotonic()
    assert own.stop() == 0
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_both_signals_end_it(own, number):
    own.process.send_signal(number)
    assert own.wait() == 0


def test_idle_connections_do_not_hold_it(own):
    connections = [RawConnection(own.port) for _ in range(50)]
    connections[0].send(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
    assert connections[0].answer().status == 200
    started = time.monotonic()
    assert own.stop() == 0
    assert time.monotonic() - started < 5
    assert all(connection.is_closed() for connection in connections)


def test_a_request_under_way_is_answered(own):
    body = b'{"email":"nobody@example.com","password":"wrong password"}'
    head = (b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: "
            + str(len(body)).encode() + b"\r\n\r\n")
    with RawConnection(own.port) as connection:
        connection.send(head + body[:10])
        time.sleep(0.2)  # it must have been read before the signal comes
        own.process.send_signal(signal.SIGTERM)
        assert refuses_connections(own.port)
        connection.send(body[10:])
        answer = connection.answer()
        assert answer.status in (401, 503)
        assert answer.header("connection").lower() == "close"
        assert connection.is_closed()
    assert own.wait() == 0


def test_who_never_finishes_does_not_hold_it_for_ever():
    running = Server(MORTISE_HTTP_DRAIN_TIMEOUT_MS="500").start()
    try:
        with RawConnection(running.port) as connection:
            connection.send(b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                            b"Content-Length: 100\r\n\r\n{")
            started = time.monotonic()
            assert running.stop() == 0
            assert time.monotonic() - started < 5
    finally:
        running.close()


def write_until_it_ends(running, key, number):
    """Creates milestones one after the other, and after 50 sends the signal from another thread. Answers the
    keys that were acknowledged, and the one that was not."""
    client, acknowledged = Client(running.port, {"X-API-Key": key}), []
    while True:
        name = f"D-{len(acknowledged)}"
        try:
            answer = client.post(API, {"key": name, "title": "durable"})
        except (OSError, http.client.HTTPException):
            return acknowledged, name
        if answer.status != 201:
            return acknowledged, name
        acknowledged.append(name)
        if len(acknowledged) == 50:
            threading.Timer(0.05, running.process.send_signal, [number]).start()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_acknowledged_is_there_after_a_restart(own, number):
    tenant = Tenant(own, administrator(own), "durable")
    acknowledged, last = write_until_it_ends(own, tenant.key, number)
    assert len(acknowledged) >= 50
    own.process.wait(30)
    own.process = None
    own.start()
    rows = Client(own.port, {"X-API-Key": tenant.key}).get(f"{API}/export").expect(200).body.decode()
    present = {row["key"] for row in csv.DictReader(io.StringIO(rows))}
    assert set(acknowledged) <= present <= {*acknowledged, last}
