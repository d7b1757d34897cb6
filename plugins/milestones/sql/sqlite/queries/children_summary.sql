-- What a parent's progress is made of: its children that are not cancelled.
-- The planner has no statistics here, and would read every milestone of the tenant in the order of another index.
-- @param parent_id uuid
-- @column counted int
-- @column progress int
-- @column completed int
SELECT count(*),
       coalesce(sum(CASE WHEN m.status = 'completed' THEN 100 ELSE m.progress END), 0),
       coalesce(sum(CASE WHEN m.status = 'completed' THEN 1 ELSE 0 END), 0)
  FROM milestones__milestone m INDEXED BY milestones__milestone_parent
 WHERE m.tenant_id = mortise_tenant() AND m.parent_id = :parent_id AND m.status <> 'cancelled'
