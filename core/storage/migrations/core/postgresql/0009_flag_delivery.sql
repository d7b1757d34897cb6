-- Environments of flags. What was there before is production's and stays where it is, so that servers of the
-- version before go on to see that and nothing else.

-- Those of the platform (a nil tenant_id) exist beside the built-in ones; a tenant's row says how many
-- approvals its own changes need there.
CREATE TABLE flag_environments (
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    approvals_required bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

-- What other environments have of their own.
CREATE TABLE environment_flags (
    id uuid PRIMARY KEY,
    environment text NOT NULL,
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    definition text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL,
    UNIQUE (tenant_id, key, environment)
);

CREATE TABLE environment_flag_overrides (
    id uuid PRIMARY KEY,
    environment text NOT NULL,
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    targeting_key text NOT NULL,  -- empty: for the whole tenant
    variant text NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL,
    UNIQUE (tenant_id, key, environment, targeting_key)
);
CREATE INDEX environment_flag_overrides_by_key ON environment_flag_overrides (key);

CREATE TABLE environment_flag_plan_overrides (
    id uuid PRIMARY KEY,
    environment text NOT NULL,
    plan text NOT NULL,
    key text NOT NULL,
    variant text NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL,
    UNIQUE (key, plan, environment)
);

CREATE TABLE environment_flag_sets (
    tenant_id uuid NOT NULL,
    environment text NOT NULL,
    definition text NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (tenant_id, environment)
);

-- Named targeting, of production as well.
CREATE TABLE flag_segments (
    id uuid PRIMARY KEY,
    environment text NOT NULL,
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    definition text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL,
    UNIQUE (tenant_id, key, environment)
);

-- Flags that are killed or archived, in all environments. No row: neither; a time of 0: not this.
CREATE TABLE flag_states (
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    killed_at bigint NOT NULL,
    killed_by text NOT NULL,
    kill_reason text NOT NULL,
    archived_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
