-- Taken first by every change that must see all others of its tenant: two at a time could each add one half of
-- a cycle, or each complete one of the last two children and leave the parent open.
-- @column revision int
INSERT INTO milestones__lock (revision) VALUES (1)
    ON CONFLICT (tenant_id) DO UPDATE SET revision = milestones__lock.revision + 1
RETURNING revision
