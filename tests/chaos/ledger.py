"""Writers of milestones that keep a ledger of what was acknowledged, and its comparison with what is there.

Each writer works on milestones of its own, so the ledger knows after every answer what must be stored. A
write whose answer did not come is unknown: `settle` finds out by repeating it, and checks that it happened
once or not at all.
"""
import collections
import contextlib
import dataclasses
import http.client
import json
import random
import secrets
import threading
import time

import stores

API = "/api/v1/milestones"
TYPES = {"create": "created", "patch": "updated", "complete": "completed"}
# A failure whose answer says that it isn't known whether the change was stored.
UNKNOWN_CODES = {"commit_unknown"}


@dataclasses.dataclass
class Milestone:
    """As it must be stored."""
    id: str
    title: str
    status: str
    version: int

    @staticmethod
    def of(body):
        return Milestone(body["id"], body["title"], body["status"], body["version"])


@dataclasses.dataclass
class Write:
    """One request that changes a milestone, and what it must lead to."""
    kind: str
    key: str
    path: str
    method: str = "POST"
    body: dict | None = None
    headers: dict = dataclasses.field(default_factory=dict)
    before: Milestone | None = None
    title: str = ""
    status: str = "planned"

    def send(self, client):
        return client.request(self.method, self.path, self.body, headers=self.headers)

    @property
    def version(self):
        return 1 if self.before is None else self.before.version + 1

    def check(self, body):
        """The answer is the one to this request."""
        assert body["key"] == self.key, f"an answer to {body['key']} instead of {self.key}"
        assert (body["title"], body["status"], body["version"]) == (self.title, self.status, self.version), body
        if self.before is not None:
            assert body["id"] == self.before.id


class Ledger:
    """What one tenant must hold. Used by one thread at a time, or by writers under `lock`."""

    def __init__(self, tenant_id):
        self.tenant = tenant_id
        self.lock = threading.Lock()
        self.milestones = {}
        self.changes = collections.defaultdict(list)  # key -> (type, request that caused it or None), by version
        self.keys = {}                                # idempotency key -> milestone's key
        self.acknowledged = 0

    def note(self, write, answer, cause):
        body = answer.json()
        write.check(body)
        with self.lock:
            self.acknowledged += 1
            self.milestones[write.key] = Milestone.of(body)
            self.changes[write.key].append((f"mortise.milestones.milestone.{TYPES[write.kind]}", cause))
            if write.kind == "create":
                self.keys[write.headers["Idempotency-Key"]] = write.key

    def verify(self, store):
        """Rows, events, positions, kept answers and the audit chain are just what the ledger says."""
        rows = {row["key"]: Milestone.of(row) for row in store.read(self.tenant, stores.MILESTONES)}
        lost, strange = self.milestones.keys() - rows.keys(), rows.keys() - self.milestones.keys()
        assert not lost, f"acknowledged and lost: {sorted(lost)[:5]}"
        assert not strange, f"stored and never acknowledged: {sorted(strange)[:5]}"
        for key, wanted in self.milestones.items():
            assert rows[key] == wanted, f"{key}: {rows[key]} instead of {wanted}"
        self._verify_events(store.read(self.tenant, stores.EVENTS), store.read(self.tenant, stores.HEAD))
        answers = store.read(self.tenant, stores.ANSWERS)
        assert collections.Counter(row["key"] for row in answers) == collections.Counter(self.keys.keys())
        assert {row["status"] for row in answers} <= {201}
        stores.check_audit(store, self.tenant)

    def _verify_events(self, events, head):
        events.sort(key=lambda event: event["position"])
        assert [event["position"] for event in events] == list(range(1, len(events) + 1)), "a gap or a repetition"
        assert not events or head[0]["outbox_position"] == len(events)
        assert len({event["id"] for event in events}) == len(events)
        told = collections.defaultdict(list)
        for event in events:
            told[event["subject"]].append(event)
        assert told.keys() == self.milestones.keys()
        for key, changes in self.changes.items():
            assert len(told[key]) == len(changes), f"{key}: {len(told[key])} events of {len(changes)} changes"
            for version, (event, (kind, cause)) in enumerate(zip(told[key], changes), 1):
                body = json.loads(event["data"])
                assert (event["type"], body["key"], body["version"]) == (kind, key, version)
                assert cause is None or event["cause_id"] == cause
            assert Milestone.of(body) == self.milestones[key], "the newest event is not the row"


class Writer:
    """Writes on a thread of its own from start() until `stop` is set or an answer does not come. May be started
    again when what was unknown is settled."""

    def __init__(self, ledger, name, seed):
        self.ledger, self.name = ledger, name
        self.random = random.Random(seed)
        self.own = []         # keys of the milestones that it made and may still change
        self.made = 0
        self.unknown = []     # writes without an answer
        self.refused = collections.Counter()
        self._client = self._stop = self._thread = self._failure = None

    def start(self, client, stop):
        self._client, self._stop = client, stop
        self._thread = threading.Thread(target=self._run, name=self.name)
        self._thread.start()

    def finish(self):
        """Waits for the thread's end, and raises what went wrong there."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self):
        try:
            while not self._stop.is_set() and not self.unknown:
                self._one(self._next())
        except Exception as failure:  # noqa: BLE001: raised again in the test's thread
            self._failure = failure
        finally:
            self._client.close()

    def _next(self):
        draw = self.random.random()
        if not self.own or draw < 0.4:
            self.made += 1
            return self._create(f"{self.name}-{self.made}")
        key = self.random.choice(self.own)
        before = self.ledger.milestones[key]
        headers = {"If-Match": f'"{before.version}"'}
        if draw < 0.8:
            title = secrets.token_hex(8)
            return Write("patch", key, f"{API}/{key}", "PATCH", {"title": title}, headers, before, title, before.status)
        return Write("complete", key, f"{API}/{key}/complete", headers=headers, before=before, title=before.title,
                     status="completed")

    @staticmethod
    def _create(key):
        title = secrets.token_hex(8)
        return Write("create", key, API, body={"key": key, "title": title},
                     headers={"Idempotency-Key": secrets.token_hex(16)}, title=title)

    def _one(self, write):
        try:
            answer = write.send(self._client)
        except (OSError, http.client.HTTPException):
            self.unknown.append(write)
            return
        if answer.status in (200, 201):
            self._acknowledged(write, answer, answer.headers["x-request-id"])
            return
        problem = answer.expect_problem(answer.status)
        self.refused[(answer.status, problem["code"])] += 1
        if problem["code"] in UNKNOWN_CODES:
            self.unknown.append(write)
            return
        # Anything else means that nothing has happened; the comparison at the end would show it.
        assert answer.status in (503, 504), f"{write.method} {write.path}: {answer.status} {answer.body[:500]!r}"
        time.sleep(0.01)

    def _acknowledged(self, write, answer, cause):
        self.ledger.note(write, answer, cause)
        if write.kind == "create":
            self.own.append(write.key)
        elif write.kind == "complete":
            self.own.remove(write.key)

    def settle(self, client):
        """Repeats what is unknown: it was done once, or is now; answers how many had been done."""
        done = 0
        for write in self.unknown:
            found = client.get(f"{API}/{write.key}")
            before = None if found.status == 404 else Milestone.of(found.expect(200).json())
            happened = before != write.before
            if happened:
                write.check(found.json())
            done += happened
            settle = self._settle_create if write.kind == "create" else self._settle_change
            settle(client, write, happened)
        self.unknown = []
        return done

    def _settle_create(self, client, write, happened):
        first = write.send(client).expect(201)
        assert ("idempotent-replayed" in first.headers) == happened
        again = write.send(client).expect(201)
        assert "idempotent-replayed" in again.headers
        assert (again.body, again.headers["location"], again.etag) == (first.body, first.headers["location"],
                                                                      first.etag)
        self._acknowledged(write, first, None if happened else first.headers["x-request-id"])

    def _settle_change(self, client, write, happened):
        again = write.send(client)
        if happened:
            again.expect_problem(412, "version_mismatch")
            again = client.get(f"{API}/{write.key}").expect(200)
        self._acknowledged(write, again.expect(200), None if happened else again.headers["x-request-id"])


@contextlib.contextmanager
def writing(writers, client):
    """They write inside of the block, each over a `client()` of its own; what failed in them is raised at its end."""
    stop = threading.Event()
    for writer in writers:
        writer.start(client(writer), stop)
    try:
        yield
    finally:
        stop.set()
        for writer in writers:
            writer.finish()
