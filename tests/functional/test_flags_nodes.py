"""Two servers on one PostgreSQL: what is written on one is told by the other at once, and evaluated as newly."""
import json
import time

import pytest

from event_stream import EventStream
from mortise_fixtures import log_in
from mortise_server import Server
from test_flags_streams import FLAG, OFREP, bulk, put, ticket_of


@pytest.fixture(scope="module")
def nodes():
    first = Server().start()
    second = Server()
    second.database.drop()
    second.database = None  # the first one's, which removes it
    second.environment |= {"MORTISE_STORAGE_URL": first.database.url}
    second.start()
    yield first, second
    if second.process is not None:
        second.stop()
    first.close()


def administrator(server):
    return server.client(Authorization=f"Bearer {log_in(server)['access_token']}")


def test_a_change_on_one_node_is_told_by_the_other(nodes):
    first, second = nodes
    writer, reader = administrator(first), administrator(second)
    stream = EventStream(second.port, ticket_of(reader))
    waits = []
    for number in range(40):
        put(writer, "f", metadata={"n": number}).expect(201 if number == 0 else 200)
        written = time.monotonic()
        stream.wait_for_events(number + 1)
        waits.append(stream.times[-1] - written)
    stream.close()
    waits.sort()
    print(f"from the write's answer to the event of the other node: median {waits[20] * 1000:.1f} ms, worst {waits[-1] * 1000:.1f} ms")
    # Polling alone would take 250 ms on average.
    assert waits[20] < 0.1


def test_a_ticket_of_one_node_is_good_at_the_other(nodes):
    first, second = nodes
    path = ticket_of(administrator(first))
    put(administrator(first), "g").expect(201)
    stream = EventStream(second.port, path)
    assert stream.status == 200
    stream.wait_for_events(1)
    stream.close()


def test_who_was_told_of_a_change_gets_it_from_every_node(nodes):
    """The client asks the other node at once with the tag: it must not get what that one knew before."""
    first, second = nodes
    writer, reader = administrator(first), administrator(second)
    stream = EventStream(first.port, ticket_of(writer))
    put(writer, "h").expect(201)
    for number in range(50):
        state = "ENABLED" if number % 2 else "DISABLED"
        put(writer, "h", state=state, metadata={"n": number}).expect(200)
        event = stream.wait_for_events(number + 2)[-1]
        answer = bulk(reader, f"?flagConfigEtag={event['etag']}&flagConfigLastModified={event['lastModified']}").expect(200)
        [flag] = [one for one in answer.json()["flags"] if one["key"] == "h"]
        assert flag["metadata"] == {"n": number}, json.dumps(flag)
        assert (flag["reason"] == "DISABLED") == (state == "DISABLED")
    stream.close()
