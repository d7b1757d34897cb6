"""What is stored of flags and can't be read: it never takes the place of what is good, and breaks nothing else."""
import sqlite3
import time

import pytest

from mortise_fixtures import log_in
from mortise_server import Server

OFREP = "/ofrep/v1/evaluate/flags"
FLAG = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "on"}


@pytest.fixture
def own():
    running = Server()
    running.expected_errors = ["can't be read"]
    running.start()
    yield running
    running.close()


def administrator(server):
    return server.client(Authorization=f"Bearer {log_in(server)['access_token']}")


def spoil(server, statement, *values):
    """Writes beside the server, as another program or a fault of the disk would."""
    with sqlite3.connect(server.data / "core.db", timeout=20) as database:
        database.execute(statement, values)
        database.execute("UPDATE snapshot_versions SET version = version + 1 WHERE name = 'flags'")
    database.close()


def evaluate(client, key):
    answer = client.post(f"{OFREP}/{key}", {"context": {"targetingKey": "ada"}})
    return answer.status, answer.json()


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def unreadable(client):
    text = client.get("/metrics").expect(200).body.decode()
    return int(float(text.split("\nmortise_flags_unreadable ")[1].split()[0]))


def test_an_unreadable_definition_never_replaces_a_good_one(own):
    client = administrator(own)
    for key in ("good", "bad"):
        client.put(f"/api/v1/flags/{key}", FLAG).expect(201)
    spoil(own, "UPDATE flags SET definition = '{\"state\":', version = version + 1 WHERE key = 'bad'")
    until(lambda: unreadable(client) == 1)
    for key in ("good", "bad"):
        status, answer = evaluate(client, key)
        assert (status, answer["value"]) == (200, True)
    # A write of another flag goes on, and so does all else.
    client.put("/api/v1/flags/good", FLAG | {"defaultVariant": "off"}).expect(200)
    assert evaluate(client, "good")[1]["value"] is False
    assert evaluate(client, "bad")[1]["value"] is True


def test_a_server_starts_with_what_is_good(own):
    client = administrator(own)
    for key in ("good", "bad"):
        client.put(f"/api/v1/flags/{key}", FLAG).expect(201)
    client.put("/api/v1/flag-set", {"metadata": {"team": "x"}}).expect(200)
    own.stop()
    spoil(own, "UPDATE flags SET definition = 'nonsense', version = version + 1 WHERE key = 'bad'")
    spoil(own, "UPDATE flag_sets SET definition = '[]', version = version + 1")
    own.start()
    client = administrator(own)
    for key in ("good", "bad"):  # by the history
        status, answer = evaluate(client, key)
        assert (status, answer["value"], answer["metadata"]) == (200, True, {"team": "x"})
    assert unreadable(client) == 2
    client.get("/api/v1/flags/export").expect_problem(409, "flag_unreadable")
    client.post("/api/v1/flags/bad/explain", {"context": {}}).expect_problem(409, "flag_unreadable")
    features = client.get("/api/client/features").expect(200).json()
    assert {one["name"] for one in features["features"]} == {"good", "bad"}
    own.stop()
    spoil(own, "UPDATE flag_history SET became = '{'")
    own.start()
    client = administrator(own)
    assert evaluate(client, "good")[1]["value"] is True
    status, answer = evaluate(client, "bad")
    assert (status, answer["errorCode"]) == (400, "PARSE_ERROR")
    whole = client.post(OFREP, {"context": {}}).expect(200).json()["flags"]
    assert {one["key"]: one.get("errorCode") for one in whole} == {"good": None, "bad": "PARSE_ERROR"}
    assert unreadable(client) == 2
    # An administrator finds them, and writes them anew.
    listed = {one["key"]: one["definition"] for one in client.get("/api/v1/flags").expect(200).json()["items"]}
    assert listed["bad"] == {} and listed["good"]["state"] == "ENABLED"
    client.get("/api/v1/flag-set").expect(200)
    client.put("/api/v1/flags/bad", FLAG).expect(200)
    assert evaluate(client, "bad")[1]["value"] is True
    assert unreadable(client) == 1
    client.put("/api/v1/flag-set", {"metadata": {"team": "y"}}).expect(200)
    assert unreadable(client) == 0
    assert evaluate(client, "bad")[1]["metadata"] == {"team": "y"}
