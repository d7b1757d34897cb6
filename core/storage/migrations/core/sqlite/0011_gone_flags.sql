-- What is kept of flags, sets and segments that are gone. Versions are tags of what clients have read, so that what is
-- made again under a key goes on counting. A nil tenant_id means the platform.
CREATE TABLE flag_gone_versions (
    tenant_id BLOB NOT NULL,
    space TEXT NOT NULL,  -- what the key is of: flag, flag_set, flag_segment
    key TEXT NOT NULL,    -- empty in the space flag_set
    version INTEGER NOT NULL,  -- the greatest that anything had under this key
    PRIMARY KEY (tenant_id, space, key)
) STRICT;

-- Of what went before this was kept, the history knows how often it was written.
INSERT INTO flag_gone_versions
SELECT tenant_id, space, key, max(number) FROM flag_history GROUP BY tenant_id, space, key;

-- The overrides that went with a flag when it was last deleted, which its restoration brings back. tenant_id is the
-- flag's owner, holder the tenant that they are of.
CREATE TABLE flag_gone_overrides (
    tenant_id BLOB NOT NULL,
    key TEXT NOT NULL,
    environment TEXT NOT NULL,
    holder BLOB NOT NULL,  -- nil: a plan's
    plan TEXT NOT NULL,    -- empty: a tenant's or a user's
    targeting_key TEXT NOT NULL,
    id BLOB NOT NULL,
    variant TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, key, environment, holder, plan, targeting_key)
) STRICT;
CREATE INDEX flag_gone_overrides_by_holder ON flag_gone_overrides (holder);
