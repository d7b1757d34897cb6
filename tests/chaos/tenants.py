"""A writer that makes, uses, exports and deletes tenants, with a ledger of what was acknowledged."""
import collections
import http.client
import secrets
import threading
import time

API = "/api/v1/tenants"


class TenantWriter:
    """Works over `client()` as the platform's administrator, on a thread of its own. What it was doing when an
    answer did not come is `unknown`: a tenant's slug, and what was asked."""

    def __init__(self):
        self.ids = {}        # slug -> id, of the tenants that must be there
        self.gone = set()    # ids of those that must not
        self.keys = {}       # slug -> Idempotency-Key of its creation
        self.made = 0
        self.unknown = None
        self.finished = collections.Counter()
        self._client = self._stop = self._thread = self._failure = None

    def start(self, client, stop):
        self._client, self._stop = client, stop
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def finish(self):
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self):
        try:
            while not self._stop.is_set() and self.unknown is None:
                self._one_life()
        except Exception as failure:  # noqa: BLE001: raised again in the test's thread
            self._failure = failure
        finally:
            self._client.close()

    def _one_life(self):
        """Takes up an older tenant's life or begins a new one: make, write, export, delete."""
        slug = next(iter(self.ids), None) if len(self.ids) > 3 else None
        if slug is None:
            self.made += 1
            slug = f"t{self.made}-{secrets.token_hex(3)}"
            self.keys[slug] = secrets.token_hex(16)
            answer = self._ask("create", slug, 201)
            if answer is None:
                return
            if answer.json()["state"] == "creating":
                # It stands, and is finished when the database answers again.
                self.unknown = ("create", slug)
                return
            self._ask("write", slug, 201)
        elif self._ask("export", slug, 200) is not None:
            self._ask("delete", slug, 204)

    def _ask(self, what, slug, wanted):
        """Answers None if it isn't done: refused, or without an answer."""
        try:
            answer = self._send(self._client, what, slug)
        except (OSError, http.client.HTTPException):
            self.unknown = (what, slug)
            return None
        self.finished[(what, answer.status)] += 1
        if answer.status in (503, 504):
            if answer.json()["code"] == "commit_unknown" or what != "write":
                self.unknown = (what, slug)
            time.sleep(0.01)
            return None
        answer.expect(wanted)
        self._done(what, slug, answer)
        return answer

    def _send(self, client, what, slug):
        if what == "create":
            return client.post(API, {"slug": slug, "name": slug}, headers={"Idempotency-Key": self.keys[slug]})
        if what == "write":
            return client.post("/api/v1/milestones", {"key": "ONE", "title": slug}, headers={"Mortise-Tenant": slug})
        if what == "export":
            return client.post(f"{API}/{slug}/export")
        return client.delete(f"{API}/{slug}")

    def _done(self, what, slug, answer):
        if what == "create":
            assert answer.json()["slug"] == slug
            self.ids[slug] = answer.json()["id"]
        elif what == "delete":
            self.gone.add(self.ids.pop(slug))

    def settle(self, client):
        """Finds out what became of the unknown, and brings it to its end. No tenant stays between two states."""
        if self.unknown is None:
            return
        (what, slug), self.unknown = self.unknown, None
        found = self._when_done(client, slug) if what == "delete" else client.get(f"{API}/{slug}")
        if what == "create":
            assert found.status == 200 or slug not in self.ids, f"{slug} was answered and is not there"
            answer = self._send(client, "create", slug).expect(201)
            assert ("idempotent-replayed" in answer.headers) == (found.status == 200)
            if found.status == 200:
                assert found.json()["id"] == answer.json()["id"]
            self._done("create", slug, answer)
            self._when_done(client, slug).expect(200)
            self._send(client, "write", slug).expect(201)
        elif what == "write":
            answer = self._send(client, "write", slug)
            assert answer.status == 201 or answer.expect_problem(409, "key_taken")
        elif what == "export":
            self._send(client, "export", slug).expect(200)
        elif found.status == 404:
            self._done("delete", slug, found)
        else:
            self._send(client, "export", slug).expect(200)
            self._done("delete", slug, self._send(client, "delete", slug).expect(204))

    @staticmethod
    def _when_done(client, slug):
        """The tenant when its creation or deletion is done, which the server takes up again by itself."""
        deadline = time.monotonic() + 60
        while (found := client.get(f"{API}/{slug}")).status == 200 and found.json()["state"] != "active":
            assert time.monotonic() < deadline, f"nobody finishes {slug}: {found.body!r}"
            time.sleep(0.2)
        return found

    def verify(self, client, others):
        """All tenants are there, whole and usable, and none besides."""
        found, cursor = {}, ""
        while cursor is not None:
            page = client.get(f"{API}?limit=100{cursor and '&cursor=' + cursor}").expect(200).json()
            found |= {item["slug"]: item for item in page["items"]}
            cursor = page["next_cursor"]
        ids, expected = {slug: item["id"] for slug, item in found.items()}, self.ids | others
        assert ids == expected, (found, expected, self.gone)
        assert {item["state"] for item in found.values()} <= {"active"}
        for slug in self.ids:
            one = client.get("/api/v1/milestones/ONE", headers={"Mortise-Tenant": slug})
            # A tenant may have been made and not yet written to.
            assert one.status == 404 or one.expect(200).json()["title"] == slug
