-- Tenants, what plans give them, and how their plugins are set. States: creating, active, suspended, deleting.
CREATE TABLE tenants (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    plan TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('creating', 'active', 'suspended', 'deleting')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    state_changed_at INTEGER NOT NULL,
    exported_at INTEGER,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE plans (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    plugins TEXT NOT NULL,  -- ids, sorted, separated by spaces
    limits TEXT NOT NULL,   -- a JSON object, name to number
    version INTEGER NOT NULL
) STRICT;

INSERT INTO plans (id, name, plugins, limits, version) VALUES ('standard', 'Standard', '', '{}', 1);

CREATE TABLE tenant_plugins (
    tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16),
    plugin TEXT NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    settings TEXT NOT NULL,  -- a JSON object
    version INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, plugin)
) STRICT;

-- Raised by each unit that changes what a snapshot in memory holds, so that every node sees it.
CREATE TABLE snapshot_versions (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT;

INSERT INTO snapshot_versions (name, version)
VALUES ('tenancy', 1), ('signing_keys', 1), ('api_keys', 1), ('sessions', 1), ('flags', 1);
