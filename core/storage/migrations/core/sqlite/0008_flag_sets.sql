-- What the flags of one owner share (evaluators, metadata, the version of fractional), as JSON; a nil tenant_id
-- means the platform. And the variants that plans give of the platform's flags.
CREATE TABLE flag_sets (
    tenant_id BLOB PRIMARY KEY CHECK (length(tenant_id) = 16),
    definition TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE flag_plan_overrides (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    plan TEXT NOT NULL,
    key TEXT NOT NULL,
    variant TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (key, plan)
) STRICT;
