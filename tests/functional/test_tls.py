"""TLS: versions, certificates that change while serving, and clients that do it wrong or do nothing."""
import contextlib
import json
import signal
import socket
import ssl
import subprocess
import time

import pytest

from mortise_fixtures import log_in
from mortise_server import Server, binary, clean_environment, free_port
from raw_http import RawConnection

LIVE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


def make_certificate(folder, name, key="ec"):
    """A self-signed certificate for localhost; answers the files of certificate and key."""
    certificate, private = folder / f"{name}.pem", folder / f"{name}.key"
    kind = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"] if key == "ec" else ["rsa:2048"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", private, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, private


def trusting(certificate, least=ssl.TLSVersion.TLSv1_2, most=ssl.TLSVersion.TLSv1_3):
    context = ssl.create_default_context(cafile=certificate)
    if least < ssl.TLSVersion.TLSv1_2:
        context.set_ciphers("ALL:@SECLEVEL=0")  # what the client's own library would not do any more
    context.minimum_version, context.maximum_version = least, most
    context.set_alpn_protocols(["http/1.1"])
    return context


def start(certificate, key, **environment):
    running = Server(MORTISE_HTTP_TLS_CERTIFICATE=str(certificate), MORTISE_HTTP_TLS_KEY=str(key), **environment)
    running.tls = trusting(certificate)
    return running.start()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"), "first")


@pytest.fixture(scope="module")
def own(files):
    running = start(*files)
    yield running
    running.close()


@contextlib.contextmanager
def secure(running, context=None):
    plain = socket.create_connection(("127.0.0.1", running.port), 10)
    with (context or running.tls).wrap_socket(plain, server_hostname="localhost") as wrapped:
        raw = RawConnection.__new__(RawConnection)
        raw.socket, raw._buffer = wrapped, b""
        yield raw


def common_name(context, running):
    with secure(running, context) as raw:
        return dict(pair[0] for pair in raw.socket.getpeercert()["subject"])["commonName"]


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("key", ["ec", "rsa"])
def test_versions_and_keys(tmp_path, version, key):
    certificate, private = make_certificate(tmp_path, key, key)
    running = start(certificate, private)
    try:
        chosen = ssl.TLSVersion[version]
        with secure(running, trusting(certificate, chosen, chosen)) as raw:
            assert raw.socket.version() == version.replace("_", ".")
            assert raw.socket.selected_alpn_protocol() == "http/1.1"
            assert "GCM" in raw.socket.cipher()[0] or "CHACHA20" in raw.socket.cipher()[0]
            for _ in range(3):
                raw.send(LIVE * 2)
                assert [raw.answer().status, raw.answer().status] == [200, 200]
    finally:
        running.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_old_versions_are_refused(own, files, version):
    old = ssl.TLSVersion[version]
    # The alert proves that it is the server who refuses.
    with pytest.raises(ssl.SSLError, match="(?i)alert.protocol.version"), secure(own, trusting(files[0], old, old)):
        pass


def test_1_2_is_refused_if_so_set(files):
    running = start(*files, MORTISE_HTTP_TLS_MIN="1.3")
    try:
        only = trusting(files[0], most=ssl.TLSVersion.TLSv1_2)
        with pytest.raises(ssl.SSLError, match="(?i)alert.protocol.version"), secure(running, only):
            pass
        running.client().get("/health/live").expect(200)
    finally:
        running.close()


def test_other_protocols_are_refused(own, files):
    context = trusting(files[0])
    context.set_alpn_protocols(["h2"])
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"), secure(own, context):
        pass


def test_sessions_are_resumed(own, files):
    context = trusting(files[0], most=ssl.TLSVersion.TLSv1_2)
    with secure(own, context) as raw:
        session = raw.socket.session
        raw.send(LIVE)
        assert raw.answer().status == 200
    plain = socket.create_connection(("127.0.0.1", own.port), 10)
    with context.wrap_socket(plain, server_hostname="localhost", session=session) as wrapped:
        assert wrapped.session_reused
        wrapped.sendall(LIVE)
        assert wrapped.recv(12) == b"HTTP/1.1 200"


def test_large_bodies_and_answers(own):
    document = own.client().get("/openapi.json").expect(200)
    with secure(own) as raw:
        raw.send(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 20)
        for _ in range(20):
            assert raw.answer().body == document.body
        token = log_in(own)["access_token"].encode()
        raw.send(b"POST /api/v1/tenants HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                 b"Authorization: Bearer " + token + b"\r\nContent-Length: 900000\r\n\r\n" + b" " * 900_000)
        assert raw.answer().status == 400
        raw.send(LIVE)
        assert raw.answer().status == 200


def test_slow_readers_who_keep_asking(own):
    """Over TLS too memory stays bounded, and others are answered."""
    before = own.memory_mb()
    ask = b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 200
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(secure(own)) for _ in range(40)]
        for raw in slow:
            raw.socket.setblocking(False)
        most, client = before, own.client()
        for _ in range(30):
            for raw in slow:
                with contextlib.suppress(OSError):
                    raw.socket.send(ask)
            started = time.monotonic()
            client.get("/health/live").expect(200)
            assert time.monotonic() - started < 1
            most = max(most, own.memory_mb())
        assert most - before < 60, f"{before:.0f} MB grew to {most:.0f} MB"


def test_the_end_is_announced(own):
    """close_notify: the client can tell the end of the answer from a cut."""
    plain = socket.create_connection(("127.0.0.1", own.port), 10)
    with own.tls.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as wrapped:
        wrapped.sendall(b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        while wrapped.recv(4096):
            pass


def test_plain_http_to_the_tls_port(own):
    with RawConnection(own.port) as raw:
        raw.send(LIVE)
        answer = raw.answer()
        assert answer.status == 400 and json.loads(answer.body)["code"] == "tls_required"
        assert raw.is_closed()


def test_tls_to_a_plain_port(files):
    running = Server().start()
    try:
        with pytest.raises((ssl.SSLError, ConnectionError)), secure(running, trusting(files[0])):
            pass
        running.client().get("/health/live").expect(200)
    finally:
        running.close()


def hello(context):
    """The first bytes of a handshake."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    return outgoing.read()


def test_garbage_instead_of_a_handshake(own, files):
    first = hello(trusting(files[0]))
    for garbage in (b"\x16" + b"\0" * 500, b"\x16\x03\x01\xff\xff" + b"A" * 70000, first[:40] + b"\xff" * 400,
                    first + b"\x17\x03\x03\x00\x05hello", first + first, b"\x16"):
        with RawConnection(own.port) as raw:
            with contextlib.suppress(OSError):
                raw.send(garbage)
                raw.socket.shutdown(socket.SHUT_WR)
            assert drained(raw.socket)
        own.client().get("/health/live").expect(200)


def drained(plain):
    """Whether it is closed in time, whatever was sent before."""
    with contextlib.suppress(ConnectionError):
        while plain.recv(65536):
            pass
    return True


def test_clients_that_leave_during_the_handshake(own, files):
    first = hello(trusting(files[0]))
    for number in range(300):
        with RawConnection(own.port) as raw:
            raw.send(first[:1 + number % len(first)])
            if number % 3 == 0:
                raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert own.process.poll() is None
    own.client().get("/health/live").expect(200)


def ended(connection):
    """Whether the server has closed it by now."""
    connection.setblocking(False)
    try:
        while connection.recv(65536):
            pass
    except BlockingIOError:
        return False
    except ConnectionResetError:
        pass
    return True


def test_a_thousand_silent_clients_disturb_nobody(files):
    """New connections are served while all of the silent ones are still there: nobody waits for one of them."""
    running = start(*files, MORTISE_HTTP_HEAD_TIMEOUT_MS="120000")
    try:
        first = hello(trusting(files[0]))
        with contextlib.ExitStack() as stack:
            # Some say nothing at all, some stop in the middle of their hello, some after it.
            silent = [stack.enter_context(RawConnection(running.port)) for _ in range(1000)]
            for number, raw in enumerate(silent):
                raw.send((b"", first[:100], first)[number % 3])
            for _ in range(50):
                with secure(running) as raw:
                    raw.send(LIVE)
                    assert raw.answer().status == 200
            assert not [raw for raw in silent if ended(raw.socket)]
    finally:
        running.close()


def test_silent_clients_are_closed_at_the_heads_deadline(files):
    running = start(*files, MORTISE_HTTP_HEAD_TIMEOUT_MS="1000")
    try:
        first = hello(trusting(files[0]))
        for begin in (b"", first[:50], first):
            with RawConnection(running.port) as raw:
                started = time.monotonic()
                raw.send(begin)
                assert drained(raw.socket)
                assert 0.9 < time.monotonic() - started < 4
        with RawConnection(running.port) as raw:
            started = time.monotonic()
            with contextlib.suppress(OSError):
                for number in range(len(first)):
                    raw.send(first[number:number + 1])
                    time.sleep(0.2)
            assert time.monotonic() - started < 6, "bytes that trickle in do not extend it"
        # The handshake counts: a head after it has only what is left.
        with secure(running) as raw:
            raw.send(b"GET / HT")
            assert raw.answer().status == 408
    finally:
        running.close()


def wait_for_name(running, context, name):
    deadline = time.monotonic() + 10
    while common_name(context, running) != name:
        assert time.monotonic() < deadline, f"{name} is not in use"
        time.sleep(0.1)


@pytest.mark.parametrize("by_signal", [True, False], ids=["signal", "file"])
def test_a_certificate_is_replaced_while_serving(tmp_path, by_signal):
    certificate, key = make_certificate(tmp_path, "served")
    other, other_key = make_certificate(tmp_path, "other")
    running = start(certificate, key)
    running.expected_errors = ["the certificate can't be used"]
    both = ssl.create_default_context()
    both.load_verify_locations(cadata=certificate.read_text() + other.read_text())
    try:
        assert common_name(both, running) == "served"
        with secure(running) as under_way:
            # A certificate whose key is not there yet is refused, and the old pair stays.
            certificate.write_bytes(other.read_bytes())
            if by_signal:
                running.process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + 10
            while not any("can't be used" in line.get("msg", str(line)) for line in running.log_lines()):
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert "http.tls_key" in running.log_path.read_text()
            assert common_name(both, running) == "served"
            key.write_bytes(other_key.read_bytes())
            if by_signal:
                running.process.send_signal(signal.SIGHUP)
            wait_for_name(running, both, "other")
            under_way.send(LIVE)
            assert under_way.answer().status == 200
    finally:
        running.tls = both
        running.close()


@pytest.mark.parametrize("certificate,key,parts", [
    ("missing.pem", "good.key", ["http.tls_certificate", "missing.pem"]),
    ("good.pem", "missing.key", ["http.tls_key", "missing.key"]),
    ("good.key", "good.key", ["http.tls_certificate", "no certificate"]),
    ("good.pem", "good.pem", ["http.tls_key", "no private key"]),
    ("good.pem", "other.key", ["http.tls_key", "other.key", "does not belong", "good.pem"]),
    ("good.pem", "encrypted.key", ["http.tls_key", "passphrase"]),
    ("good.pem", "", ["http.tls_certificate", "http.tls_key", "together"]),
])
def test_what_cannot_be_used_stops_the_start(tmp_path, certificate, key, parts):
    make_certificate(tmp_path, "good")
    make_certificate(tmp_path, "other")
    subprocess.run(["openssl", "ec", "-aes256", "-passout", "pass:secret", "-in", tmp_path / "good.key", "-out",
                    tmp_path / "encrypted.key"], check=True, capture_output=True)
    run = subprocess.run(
        [binary(), "serve", "--data", tmp_path / "data", "--listen", f"127.0.0.1:{free_port()}"],
        env=clean_environment(MORTISE_HTTP_TLS_CERTIFICATE=str(tmp_path / certificate),
                              MORTISE_HTTP_TLS_KEY=str(tmp_path / key) if key else ""),
        capture_output=True, text=True, timeout=30)
    assert run.returncode in (1, 2), run
    for part in parts:
        assert part in run.stderr, run.stderr
