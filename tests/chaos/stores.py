"""What the server's databases hold, read past the server: by sqlite3 or by PostgreSQL's superuser.

Both engines answer the same rows. Ids come as text, bytes as bytes.
"""
import hashlib
import json
import sqlite3
import uuid

MILESTONES = "SELECT key, id, title, status, version FROM {}milestones__milestone"
EVENTS = "SELECT position, id, type, subject, data, cause_id FROM {}outbox"
ANSWERS = "SELECT key, status FROM {}idempotency"
HEAD = "SELECT outbox_position, audit_position, audit_hash FROM {}head"
AUDIT = ("SELECT position, id, occurred_at, action, outcome, target, principal_kind, principal_id, actor_id, request_id,"
         " details, personal, personal_salt, personal_digest, hash FROM {}audit")
TENANTS = "SELECT id, slug, state FROM {}tenants"
IDS = {"id", "cause_id", "principal_id", "actor_id", "request_id"}
BYTES = {"audit_hash", "personal_salt", "personal_digest", "hash"}


class SqliteStore:
    """The files below a data folder. Read while the server runs, which keeps their WAL usable."""

    def __init__(self, data):
        self.data = data

    def _file(self, tenant):
        return self.data / "core.db" if tenant is None else self.data / "tenants" / f"{tenant}.db"

    def read(self, tenant, query):
        """The rows as dictionaries; `tenant` is None for the core's database."""
        connection = sqlite3.connect(f"file:{self._file(tenant)}?mode=ro", uri=True, timeout=30)
        try:
            cursor = connection.execute(query.format(""))
            names = [column[0] for column in cursor.description]
            return [{name: str(uuid.UUID(bytes=value)) if name in IDS and value is not None else value
                     for name, value in zip(names, row)} for row in cursor]
        finally:
            connection.close()

    def close(self):
        """There is nothing to let go of."""

    def check_files(self, tenants):
        """Each database is sound, and there are files of just these tenants."""
        found = {path.name for path in (self.data / "tenants").iterdir()}
        known = {f"{tenant}.db{suffix}" for tenant in tenants for suffix in ("", "-wal", "-shm")}
        assert found <= known, f"files of no tenant: {found - known}"
        for tenant in [None, *tenants]:
            connection = sqlite3.connect(f"file:{self._file(tenant)}?mode=ro", uri=True, timeout=30)
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            connection.close()


class PostgresStore:
    """One database of a Cluster, seen by its superuser, for whom row-level security does not count."""

    END = "-- that is all --"

    def __init__(self, cluster, database):
        self.cluster, self.database = cluster, database
        self._psql = None

    def _ask(self, query):
        """What psql prints. One psql is kept, since starting it takes longer than most queries."""
        if self._psql is None or self._psql.poll() is not None:
            self._psql = self.cluster.psql(self.database)
        self._psql.stdin.write(f"{query};\n\\echo {self.END}\n")
        self._psql.stdin.flush()
        lines = []
        for line in self._psql.stdout:
            if line.rstrip("\n") == self.END:
                return "".join(lines)
            lines.append(line)
        self._psql.wait()
        self._psql = None
        return self._ask(query)

    def close(self):
        """Lets go of the database."""
        if self._psql is not None:
            self._psql.stdin.close()
            self._psql.wait()
            self._psql = None

    def read(self, tenant, query):
        schema = "mortise_core." if tenant is None else "mortise_tenant."
        query = query.format(schema)
        if tenant is not None:
            query += f" WHERE tenant_id = '{tenant}'"
        answer = self._ask(f"SELECT coalesce(json_agg(r), '[]') FROM ({query}) r")
        return [{name: bytes.fromhex(value[2:]) if name in BYTES and value is not None else value
                 for name, value in row.items()} for row in json.loads(answer)]

    def check_files(self, tenants):
        """There are rows of just these tenants."""
        tables = self._ask("SELECT table_name FROM information_schema.columns WHERE table_schema ="
                           " 'mortise_tenant' AND column_name = 'tenant_id'").split()
        assert "outbox" in tables
        each = " UNION ".join(f"SELECT tenant_id FROM mortise_tenant.{table}" for table in tables)
        found = set(self._ask(each).split())
        assert found <= set(tenants), f"rows of no tenant: {found - set(tenants)}"


def check_audit(store, tenant):
    """The chain of core/audit/trail.hpp, computed once more: each hash is over the one before and the row."""
    def field(value):
        return len(value).to_bytes(8, "big") + value

    def number(value):
        return value.to_bytes(8, "big", signed=True)

    before, position = b"", 0
    for row in sorted(store.read(tenant, AUDIT), key=lambda row: row["position"]):
        position += 1
        assert row["position"] == position, "a position is missing or double"
        if row["personal"] is not None:
            salted = row["personal_salt"] + row["personal"].encode()
            assert row["personal_digest"] == hashlib.blake2b(salted, digest_size=32).digest()
        content = (field(before) + number(position) + field(uuid.UUID(row["id"]).bytes) + number(row["occurred_at"])
                   + b"".join(field(row[name].encode()) for name in ("action", "outcome", "target"))
                   + number(row["principal_kind"])
                   + b"".join(field(uuid.UUID(row[name]).bytes) for name in ("principal_id", "actor_id", "request_id"))
                   + field(row["details"].encode()) + field(row["personal_digest"]))
        before = hashlib.blake2b(content, digest_size=32).digest()
        assert row["hash"] == before, f"the chain breaks at {position}"
    head = store.read(tenant, HEAD)
    if position > 0 or head:
        assert (head[0]["audit_position"], head[0]["audit_hash"]) == (position, before)
    return position
