-- Feature flags (flagd JSON) and overrides of their variant. A nil tenant_id means the platform.
CREATE TABLE flags (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16),
    key TEXT NOT NULL,
    definition TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (tenant_id, key)
) STRICT;

CREATE TABLE flag_overrides (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16),
    key TEXT NOT NULL,
    targeting_key TEXT NOT NULL,  -- empty: for the whole tenant
    variant TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (tenant_id, key, targeting_key)
) STRICT;
CREATE INDEX flag_overrides_by_key ON flag_overrides (key);
