-- What this installation is to the vendor. The secret and the key never leave the database.
CREATE TABLE installation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    installation_id BLOB NOT NULL CHECK (length(installation_id) = 16),
    secret BLOB NOT NULL CHECK (length(secret) = 32),
    signing_key BLOB NOT NULL CHECK (length(signing_key) = 64),
    created_at INTEGER NOT NULL
) STRICT;

-- The vendor's documents as they were verified: root, keyset, revocations, activation, licence. Long ones in parts.
-- The table `licence` holds what was installed by earlier versions, until the next document is.
CREATE TABLE licence_documents (
    kind TEXT NOT NULL,
    position INTEGER NOT NULL,
    part INTEGER NOT NULL,
    text TEXT NOT NULL,
    stored_at INTEGER NOT NULL,
    PRIMARY KEY (kind, position, part)
) STRICT;

-- The mark below which the time of licences never falls, sealed with the installation's secret.
CREATE TABLE licence_time (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sealed TEXT NOT NULL
) STRICT;

-- Floating seats that are checked out. A nil tenant_id means the platform.
CREATE TABLE licence_seats (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    limit_name TEXT NOT NULL,
    tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16),
    holder TEXT NOT NULL,
    taken_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    borrowed INTEGER NOT NULL CHECK (borrowed IN (0, 1)),
    UNIQUE (limit_name, tenant_id, holder)
) STRICT;
CREATE INDEX licence_seats_by_expiry ON licence_seats (limit_name, expires_at);

-- The nodes that run, each with a heartbeat.
CREATE TABLE licence_nodes (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;

-- The chain of usage reports: each names the hash of the one before.
CREATE TABLE usage_reports (
    sequence INTEGER PRIMARY KEY,
    from_day INTEGER NOT NULL,
    to_day INTEGER NOT NULL,
    token TEXT NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;

-- On which day it was last told that the licence needs attention.
CREATE TABLE licence_notices (
    kind TEXT PRIMARY KEY,
    day INTEGER NOT NULL
) STRICT;
