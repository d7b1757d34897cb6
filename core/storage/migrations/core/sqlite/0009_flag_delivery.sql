-- Environments of flags. What was there before is production's and stays where it is, so that servers of the
-- version before go on to see that and nothing else.

-- Those of the platform (a nil tenant_id) exist beside the built-in ones; a tenant's row says how many
-- approvals its own changes need there.
CREATE TABLE flag_environments (
    tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    approvals_required INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, name)
) STRICT;

-- What other environments have of their own.
CREATE TABLE environment_flags (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    environment TEXT NOT NULL,
    tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16),
    key TEXT NOT NULL,
    definition TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (tenant_id, key, environment)
) STRICT;

CREATE TABLE environment_flag_overrides (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    environment TEXT NOT NULL,
    tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16),
    key TEXT NOT NULL,
    targeting_key TEXT NOT NULL,  -- empty: for the whole tenant
    variant TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (tenant_id, key, environment, targeting_key)
) STRICT;
CREATE INDEX environment_flag_overrides_by_key ON environment_flag_overrides (key);

CREATE TABLE environment_flag_plan_overrides (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    environment TEXT NOT NULL,
    plan TEXT NOT NULL,
    key TEXT NOT NULL,
    variant TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (key, plan, environment)
) STRICT;

CREATE TABLE environment_flag_sets (
    tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16),
    environment TEXT NOT NULL,
    definition TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, environment)
) STRICT;

-- Named targeting, of production as well.
CREATE TABLE flag_segments (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    environment TEXT NOT NULL,
    tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16),
    key TEXT NOT NULL,
    definition TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (tenant_id, key, environment)
) STRICT;

-- Flags that are killed or archived, in all environments. No row: neither; a time of 0: not this.
CREATE TABLE flag_states (
    tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16),
    key TEXT NOT NULL,
    killed_at INTEGER NOT NULL,
    killed_by TEXT NOT NULL,
    kill_reason TEXT NOT NULL,
    archived_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, key)
) STRICT;
