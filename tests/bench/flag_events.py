"""How long a change of a flag takes from its request to the first byte of the event that tells of it."""
import contextlib
import socket
import statistics
import time

from flag_rows import ALL, BODY, DEFINITION
from mortise_fixtures import Tenant, log_in
from mortise_server import Server
from postgres_cluster import Cluster

WRITES = 300


def open_stream(server, key):
    """A connection on which the events of the key's tenant come; all that was there to read is read."""
    streams = server.client(X_API_Key=key).post(ALL, BODY).expect(200).json()["eventStreams"]
    target = streams[0]["endpoint"]["requestUri"]
    client = socket.create_connection(("127.0.0.1", server.port))
    client.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n".encode())
    assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
    client.settimeout(0.3)
    with contextlib.suppress(TimeoutError):
        while client.recv(65536):
            pass
    client.settimeout(10)
    return client


def time_writes(tenant, stream):
    """Milliseconds of each of many writes, one after the other."""
    times = []
    for number in range(WRITES):
        changed = DEFINITION | {"metadata": {"number": number}}
        begin = time.monotonic()
        answer = tenant.admin.put("/api/v1/flags/checkout.step-0", changed)
        assert stream.recv(65536)
        times.append((time.monotonic() - begin) * 1000)
        answer.expect(201 if number == 0 else 200)
        stream.settimeout(0.02)  # what else this change says
        with contextlib.suppress(TimeoutError):
            while stream.recv(65536):
                pass
        stream.settimeout(10)
    return times


def percentiles(times):
    return {"p50_ms": statistics.median(times), "p99_ms": statistics.quantiles(times, n=100)[98]}


def on_sqlite():
    with contextlib.closing(Server()) as server:
        server.start()
        tenant = tenant_of(server)
        with contextlib.closing(open_stream(server, tenant.key)) as stream:
            return percentiles(time_writes(tenant, stream))


def across_nodes():
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(contextlib.closing(Cluster()))
        nodes = [stack.enter_context(contextlib.closing(
            Server(MORTISE_STORAGE_ENGINE="postgresql", MORTISE_STORAGE_URL=cluster.url()))).start() for _ in range(2)]
        tenant = tenant_of(nodes[0])
        time.sleep(2)  # the other node has the tenant
        events = stack.enter_context(contextlib.closing(open_stream(nodes[1], tenant.key)))
        return percentiles(time_writes(tenant, events))


def tenant_of(server):
    platform = server.client(Authorization=f"Bearer {log_in(server)['access_token']}")
    return Tenant(server, platform, "bench")


def measure_events():
    result = {}
    for name, run in (("sqlite", on_sqlite), ("two_nodes", across_nodes)):
        result[name] = run()
        print(f"from a change of a flag to the first byte of its event, {name}: p50 {result[name]['p50_ms']:.1f} ms, "
              f"p99 {result[name]['p99_ms']:.1f} ms")
    return result
