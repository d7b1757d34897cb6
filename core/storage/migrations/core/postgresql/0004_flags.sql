-- Feature flags (flagd JSON) and overrides of their variant. A nil tenant_id means the platform.
CREATE TABLE flags (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    definition text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL,
    UNIQUE (tenant_id, key)
);

CREATE TABLE flag_overrides (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    targeting_key text NOT NULL,  -- empty: for the whole tenant
    variant text NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL,
    UNIQUE (tenant_id, key, targeting_key)
);
CREATE INDEX flag_overrides_by_key ON flag_overrides (key);
