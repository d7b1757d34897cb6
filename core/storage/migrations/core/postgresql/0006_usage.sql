-- What tenants used, by day (whole days since 1970 in UTC) and meter; a nil tenant_id means the platform. `kind` says
-- how days are added up: sum, or the most of them (max).
CREATE TABLE usage (
    day bigint NOT NULL,
    tenant_id uuid NOT NULL,
    meter text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('sum', 'max')),
    quantity bigint NOT NULL,
    PRIMARY KEY (day, tenant_id, meter)
);
CREATE INDEX usage_by_meter ON usage (meter, day);

-- Running totals of meters that have a limit: from the first day of a period on, of one tenant or (nil) of all.
CREATE TABLE usage_totals (
    meter text NOT NULL,
    period text NOT NULL,
    since bigint NOT NULL,
    tenant_id uuid NOT NULL,
    quantity bigint NOT NULL,
    PRIMARY KEY (meter, period, since, tenant_id)
);

-- A row is locked by whoever counts something that has this limit, to add to it.
CREATE TABLE limit_locks (
    name text PRIMARY KEY
);
