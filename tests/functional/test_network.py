"""A hostile network: clients that are slow, silent, too many, or lie about where they come from."""
import contextlib
import http.client
import signal
import socket
import threading
import time

import pytest

from mortise_server import Client, Server
from raw_http import RawConnection

LIVE = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"


@contextlib.contextmanager
def server(**environment):
    running = Server(**{f"MORTISE_HTTP_{name.upper()}": str(value) for name, value in environment.items()}).start()
    try:
        yield running
    finally:
        running.close()


@pytest.fixture(scope="module")
def hasty():
    """A server with short deadlines."""
    with server(head_timeout_ms=1500, body_timeout_ms=1500, idle_timeout_ms=1500, answer_timeout_ms=1500) as running:
        yield running


@pytest.mark.parametrize("begin", [b"GET /health/live HTT", LOGIN], ids=["head", "body"])
def test_bytes_that_trickle_in_do_not_extend_a_deadline(hasty, begin):
    with RawConnection(hasty.port) as connection:
        started = time.monotonic()
        connection.send(begin)
        ended = threading.Event()

        def trickle():
            with contextlib.suppress(OSError):
                while not ended.wait(0.3):
                    connection.send(b"x")

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            answer = connection.answer()
        finally:
            ended.set()
            thread.join()
        assert answer.status == 408
        assert answer.header("content-type") == "application/problem+json"
        assert 1.4 < time.monotonic() - started < 4
        assert connection.is_closed()


@pytest.mark.parametrize("before", [b"", LIVE], ids=["silent", "idle"])
def test_who_says_nothing_is_closed_without_a_word(hasty, before):
    with RawConnection(hasty.port) as connection:
        if before:
            connection.send(before)
            connection.answer()
        started = time.monotonic()
        assert connection.is_closed(within=5)
        assert time.monotonic() - started > 1.3


def test_a_connection_in_use_outlives_the_idle_time(hasty):
    with RawConnection(hasty.port) as connection:
        for _ in range(4):
            connection.send(LIVE)
            assert connection.answer().status == 200
            time.sleep(0.8)


def test_a_hang_up_ends_nothing_without_a_certificate(hasty):
    hasty.process.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    hasty.client().get("/health/live").expect(200)
    assert hasty.process.poll() is None


def test_half_sent_requests_hold_the_end_only_until_their_deadline():
    running = Server(MORTISE_HTTP_BODY_TIMEOUT_MS="1000", MORTISE_HTTP_DRAIN_TIMEOUT_MS="60000").start()
    try:
        with RawConnection(running.port) as connection:
            connection.send(LOGIN)
            time.sleep(0.3)
            started = time.monotonic()
            assert running.stop() == 0
            assert time.monotonic() - started < 8
            assert connection.answer().status == 408
    finally:
        running.close()


def test_slow_readers_who_keep_asking(hasty):
    """They ask for large answers without reading any: memory stays bounded, others are answered, and in the end
    they are closed."""
    openapi = b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"
    before = hasty.memory_mb()
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(RawConnection(hasty.port)) for _ in range(40)]
        for connection in slow:
            connection.socket.setblocking(False)
        most, client = before, hasty.client()
        # Each asks for tens of MB.
        for _ in range(30):
            for connection in slow:
                with contextlib.suppress(OSError):
                    connection.socket.send(openapi * 200)
            started = time.monotonic()
            client.get("/health/live").expect(200)
            assert time.monotonic() - started < 1
            most = max(most, hasty.memory_mb())
        assert most - before < 60, f"{before:.0f} MB grew to {most:.0f} MB"
        deadline = time.monotonic() + 15
        while open_connections(hasty) > 5 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert open_connections(hasty) <= 5


def open_connections(running):
    """Established connections of the server, by the kernel's table."""
    port = f":{running.port:04X}"
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table][1:]
    return sum(row[1].endswith(port) and row[3] == "01" for row in rows)


def test_a_slow_reader_who_reads_gets_all(hasty):
    whole = len(hasty.client().get("/openapi.json").body)
    with RawConnection(hasty.port) as connection:
        connection.send(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 50)
        for _ in range(50):
            assert len(connection.answer().body) == whole
            time.sleep(0.05)


def test_limits_of_connections():
    with server(max_connections=20, max_connections_per_address=10) as running:
        with contextlib.ExitStack() as stack:
            def connect(source):
                raw = RawConnection.__new__(RawConnection)
                raw.socket = socket.create_connection(("127.0.0.1", running.port), 10, (source, 0))
                raw._buffer = b""
                return stack.enter_context(raw)

            def ask(raw):
                raw.send(LIVE)
                return raw.answer().status

            # The client that waited for the server to be ready may still be there.
            statuses = [ask(connect("127.0.0.2")) for _ in range(12)]
            assert statuses == [200] * 10 + [503] * 2
            assert ask(connect("127.0.0.3")) == 200
            more = [ask(connect(f"127.0.1.{number}")) for number in range(1, 13)]
            assert set(more[-3:]) == {503}
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if Client(running.port).get("/health/live").status == 200:
                    break
            time.sleep(0.1)
        assert Client(running.port).get("/health/live").status == 200


def last_login_client(running):
    """The client's address in the last line of the access log for a login; the log is written each second."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        found = [line["client"] for line in running.log_lines() if "login" in str(line.get("path"))]
        if found:
            return found[-1]
        time.sleep(0.1)
    raise AssertionError("no line of a login")


def spoof(running, **headers):
    answer = running.client(**headers).post("/api/v1/auth/login", {"email": "a@example.com", "password": "wrong one"})
    assert answer.status in (401, 429)
    return answer.status


@pytest.mark.parametrize("settings,headers,expected", [
    ({}, {"X_Forwarded_For": "203.0.113.5"}, "127.0.0.1"),
    ({"trusted_proxies": "10.0.0.0/8"}, {"X_Forwarded_For": "203.0.113.5"}, "127.0.0.1"),
    ({"trusted_proxies": "127.0.0.1"}, {"X_Forwarded_For": "203.0.113.5, 198.51.100.7"}, "198.51.100.7"),
    ({"trusted_proxies": "127.0.0.0/8,198.51.100.0/24"}, {"X_Forwarded_For": "203.0.113.5, 198.51.100.7"},
     "203.0.113.5"),
    ({"trusted_proxies": "127.0.0.1"}, {"Forwarded": "for=203.0.113.5"}, "127.0.0.1"),
    ({"trusted_proxies": "127.0.0.1", "forwarded_header": "forwarded"},
     {"Forwarded": 'for="[2001:db8::7]:1234"', "X_Forwarded_For": "203.0.113.5"}, "2001:db8::7"),
], ids=range(6))
def test_the_clients_address(settings, headers, expected):
    with server(**settings) as running:
        spoof(running, **headers)
        assert last_login_client(running) == expected


def test_the_login_limiter_is_not_fooled():
    """Without trust a made-up header gives no fresh address; with trust each client has its own count."""
    def statuses(running):
        return {spoof(running, X_Forwarded_For=f"203.0.113.{number}") for number in range(1, 14)}

    with server() as running:
        assert 429 in statuses(running)
    with server(trusted_proxies="127.0.0.1") as running:
        assert 429 not in statuses(running)
