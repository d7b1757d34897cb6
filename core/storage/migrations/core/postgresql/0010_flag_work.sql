-- What was done to flags, their overrides and what they share: numbered for each key from 1. A nil tenant_id means
-- the platform.
CREATE TABLE flag_history (
    tenant_id uuid NOT NULL,
    environment text NOT NULL,
    space text NOT NULL,  -- what the key is of: flag, flag_set, flag_segment
    key text NOT NULL,    -- empty in the space flag_set
    number bigint NOT NULL,
    kind text NOT NULL,     -- what was changed: flag, user_override, tenant_override, plan_override, flag_set, …
    subject text NOT NULL,  -- the override's targeting key or plan; else empty
    action text NOT NULL,   -- created, updated, deleted, restored
    was text,               -- null: it was not there
    became text,            -- null: it is gone
    author_kind bigint NOT NULL,
    author uuid,  -- null: the server itself
    author_label text NOT NULL,
    actor uuid,  -- who really acted, if it is another
    comment text NOT NULL,
    change_request uuid,  -- null: a direct write
    done_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, environment, space, key, number)
);

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
SELECT '00000000-0000-0000-0000-000000000000'::uuid, 'production', 'flag', key,
       1 + row_number() OVER (PARTITION BY key ORDER BY id), 'plan_override', plan, 'created', NULL, variant, 3, NULL,
       'system', NULL, '', NULL, updated_at
FROM flag_plan_overrides;
INSERT INTO flag_history
SELECT tenant_id, 'production', 'flag_set', '', 1, 'flag_set', '', 'created', NULL, definition, 3, NULL, 'system', NULL,
       '', NULL, updated_at
FROM flag_sets;

-- How often a variant was answered: for whom, of which flag, on which day (since 1970, UTC). No variant: no value.
CREATE TABLE flag_usage (
    tenant_id uuid NOT NULL,
    environment text NOT NULL,
    key text NOT NULL,
    variant text NOT NULL,
    day bigint NOT NULL,
    quantity bigint NOT NULL,
    PRIMARY KEY (tenant_id, environment, key, variant, day)
);
CREATE INDEX flag_usage_by_key ON flag_usage (environment, key, day);
CREATE INDEX flag_usage_by_day ON flag_usage (day);

-- Changes that wait for approvals, for their time, or for somebody to apply them.
CREATE TABLE flag_change_requests (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    environment text NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    changes text NOT NULL,  -- JSON, with what each was made for
    state text NOT NULL,    -- open, applied, rejected, withdrawn, failed
    apply_at bigint,        -- null: when somebody says so
    edition bigint NOT NULL,  -- rises when what it says is changed
    version bigint NOT NULL,  -- rises with everything
    author_kind bigint NOT NULL,
    author uuid,
    author_label text NOT NULL,
    person uuid,  -- who stands behind the author: the owner of an API key
    error text NOT NULL,  -- why it failed, as a code; else empty
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX flag_change_requests_of ON flag_change_requests (tenant_id, environment, id);
CREATE INDEX flag_change_requests_due ON flag_change_requests (apply_at) WHERE state = 'open';

CREATE TABLE flag_change_reviews (
    request uuid NOT NULL,
    edition bigint NOT NULL,  -- of the request, that was looked at
    reviewer uuid NOT NULL,
    reviewer_label text NOT NULL,
    decision text NOT NULL,  -- approved, rejected
    comment text NOT NULL,
    reviewed_at bigint NOT NULL,
    PRIMARY KEY (request, edition, reviewer)
);
