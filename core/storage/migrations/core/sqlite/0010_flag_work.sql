-- What was done to flags, their overrides and what they share: numbered for each key from 1. A nil tenant_id means
-- the platform.
CREATE TABLE flag_history (
    tenant_id BLOB NOT NULL,
    environment TEXT NOT NULL,
    space TEXT NOT NULL,  -- what the key is of: flag, flag_set, flag_segment
    key TEXT NOT NULL,    -- empty in the space flag_set
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,     -- what was changed: flag, user_override, tenant_override, plan_override, flag_set, …
    subject TEXT NOT NULL,  -- the override's targeting key or plan; else empty
    action TEXT NOT NULL,   -- created, updated, deleted, restored
    was TEXT,               -- null: it was not there
    became TEXT,            -- null: it is gone
    author_kind INTEGER NOT NULL,
    author BLOB,  -- null: the server itself
    author_label TEXT NOT NULL,
    actor BLOB,  -- who really acted, if it is another
    comment TEXT NOT NULL,
    change_request BLOB,  -- null: a direct write
    done_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, environment, space, key, number)
) STRICT;

-- The history begins with what is there.
INSERT INTO flag_history
SELECT tenant_id, 'production', 'flag', key, 1, 'flag', '', 'created', NULL, definition, 3, NULL, 'system', NULL, '',
       NULL, updated_at
FROM flags;
INSERT INTO flag_history
SELECT tenant_id, 'production', 'flag', key, 1 + row_number() OVER (PARTITION BY tenant_id, key ORDER BY id),
       CASE targeting_key WHEN '' THEN 'tenant_override' ELSE 'user_override' END, targeting_key, 'created', NULL,
       variant, 3, NULL, 'system', NULL, '', NULL, updated_at
FROM flag_overrides;
INSERT INTO flag_history
SELECT zeroblob(16), 'production', 'flag', key,
       1 + row_number() OVER (PARTITION BY key ORDER BY id), 'plan_override', plan, 'created', NULL, variant, 3, NULL,
       'system', NULL, '', NULL, updated_at
FROM flag_plan_overrides;
INSERT INTO flag_history
SELECT tenant_id, 'production', 'flag_set', '', 1, 'flag_set', '', 'created', NULL, definition, 3, NULL, 'system', NULL,
       '', NULL, updated_at
FROM flag_sets;

-- How often a variant was answered: for whom, of which flag, on which day (since 1970, UTC). No variant: no value.
CREATE TABLE flag_usage (
    tenant_id BLOB NOT NULL,
    environment TEXT NOT NULL,
    key TEXT NOT NULL,
    variant TEXT NOT NULL,
    day INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, environment, key, variant, day)
) STRICT;
CREATE INDEX flag_usage_by_key ON flag_usage (environment, key, day);
CREATE INDEX flag_usage_by_day ON flag_usage (day);

-- Changes that wait for approvals, for their time, or for somebody to apply them.
CREATE TABLE flag_change_requests (
    id BLOB PRIMARY KEY,
    tenant_id BLOB NOT NULL,
    environment TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    changes TEXT NOT NULL,  -- JSON, with what each was made for
    state TEXT NOT NULL,    -- open, applied, rejected, withdrawn, failed
    apply_at INTEGER,        -- null: when somebody says so
    edition INTEGER NOT NULL,  -- rises when what it says is changed
    version INTEGER NOT NULL,  -- rises with everything
    author_kind INTEGER NOT NULL,
    author BLOB,
    author_label TEXT NOT NULL,
    person BLOB,  -- who stands behind the author: the owner of an API key
    error TEXT NOT NULL,  -- why it failed, as a code; else empty
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX flag_change_requests_of ON flag_change_requests (tenant_id, environment, id);
CREATE INDEX flag_change_requests_due ON flag_change_requests (apply_at) WHERE state = 'open';

CREATE TABLE flag_change_reviews (
    request BLOB NOT NULL,
    edition INTEGER NOT NULL,  -- of the request, that was looked at
    reviewer BLOB NOT NULL,
    reviewer_label TEXT NOT NULL,
    decision TEXT NOT NULL,  -- approved, rejected
    comment TEXT NOT NULL,
    reviewed_at INTEGER NOT NULL,
    PRIMARY KEY (request, edition, reviewer)
) STRICT;
