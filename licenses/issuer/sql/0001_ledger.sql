-- The vendor's ledger. Times are seconds since 1970, in UTC.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every root there was, in their order; the last one is the present. `rotation` is the token that introduced it, signed
-- by the one before; empty for the first.
CREATE TABLE root (
    position INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    public   TEXT NOT NULL,
    rotation TEXT NOT NULL,
    since    INTEGER NOT NULL
) STRICT;

-- The signing keys as they shall be; the newest row of keyset says what is published of that.
CREATE TABLE signing_key (
    id         TEXT PRIMARY KEY,
    public     TEXT NOT NULL,
    uses       TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('active', 'retired', 'compromised')),
    added_at   INTEGER NOT NULL,
    retired_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE keyset (
    sequence  INTEGER PRIMARY KEY,
    token     TEXT NOT NULL,
    issued_at INTEGER NOT NULL
) STRICT;

-- Keysets that the root in this home signed, on whichever machine they are used: no sequence is signed twice.
CREATE TABLE root_signature (
    sequence  INTEGER PRIMARY KEY,
    payload   TEXT NOT NULL,
    signed_at INTEGER NOT NULL
) STRICT;

-- Only the newest list is kept with its token.
CREATE TABLE revocation_list (
    sequence  INTEGER PRIMARY KEY,
    token     TEXT,
    ids       INTEGER NOT NULL,
    issued_at INTEGER NOT NULL
) STRICT;

CREATE TABLE licence (
    id          TEXT PRIMARY KEY,
    line        TEXT NOT NULL,
    sequence    INTEGER NOT NULL,
    subject     TEXT NOT NULL,
    plan        TEXT NOT NULL,
    model       TEXT NOT NULL,
    signed_by   TEXT NOT NULL,
    issued_at   INTEGER NOT NULL,
    not_before  INTEGER NOT NULL,
    not_after   INTEGER,
    status      TEXT NOT NULL CHECK (status IN ('active', 'superseded', 'suspended', 'revoked')),
    status_at   INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    replaced_by TEXT NOT NULL,
    price       TEXT NOT NULL,
    note        TEXT NOT NULL,
    batch       TEXT,
    batch_row   INTEGER,
    token       TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX licence_line ON licence (line, sequence);
CREATE INDEX licence_subject ON licence (subject, sequence);
CREATE INDEX licence_end ON licence (not_after) WHERE status = 'active' AND replaced_by = '';
CREATE INDEX licence_refused ON licence (id) WHERE status IN ('suspended', 'revoked');
CREATE UNIQUE INDEX licence_batch ON licence (batch, batch_row) WHERE batch IS NOT NULL;

CREATE TABLE activation (
    id           TEXT PRIMARY KEY,
    line         TEXT NOT NULL,
    installation TEXT NOT NULL,
    public       TEXT NOT NULL,
    request_id   TEXT NOT NULL UNIQUE,
    issued_at    INTEGER NOT NULL,
    not_after    INTEGER,
    released_at  INTEGER,
    token        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX activation_line ON activation (line, installation);

CREATE TABLE usage_report (
    hash         TEXT PRIMARY KEY,
    installation TEXT NOT NULL,
    sequence     INTEGER NOT NULL,
    subject      TEXT NOT NULL,
    line         TEXT NOT NULL,
    public       TEXT NOT NULL,
    from_day     INTEGER NOT NULL,
    to_day       INTEGER NOT NULL,
    issued_at    INTEGER NOT NULL,
    imported_at  INTEGER NOT NULL,
    UNIQUE (installation, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_row (
    installation TEXT NOT NULL,
    day          INTEGER NOT NULL,
    tenant       TEXT NOT NULL,
    meter        TEXT NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('sum', 'max')),
    quantity     INTEGER NOT NULL,
    subject      TEXT NOT NULL,
    line         TEXT NOT NULL,
    PRIMARY KEY (installation, day, tenant, meter)
) STRICT, WITHOUT ROWID;

-- What was done, in its order. Each row's hash covers the row and the hash before it.
CREATE TABLE audit (
    position INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    action   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    detail   TEXT NOT NULL,
    hash     BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
