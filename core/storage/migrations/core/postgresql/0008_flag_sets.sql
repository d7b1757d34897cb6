-- What the flags of one owner share (evaluators, metadata, the version of fractional), as JSON; a nil tenant_id
-- means the platform. And the variants that plans give of the platform's flags.
CREATE TABLE flag_sets (
    tenant_id uuid PRIMARY KEY,
    definition text NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL
);

CREATE TABLE flag_plan_overrides (
    id uuid PRIMARY KEY,
    plan text NOT NULL,
    key text NOT NULL,
    variant text NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL,
    UNIQUE (key, plan)
);
