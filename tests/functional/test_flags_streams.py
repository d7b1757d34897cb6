"""OFREP's event streams: who may listen, what is told and when, and that nothing is missed between two connections."""
import json
import threading
import time
import urllib.parse

import pytest

from event_stream import EventStream
from mortise_fixtures import log_in
from mortise_server import Server
from test_tls import make_certificate, trusting

OFREP = "/ofrep/v1/evaluate/flags"
FLAG = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}


def bulk(client, query="", **headers):
    return client.post(OFREP + query, {"context": {"targetingKey": "ada"}}, headers=headers)


def ticket_of(client):
    """The path that a bulk evaluation leads to."""
    streams = bulk(client).expect(200).json()["eventStreams"]
    assert [one["type"] for one in streams] == ["sse"]
    assert streams[0]["inactivityDelaySec"] >= 1 and "url" not in streams[0]
    return streams[0]["endpoint"]["requestUri"]


def listen(server, client, **more):
    stream = EventStream(server.port, ticket_of(client), tls=server.tls, **more)
    assert stream.status == 200
    assert stream.wait(lambda one: one.last_id)
    return stream


def put(client, key="f", **members):
    return client.put(f"/api/v1/flags/{key}", FLAG | members)


def test_a_change_is_told_with_its_tag(server, tenant_a):
    stream = listen(server, tenant_a.api)
    assert stream.response.getheader("content-type") == "text/event-stream"
    assert stream.response.getheader("cache-control") == "no-store"
    before = stream.last_id
    put(tenant_a.admin).expect(201)
    [event] = stream.wait_for_events(1)
    assert event["type"] == "refetchEvaluation"
    assert event["etag"] == stream.last_id != before
    assert isinstance(event["lastModified"], int) and event["lastModified"] > 1_700_000_000
    query = "?" + urllib.parse.urlencode({"flagConfigEtag": event["etag"], "flagConfigLastModified": event["lastModified"]})
    assert "f" in [one["key"] for one in bulk(tenant_a.api, query).expect(200).json()["flags"]]
    stream.close()


@pytest.mark.parametrize("change", ["override", "user", "set", "delete", "import"])
def test_whatever_changes_values_is_told(server, tenant_a, change):
    put(tenant_a.admin).expect(201)
    stream = listen(server, tenant_a.api)
    {"override": lambda: tenant_a.admin.put("/api/v1/flags/f/overrides/tenant", {"variant": "on"}).expect(200),
     "user": lambda: tenant_a.admin.put("/api/v1/flags/f/overrides/users/eve", {"variant": "on"}).expect(200),
     "set": lambda: tenant_a.admin.put("/api/v1/flag-set", {"metadata": {"a": "b"}}).expect(200),
     "delete": lambda: tenant_a.admin.delete("/api/v1/flags/f").expect(204),
     "import": lambda: tenant_a.admin.post("/api/v1/flags/import", {"flags": {"g": FLAG}}).expect(200)}[change]()
    stream.wait_for_events(1)
    stream.close()


def test_the_platforms_flags_concern_all_and_a_tenants_only_itself(server, platform, tenant_a, tenant_b):
    a, b, outside = listen(server, tenant_a.api), listen(server, tenant_b.api), listen(server, platform)
    put(tenant_a.admin, "own").expect(201)
    a.wait_for_events(1)
    put(platform, f"all-{tenant_a.slug}").expect(201)
    a.wait_for_events(2)
    b.wait_for_events(1)
    outside.wait_for_events(1)
    assert (len(a.events), len(b.events), len(outside.events)) == (2, 1, 1)
    for stream in (a, b, outside):
        stream.close()


def test_nothing_is_missed_between_two_connections(server, tenant_a):
    path = ticket_of(tenant_a.api)
    # What happens before the first connection: the ticket says what its bearer knows.
    put(tenant_a.admin, "before").expect(201)
    first = EventStream(server.port, path)
    first.wait_for_events(1)
    first.close()
    put(tenant_a.admin, "between").expect(201)
    second = EventStream(server.port, path, last_id=first.last_id)
    second.wait_for_events(1)
    second.close()
    # Who knows all is told nothing.
    third = EventStream(server.port, path, last_id=second.last_id)
    put(tenant_a.admin, "after").expect(201)
    third.wait_for_events(1)
    assert len(third.events) == 1
    third.close()
    # An id that is none of ours is none.
    fourth = EventStream(server.port, path, last_id="nonsense")
    fourth.wait_for_events(1)
    fourth.close()


def test_an_id_of_the_future_silences_nothing(server, tenant_a):
    """As a client has it whose server's database was restored from a backup."""
    future = "9000000000000000000-0000000000000001"
    stream = EventStream(server.port, ticket_of(tenant_a.api), last_id=future)
    [event] = stream.wait_for_events(1)
    assert event["etag"] != future
    put(tenant_a.admin).expect(201)
    stream.wait_for_events(2)
    stream.close()
    for _ in range(3):
        bulk(tenant_a.api, "?" + urllib.parse.urlencode({"flagConfigEtag": future})).expect(200)


def test_the_ticket_is_the_only_credential(server, tenant_a, tenant_b):
    path = ticket_of(tenant_a.api)
    name, value = path.split("=")
    for bad in ("", "x", value[:-1], value[:-1] + ("A" if value[-1] != "A" else "B"), value + "A", "A" * 5000):
        answer = server.client().get(f"{name}={bad}")
        assert answer.status in (401, 414), bad
        if answer.status == 401:
            answer.expect_problem(401, "invalid_ticket")
    server.client().get("/ofrep/v1/events").expect_problem(401, "invalid_ticket")
    tenant_a.api.get("/ofrep/v1/events").expect_problem(401, "invalid_ticket")
    # It opens nothing else.
    server.client(Authorization=f"Bearer {value}").get("/api/v1/flags").expect_problem(401)


def test_the_ticket_stays_out_of_the_log(server, tenant_a):
    stream = listen(server, tenant_a.api)
    stream.close()
    value = ticket_of(tenant_a.api).split("=")[1]
    deadline = time.monotonic() + 20
    while "/ofrep/v1/events" not in (log := server.log_path.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert value[:40] not in log and "ticket=" not in log


def test_a_stream_ends_with_its_credential(server, platform, tenant_a, tenant_b):
    key = tenant_a.admin.post("/api/v1/api-keys", {"name": "k", "scopes": ["flags:read"]}).expect(201).json()
    stream = listen(server, server.client(X_API_Key=key["key"]))
    path = ticket_of(server.client(X_API_Key=key["key"]))
    tenant_a.admin.delete(f"/api/v1/api-keys/{key['id']}").expect(204)
    assert stream.wait(lambda one: one.ended)
    server.client().get(path).expect_problem(401, "invalid_ticket")
    other = listen(server, tenant_b.api)
    platform.post(f"/api/v1/tenants/{tenant_b.slug}/suspend").expect(200)
    assert other.wait(lambda one: one.ended)


def test_a_stream_ends_with_its_session(server):
    session = log_in(server)
    client = server.client(Authorization=f"Bearer {session['access_token']}")
    stream = listen(server, client)
    client.post("/api/v1/auth/logout").expect(204)
    assert stream.wait(lambda one: one.ended)


def test_a_scope_is_needed_for_a_ticket(server, tenant_a):
    key = tenant_a.make_key(["milestones:read"])
    bulk(server.client(X_API_Key=key)).expect(403)


# A stored tag keeps its worth while the ticket behind it has some time left; the rest is flags::ofrep's unit tests.
def test_an_unchanged_evaluation_is_304(tenant_a):
    put(tenant_a.admin).expect(201)
    first = bulk(tenant_a.api).expect(200)
    again = bulk(tenant_a.api, **{"If-None-Match": first.etag}).expect(304)
    assert again.body == b"" and again.etag == first.etag
    for other in ("nonsense", json.dumps("9-00000000000000ab"), "*"):
        query = "?" + urllib.parse.urlencode({"flagConfigEtag": other, "flagConfigLastModified": "2026-02-20T21:28:18Z"})
        bulk(tenant_a.api, query).expect(200)


def test_the_end_of_the_server_ends_streams():
    own = Server()
    try:
        own.start()
        platform = own.client(Authorization=f"Bearer {log_in(own)['access_token']}")
        path = ticket_of(platform)
        streams = [listen(own, platform) for _ in range(20)]
        assert own.stop() == 0
        for stream in streams:
            assert stream.wait(lambda one: one.ended)
        # A ticket outlives the server: it is good for who comes back.
        own.start()
        again = EventStream(own.port, path, last_id=streams[0].last_id)
        assert again.status == 200
        again.close()
    finally:
        own.close()


def test_streams_are_counted():
    own = Server(MORTISE_HTTP_MAX_STREAMS="3", MORTISE_HTTP_MAX_STREAMS_PER_TENANT="2")
    try:
        own.start()
        platform = own.client(Authorization=f"Bearer {log_in(own)['access_token']}")
        streams = [listen(own, platform) for _ in range(2)]
        path = ticket_of(platform)
        answer = own.client().get(path)
        answer.expect_problem(503, "too_many_streams")
        assert int(answer.headers["retry-after"]) > 0
        assert "mortise_flag_streams 2" in platform.get("/metrics").expect(200).body.decode()
        streams[0].close()
        for _ in range(100):
            again = EventStream(own.port, path)
            if again.status == 200:
                break
            again.close()
        assert again.status == 200, "the place of a client that left is given to the next"
        again.close()
        streams[1].close()
    finally:
        own.close()


def test_streams_work_under_tls(tmp_path):
    certificate, key = make_certificate(tmp_path, "stream")
    own = Server(MORTISE_HTTP_TLS_CERTIFICATE=str(certificate), MORTISE_HTTP_TLS_KEY=str(key))
    own.tls = trusting(certificate)
    try:
        own.start()
        platform = own.client(Authorization=f"Bearer {log_in(own)['access_token']}")
        streams = [listen(own, platform) for _ in range(5)]
        for number in range(5):
            put(platform, f"f{number}").expect(201)
            for stream in streams:
                stream.wait_for_events(number + 1)
        for stream in streams:
            stream.close()
    finally:
        own.close()


def test_many_clients_that_reconnect_miss_nothing(server, tenant_a):
    """Each of them leaves and comes again while flags change; in the end each knows the last configuration."""
    path = ticket_of(tenant_a.api)
    writing = threading.Event()
    faults = []

    def follow(number):
        stream = EventStream(server.port, path)
        for _ in range(8):
            stream.wait(lambda one: one.events, 0.05 + number % 5 / 50)
            stream.close()
            stream = EventStream(server.port, path, last_id=stream.last_id)
        writing.wait()
        want = final[0]
        if not stream.wait(lambda one: one.last_id == want):
            faults.append(f"client {number} ends with {stream.last_id}, not {want}")
        stream.close()

    final = []
    threads = [threading.Thread(target=follow, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for number in range(60):
        put(tenant_a.admin, f"f{number % 7}", metadata={"n": number}).expect(201 if number < 7 else 200)
    probe = EventStream(server.port, path)
    probe.wait_for_events(1)
    final.append(probe.last_id)
    probe.close()
    writing.set()
    for thread in threads:
        thread.join()
    assert not faults, faults[:5]
