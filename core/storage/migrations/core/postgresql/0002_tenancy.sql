-- Tenants, what plans give them, and how their plugins are set. States: creating, active, suspended, deleting.
CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    name text NOT NULL,
    plan text NOT NULL,
    state text NOT NULL CHECK (state IN ('creating', 'active', 'suspended', 'deleting')),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    state_changed_at bigint NOT NULL,
    exported_at bigint,
    version bigint NOT NULL
);

CREATE TABLE plans (
    id text PRIMARY KEY,
    name text NOT NULL,
    plugins text NOT NULL,  -- ids, sorted, separated by spaces
    limits text NOT NULL,   -- a JSON object, name to number
    version bigint NOT NULL
);

INSERT INTO plans (id, name, plugins, limits, version) VALUES ('standard', 'Standard', '', '{}', 1);

CREATE TABLE tenant_plugins (
    tenant_id uuid NOT NULL,
    plugin text NOT NULL,
    enabled boolean NOT NULL,
    settings text NOT NULL,  -- a JSON object
    version bigint NOT NULL,
    PRIMARY KEY (tenant_id, plugin)
);

-- Raised by each unit that changes what a snapshot in memory holds, so that every node sees it.
CREATE TABLE snapshot_versions (
    name text PRIMARY KEY,
    version bigint NOT NULL
);

INSERT INTO snapshot_versions (name, version)
VALUES ('tenancy', 1), ('signing_keys', 1), ('api_keys', 1), ('sessions', 1), ('flags', 1);
