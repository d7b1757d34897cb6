-- The one row under which positions of the outbox and links of the audit chain are taken.
CREATE TABLE head (
    id INTEGER NOT NULL DEFAULT 1 PRIMARY KEY CHECK (id = 1),
    outbox_position INTEGER NOT NULL DEFAULT 0,
    audit_position INTEGER NOT NULL DEFAULT 0,
    audit_hash BLOB NOT NULL DEFAULT (x'')
) STRICT;

-- Events as CloudEvents 1.0 attributes, in the order in which their transactions took the head.
CREATE TABLE outbox (
    position INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    source TEXT NOT NULL,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    data TEXT NOT NULL,
    correlation_id BLOB NOT NULL,
    cause_id BLOB NOT NULL
) STRICT;

-- The hash of a row covers the hash before it and personal_digest, never `personal` itself, so that erasing a
-- person (personal and personal_salt to NULL) keeps the chain.
CREATE TABLE audit (
    position INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    occurred_at INTEGER NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    target TEXT NOT NULL,
    principal_kind INTEGER NOT NULL,
    principal_id BLOB NOT NULL,
    actor_id BLOB NOT NULL,
    request_id BLOB NOT NULL,
    details TEXT NOT NULL,
    personal TEXT,
    personal_salt BLOB,
    personal_digest BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX audit_time ON audit (occurred_at);

-- The answers of requests that came with an Idempotency-Key.
CREATE TABLE idempotency (
    principal_id BLOB NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body BLOB,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (principal_id, route, key)
) STRICT;
CREATE INDEX idempotency_created ON idempotency (created_at);
