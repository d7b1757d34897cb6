-- What tenants used, by day (whole days since 1970 in UTC) and meter; a nil tenant_id means the platform. `kind` says
-- how days are added up: sum, or the most of them (max).
CREATE TABLE usage (
    day INTEGER NOT NULL,
    tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16),
    meter TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('sum', 'max')),
    quantity INTEGER NOT NULL,
    PRIMARY KEY (day, tenant_id, meter)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_by_meter ON usage (meter, day);

-- Running totals of meters that have a limit: from the first day of a period on, of one tenant or (nil) of all.
CREATE TABLE usage_totals (
    meter TEXT NOT NULL,
    period TEXT NOT NULL,
    since INTEGER NOT NULL,
    tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16),
    quantity INTEGER NOT NULL,
    PRIMARY KEY (meter, period, since, tenant_id)
) STRICT, WITHOUT ROWID;

-- A row is locked by whoever counts something that has this limit, to add to it.
CREATE TABLE limit_locks (
    name TEXT PRIMARY KEY
) STRICT;
