"""HTTP/1.1 as it stands on the wire (RFC 9110, 9112), byte for byte, against the real server."""
import json
import secrets
import time

import pytest

from mortise_fixtures import log_in
from raw_http import Closed, RawConnection

LIVE = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture
def wire(server):
    with RawConnection(server.port) as connection:
        yield connection


@pytest.fixture(scope="module")
def bearer(server):
    return log_in(server)["access_token"].encode()


def expect_problem(answer, status):
    assert answer.status == status, answer.body
    assert answer.header("content-type").startswith("application/problem+json")
    problem = json.loads(answer.body)
    assert problem["status"] == status
    assert problem["code"] and problem["type"] and problem["title"]
    assert answer.header("x-request-id") == problem["request_id"]
    return problem


def expect_refusal(connection, status):
    expect_problem(connection.answer(), status)
    assert connection.is_closed()


def wrong_login():
    """A login that is answered 401; each as somebody else, for who guesses often is answered 429."""
    return b'{"email":"%s@example.com","password":"wrong password"}' % secrets.token_hex(8).encode()


# ---- connections ----

def test_http11_is_kept_alive_without_a_connection_header(wire):
    for _ in range(3):
        wire.send(LIVE)
        answer = wire.answer()
        assert answer.status == 200
        assert (answer.header("connection") or "keep-alive").lower() == "keep-alive"
    assert wire.is_open()


def test_http11_closes_when_asked(wire):
    wire.send(b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    answer = wire.answer()
    assert answer.status == 200 and answer.header("connection").lower() == "close"
    assert wire.is_closed()


def test_http10_is_closed(wire):
    wire.send(b"GET /health/live HTTP/1.0\r\n\r\n")
    assert wire.answer().status == 200
    assert wire.is_closed()


def test_http10_is_kept_alive_when_asked(wire):
    for _ in range(2):
        wire.send(b"GET /health/live HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
        answer = wire.answer()
        assert answer.status == 200
        assert answer.header("connection").lower() == "keep-alive"


# ---- pipelining ----

def mixed_requests(bearer):
    """Requests whose answers differ, so that their order shows; with and without a body, inline and pooled."""
    login = wrong_login()
    return [
        (LIVE, 200),
        (b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", 404),
        (b"GET /api/v1/tenants HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + bearer + b"\r\n\r\n", 200),
        (b"POST /health/live HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 405),
        (b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: "
         + str(len(login)).encode() + b"\r\n\r\n" + login, 401),
        (b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
         b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", 400),
        (LIVE, 200),
    ]


@pytest.mark.parametrize("pieces", [None, 1, 2, 7, 64, 1000])
def test_pipelined_requests_are_answered_in_order(wire, bearer, pieces):
    requests = mixed_requests(bearer)
    wire.send(b"".join(request for request, _ in requests), pieces, pause=0.0005)
    assert [wire.answer().status for _ in requests] == [status for _, status in requests]
    assert wire.is_open()


def test_pipelined_requests_split_anywhere(server, bearer):
    # Without the login, since who guesses that often is slowed down.
    requests = [one for one in mixed_requests(bearer) if one[1] != 401]
    data = b"".join(request for request, _ in requests)
    for at in range(1, len(data)):
        with RawConnection(server.port) as connection:
            connection.send(data[:at])
            time.sleep(0.0005)
            connection.send(data[at:])
            assert [connection.answer().status for _ in requests] == [status for _, status in requests], at


def test_two_hundred_pipelined_requests(wire):
    wire.send(LIVE * 200)
    assert [wire.answer().status for _ in range(200)] == [200] * 200


def test_a_pipelined_request_after_a_refused_one_is_not_answered(wire):
    wire.send(b"GET /health/live HTTP/1.1\r\n\r\n" + LIVE)
    expect_refusal(wire, 400)


# ---- heads that are refused ----

def post(*fields, body=b""):
    return b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\n" + b"".join(f + b"\r\n" for f in fields) + b"\r\n" + body


REFUSED = {
    "two different Content-Length": post(b"Content-Length: 2", b"Content-Length: 3", body=b"{}a"),
    "a list of different Content-Length": post(b"Content-Length: 2, 3", body=b"{}a"),
    "Content-Length with Transfer-Encoding": post(b"Content-Length: 2", b"Transfer-Encoding: chunked",
                                                  body=b"0\r\n\r\n"),
    "a negative Content-Length": post(b"Content-Length: -1"),
    "a signed Content-Length": post(b"Content-Length: +5", body=b"{}   "),
    "a hexadecimal Content-Length": post(b"Content-Length: 0x2", body=b"{}"),
    "an empty Content-Length": post(b"Content-Length:"),
    "a Content-Length beyond 64 bits": post(b"Content-Length: 18446744073709551617"),
    "obs-fold": b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n",
    "obs-fold with a tab": b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\tc\r\n\r\n",
    "space before the colon": b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n",
    "bare CR in a value": b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-A: b\rc\r\n\r\n",
    "NUL in a value": b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n",
    "NUL in a name": b"GET /health/live HTTP/1.1\r\nHost: a\r\nX\0A: b\r\n\r\n",
    "NUL in the target": b"GET /health/\0live HTTP/1.1\r\nHost: a\r\n\r\n",
    "no name": b"GET /health/live HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
    "no colon": b"GET /health/live HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n",
    "no Host": b"GET /health/live HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET /health/live HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    "a space in the target": b"GET /health/ live HTTP/1.1\r\nHost: a\r\n\r\n",
    "a bad chunk size": post(b"Transfer-Encoding: chunked", body=b"zz\r\n{}\r\n0\r\n\r\n"),
    "a negative chunk size": post(b"Transfer-Encoding: chunked", body=b"-2\r\n{}\r\n0\r\n\r\n"),
    "a chunk size beyond 64 bits": post(b"Transfer-Encoding: chunked", body=b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
    "a chunk longer than it says": post(b"Transfer-Encoding: chunked", body=b"2\r\n{}x\r\n0\r\n\r\n"),
    "a folded trailer": post(b"Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\nA: b\r\n c\r\n\r\n"),
    "a trailer with a bare LF": post(b"Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\nA: b\n\r\n"),
    "a chunk size with a sign": post(b"Transfer-Encoding: chunked", body=b"+2\r\n{}\r\n0\r\n\r\n"),
    "a Host with a port of letters": b"GET /health/live HTTP/1.1\r\nHost: a:b\r\n\r\n",
    "no request line": b"nonsense\r\n\r\n",
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("pieces", [None, 1])
def test_malformed_is_refused_and_closed(wire, data, pieces):
    try:
        wire.send(data, pieces, pause=0.0002)
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused before its end, which is right
    expect_refusal(wire, 400)


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
def test_malformed_is_refused_alike_wherever_it_is_split(server, data):
    def refuse(at):
        with RawConnection(server.port) as connection:
            try:
                connection.send(data[:at])
                time.sleep(0.0005)
                connection.send(data[at:])
            except (BrokenPipeError, ConnectionResetError):
                pass
            return expect_problem(connection.answer(), 400)["code"]

    assert {refuse(at) for at in range(1, len(data))} == {refuse(len(data))}


@pytest.mark.parametrize("coding", [b"gzip", b"gzip, chunked", b"identity", b"xchunked"])
def test_unknown_transfer_encoding(wire, coding):
    wire.send(post(b"Transfer-Encoding: " + coding, body=b"0\r\n\r\n"))
    expect_refusal(wire, 501)


# ---- sizes ----

def test_head_over_16_kib(wire):
    wire.send(b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-A: " + b"a" * (16 * 1024) + b"\r\n\r\n")
    expect_refusal(wire, 431)


def test_head_just_under_16_kib(wire):
    start = b"GET /health/live HTTP/1.1\r\nHost: a\r\n"
    fields = b"".join(b"X-%02d: %s\r\n" % (i, b"a" * 500) for i in range(30))
    assert len(start + fields) < 16 * 1024
    wire.send(start + fields + b"\r\n")
    assert wire.answer().status == 200


def test_one_hundred_fields_pass_and_one_more_does_not(server):
    for count, status in ((100, 200), (101, 431)):
        with RawConnection(server.port) as wire:
            fields = b"".join(b"X-%d: a\r\n" % i for i in range(count - 1))
            wire.send(b"GET /health/live HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n")
            answer = wire.answer()
            assert answer.status == status
            assert wire.is_open() if status == 200 else wire.is_closed()


def test_target_over_8_kib(wire):
    wire.send(b"GET /" + b"a" * (8 * 1024) + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    expect_refusal(wire, 414)


def test_endless_head_is_refused_before_it_ends(wire):
    try:
        for _ in range(64):
            wire.send(b"X-A: " + b"a" * 1000 + b"\r\n" if _ else b"GET / HTTP/1.1\r\n")
    except (BrokenPipeError, ConnectionResetError):
        pass
    expect_refusal(wire, 431)


def test_declared_body_over_the_limit_is_refused_unread(wire):
    wire.send(post(b"Content-Type: application/json", b"Content-Length: 1000000000"))
    expect_refusal(wire, 413)


def test_chunked_body_over_the_limit_is_refused(wire):
    wire.send(post(b"Content-Type: application/json", b"Transfer-Encoding: chunked"))
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    try:
        for _ in range(64):
            wire.send(chunk)
    except (BrokenPipeError, ConnectionResetError):
        pass
    try:
        expect_problem(wire.answer(), 413)
    except Closed:
        pass  # closed while we were sending: the answer was lost on its way, which TCP allows
    assert wire.is_closed()


# ---- methods, versions, expectations ----

@pytest.mark.parametrize("method", [b"BREW", b"get", b"GETS"])
def test_unknown_method(wire, method):
    wire.send(method + b" /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
    expect_problem(wire.answer(), 501)


@pytest.mark.parametrize("version", [b"HTTP/2.0", b"HTTP/1.2", b"HTTP/0.9", b"HTTP/3.0"])
def test_other_version(wire, version):
    wire.send(b"GET /health/live " + version + b"\r\nHost: a\r\n\r\n")
    expect_refusal(wire, 505)


def test_other_expectation(wire):
    wire.send(post(b"Expect: a-miracle", b"Content-Type: application/json", b"Content-Length: 2"))
    expect_problem(wire.answer(), 417)


def test_expect_100_continue(wire):
    body = wrong_login()
    length = b"Content-Length: " + str(len(body)).encode()
    wire.send(post(b"Expect: 100-continue", b"Content-Type: application/json", length))
    assert wire.answer().status == 100
    wire.send(body)
    expect_problem(wire.answer(), 401)
    assert wire.is_open()


def test_expect_100_continue_for_a_body_that_is_too_large(wire):
    wire.send(post(b"Expect: 100-continue", b"Content-Type: application/json", b"Content-Length: 1000000000"))
    expect_refusal(wire, 413)


# ---- routing ----

def test_head_has_the_fields_of_get_and_no_body(wire):
    wire.send(LIVE)
    get = wire.answer()
    wire.send(b"HEAD /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
    head = wire.answer(head_only=True)
    assert head.status == 200
    assert head.header("content-length") == get.header("content-length")
    assert head.header("content-type") == get.header("content-type")
    wire.send(LIVE)
    assert wire.answer().status == 200  # nothing was left between


def test_head_of_a_problem_has_no_body(wire):
    wire.send(b"HEAD /nowhere HTTP/1.1\r\nHost: a\r\n\r\n" + LIVE)
    assert wire.answer(head_only=True).status == 404
    assert wire.answer().status == 200


def allowed(answer):
    return {method.strip() for method in answer.header("allow").split(",")}


def test_options_tells_the_methods(wire):
    wire.send(b"OPTIONS /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
    answer = wire.answer()
    assert answer.status in (200, 204)
    assert allowed(answer) == {"GET", "HEAD", "OPTIONS"}


def test_options_of_the_whole_server(wire):
    wire.send(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
    assert wire.answer().status in (200, 204)


def test_wrong_method(wire):
    wire.send(b"DELETE /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
    answer = wire.answer()
    expect_problem(answer, 405)
    assert allowed(answer) == {"GET", "HEAD", "OPTIONS"}
    assert wire.is_open()


@pytest.mark.parametrize("path", [b"/nowhere", b"/api/v1/nowhere", b"/health/live/", b"//health/live",
                                  b"/health/../health/live", b"/.git/config"])
def test_unknown_path(wire, path):
    wire.send(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    expect_problem(wire.answer(), 404)
    assert wire.is_open()


def test_absolute_form(wire):
    wire.send(b"GET http://a/health/live HTTP/1.1\r\nHost: a\r\n\r\n")
    assert wire.answer().status == 200


@pytest.mark.parametrize("target", [b"/health/%", b"/health/%4", b"/health/%zz", b"/health/%00", b"/health/%ff",
                                    b"/health/live?a=%zz", b"/health/live?a=%c0%af"])
def test_bad_percent_encoding(wire, target):
    wire.send(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    expect_problem(wire.answer(), 400)


# ---- bodies ----

def login_with(body, content_type=b"application/json"):
    return post(b"Content-Type: " + content_type, b"Content-Length: " + str(len(body)).encode(), body=body)


WRONG_JSON = {
    "empty": b"",
    "no JSON": b"hello",
    "cut off": b'{"email": "a',
    "something behind": b'{} {}',
    "invalid UTF-8": b'{"email": "\xff\xfe", "password": "x"}',
    "an overlong form": b'{"email": "\xc0\xaf", "password": "x"}',
    "a surrogate in UTF-8": b'{"email": "\xed\xa0\x80", "password": "x"}',
    "depth over 64": b'{"email": ' + b"[" * 65 + b"]" * 65 + b"}",
    "deep nonsense": b"[" * 16000,
    "a comment": b'{"email": /* a */ "b", "password": "x"}',
    "NaN": b'{"email": NaN}',
    "an array": b"[]",
    "a NUL behind it": b'{"email": "a@example.com", "password": "x"}\0',
    "anything behind a NUL": b'{"email": "a@example.com", "password": "x"}\0{"email": "b"}',
}


@pytest.mark.parametrize("body", WRONG_JSON.values(), ids=WRONG_JSON.keys())
def test_wrong_json(wire, body):
    wire.send(login_with(body))
    expect_problem(wire.answer(), 400)


@pytest.mark.parametrize("content_type", [b"text/plain", b"application/x-www-form-urlencoded", b"application/jsonx",
                                          b"nonsense", b"json"])
def test_wrong_type_of_content(wire, content_type):
    wire.send(login_with(b"{}", content_type))
    expect_problem(wire.answer(), 415)


def test_a_body_without_a_type(wire):
    wire.send(post(b"Content-Length: 2", body=b"{}"))
    expect_problem(wire.answer(), 415)


@pytest.mark.parametrize("content_type", [b"application/json", b"APPLICATION/JSON", b"application/json; charset=utf-8",
                                          b'application/json;charset="UTF-8"'])
def test_right_type_of_content(wire, content_type):
    wire.send(login_with(wrong_login(), content_type))
    expect_problem(wire.answer(), 401)


@pytest.mark.parametrize("field", [b"Cookie: =;;=\"=", b"Accept: nonsense", b"Accept: image/png",
                                   b"Accept-Language: ;;q=x", b"If-None-Match: nonsense", b"Range: bytes=9-1",
                                   b"traceparent: 00-zz-zz-00", b"X-Forwarded-For: 999.1.1.1, ::x"])
def test_strange_but_harmless_fields_do_no_harm(wire, field):
    wire.send(b"GET /health/live HTTP/1.1\r\nHost: a\r\n" + field + b"\r\n\r\n")
    assert wire.answer().status in (200, 400)
    wire.send(LIVE)
    assert wire.answer().status == 200


def test_every_answer_names_its_request(wire):
    wire.send(b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
    first, second = json.loads(wire.answer().body), json.loads(wire.answer().body)
    assert first["request_id"] != second["request_id"]
