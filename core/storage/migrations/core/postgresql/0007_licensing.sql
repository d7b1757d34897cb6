-- What this installation is to the vendor. The secret and the key never leave the database.
CREATE TABLE installation (
    id bigint PRIMARY KEY CHECK (id = 1),
    installation_id uuid NOT NULL,
    secret bytea NOT NULL CHECK (length(secret) = 32),
    signing_key bytea NOT NULL CHECK (length(signing_key) = 64),
    created_at bigint NOT NULL
);

-- The vendor's documents as they were verified: root, keyset, revocations, activation, licence. Long ones in parts.
-- The table `licence` holds what was installed by earlier versions, until the next document is.
CREATE TABLE licence_documents (
    kind text NOT NULL,
    position bigint NOT NULL,
    part bigint NOT NULL,
    text text NOT NULL,
    stored_at bigint NOT NULL,
    PRIMARY KEY (kind, position, part)
);

-- The mark below which the time of licences never falls, sealed with the installation's secret.
CREATE TABLE licence_time (
    id bigint PRIMARY KEY CHECK (id = 1),
    sealed text NOT NULL
);

-- Floating seats that are checked out. A nil tenant_id means the platform.
CREATE TABLE licence_seats (
    id uuid PRIMARY KEY,
    limit_name text NOT NULL,
    tenant_id uuid NOT NULL,
    holder text NOT NULL,
    taken_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    borrowed boolean NOT NULL,
    UNIQUE (limit_name, tenant_id, holder)
);
CREATE INDEX licence_seats_by_expiry ON licence_seats (limit_name, expires_at);

-- The nodes that run, each with a heartbeat.
CREATE TABLE licence_nodes (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    started_at bigint NOT NULL,
    seen_at bigint NOT NULL
);

-- The chain of usage reports: each names the hash of the one before.
CREATE TABLE usage_reports (
    sequence bigint PRIMARY KEY,
    from_day bigint NOT NULL,
    to_day bigint NOT NULL,
    token text NOT NULL,
    made_at bigint NOT NULL
);

-- On which day it was last told that the licence needs attention.
CREATE TABLE licence_notices (
    kind text PRIMARY KEY,
    day bigint NOT NULL
);
