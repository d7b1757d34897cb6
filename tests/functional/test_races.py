"""Many at once: what must happen once happens once, and what must never be is not made by two halves."""
import collections
import secrets
import threading

import pytest

from mortise_fixtures import log_in

API = "/api/v1/milestones"


def at_once(count, run):
    """What `run(number)` answers in so many threads that start together."""
    answers, barrier = [None] * count, threading.Barrier(count)

    def one(number):
        barrier.wait()
        answers[number] = run(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert None not in answers
    return answers


def codes(answers):
    return sorted((answer.status, answer.json()["code"] if answer.status >= 400 else "") for answer in answers)


@pytest.fixture
def clients(server, tenant_a):
    return [server.client(X_API_Key=tenant_a.key) for _ in range(8)]


def creations(platform, tenant):
    inside = tenant.admin.headers
    user = {"email": "once@example.com", "password": "a long enough password", "roles": ["viewer"]}
    return {"milestone": (inside, API, {"key": "ONCE", "title": "t"}),
            "user": (inside, "/api/v1/users", user),
            "tenant": (platform.headers, "/api/v1/tenants", {"slug": f"once-{secrets.token_hex(4)}", "name": "n"})}


@pytest.mark.parametrize("what", ["milestone", "user", "tenant"])
def test_twenty_with_one_idempotency_key_have_one_effect_and_one_answer(server, platform, tenant_a, what):
    headers, path, body = creations(platform, tenant_a)[what]
    headers = headers | {"Idempotency-Key": secrets.token_hex(8)}
    answers = at_once(20, lambda _: server.client(**headers).post(path, body))
    assert codes(answers) == [(201, "")] * 20
    assert len({(answer.body, answer.headers["location"], answer.etag) for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1


def test_twenty_with_one_idempotency_key_make_one_secret(server, tenant_a):
    headers = tenant_a.admin.headers | {"Idempotency-Key": secrets.token_hex(8)}
    body = {"name": "once", "scopes": ["milestones:read"]}
    answers = at_once(20, lambda _: server.client(**headers).post("/api/v1/api-keys", body))
    assert codes(answers) == [(201, "")] + [(409, "already_done")] * 19
    made = next(answer.json()["id"] for answer in answers if answer.status == 201)
    assert all(made in answer.json()["detail"] for answer in answers if answer.status == 409)
    names = [key["name"] for key in tenant_a.admin.get("/api/v1/api-keys?limit=100").json()["items"]]
    assert names.count("once") == 1


def test_without_a_key_one_wins_and_the_others_are_told(server, platform, tenant_a):
    for what, code in (("milestone", "key_taken"), ("tenant", "slug_taken")):
        headers, path, body = creations(platform, tenant_a)[what]
        answers = at_once(8, lambda _: server.client(**headers).post(path, body))
        assert codes(answers) == [(201, "")] + [(409, code)] * 7


def test_two_opposite_edges_never_make_a_cycle(clients):
    for number in range(15):
        names = [f"A{number}", f"B{number}"]
        for name in names:
            clients[0].post(API, {"key": name, "title": "t"}).expect(201)
        answers = at_once(2, lambda side: clients[side].put(f"{API}/{names[side]}/dependencies/{names[1 - side]}"))
        assert codes(answers) == [(200, ""), (409, "dependency_cycle")]


def test_a_ring_of_edges_and_parents_never_closes(clients):
    for number in range(10):
        names = [f"{letter}{number}" for letter in "ABCD"]
        for name in names:
            clients[0].post(API, {"key": name, "title": "t"}).expect(201)

        def link(side):
            # Each waits for the next: by a dependency, or as the parent of it.
            waiting, awaited = names[side], names[(side + 1) % 4]
            if side % 2 == 0:
                return clients[side].put(f"{API}/{waiting}/dependencies/{awaited}")
            return clients[side].patch(f"{API}/{awaited}", {"parent": waiting}, headers={"If-Match": "*"})

        answers = at_once(4, link)
        assert [answer.status for answer in answers].count(200) == 3, codes(answers)
        assert {answer.json()["code"] for answer in answers if answer.status != 200} <= {"dependency_cycle",
                                                                                       "parent_cycle"}


def test_children_completed_at_once_complete_their_parent(clients, tenant_a):
    for number in range(5):
        clients[0].post(API, {"key": f"P{number}", "title": "t"}).expect(201)
        for child in range(8):
            clients[0].post(API, {"key": f"P{number}-{child}", "title": "t", "parent": f"P{number}"}).expect(201)
        answers = at_once(8, lambda child: clients[child].post(f"{API}/P{number}-{child}/complete"))
        assert codes(answers) == [(200, "")] * 8
        parent = clients[0].get(f"{API}/P{number}").json()
        assert (parent["status"], parent["progress"]) == ("completed", 100)
    events, cursor = [], ""
    while cursor is not None:
        page = tenant_a.admin.get(f"/api/v1/events?limit=100{cursor and '&cursor=' + cursor}").expect(200).json()
        events += page["items"]
        cursor = page["next_cursor"]
    assert [int(event["position"]) for event in events] == list(range(1, len(events) + 1))
    kinds = collections.Counter(event["type"].rsplit(".", 1)[1] for event in events)
    assert (kinds["created"], kinds["completed"]) == (45, 45)


def test_what_is_depended_on_is_not_deleted_meanwhile(clients):
    for number in range(10):
        for letter in "XY":
            clients[0].post(API, {"key": f"{letter}{number}", "title": "t"}).expect(201)
        edge, gone = at_once(2, lambda side: clients[side].put(f"{API}/X{number}/dependencies/Y{number}") if side == 0
                             else clients[side].delete(f"{API}/Y{number}", headers={"If-Match": "*"}))
        assert (edge.status, gone.status) in ((200, 409), (404, 204))


def test_one_refresh_token_has_one_successor(server):
    token = log_in(server)["refresh_token"]
    answers = at_once(8, lambda _: server.client().post("/api/v1/auth/refresh", {"refresh_token": token}))
    assert codes(answers) == [(200, "")] * 8  # the window in which a lost answer may be asked for again
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


def test_a_tenant_is_deleted_under_load(server, platform, make_tenant):
    tenant, done, seen = make_tenant(), threading.Event(), collections.Counter()

    def work(number):
        client, count = server.client(X_API_Key=tenant.key), 0
        while not done.is_set():
            count += 1
            for answer in (client.post(API, {"key": f"W{number}-{count}", "title": "t"}),
                           client.get(f"{API}?limit=2")):
                seen[(answer.status, answer.json()["code"] if answer.status >= 400 else "")] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        path = f"/api/v1/tenants/{tenant.slug}"
        for _ in range(3):
            platform.post(f"{path}/suspend").expect(200)
            platform.post(f"{path}/resume").expect(200)
            platform.post("/api/v1/plugins/milestones/reload").expect(200)
        platform.post(f"{path}/export").expect(200)
        platform.delete(path).expect(204)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    # Suspended; being deleted, for a moment; gone, and the key with it.
    refused = {(403, "tenant_suspended"), (404, "tenant_not_found"), (401, "invalid_token")}
    assert set(seen) <= {(200, ""), (201, "")} | refused, seen
