-- The first children, by key.
-- The planner has no statistics here, and would read every milestone of the tenant in the order of another index.
-- @param parent_id uuid
-- @param limit int
-- @column id uuid
-- @column key text
-- @column title text
-- @column status text
-- @column due text?
SELECT m.id, m.key, m.title, m.status, m.due
  FROM milestones__milestone m INDEXED BY milestones__milestone_parent
 WHERE m.tenant_id = mortise_tenant() AND m.parent_id = :parent_id
 ORDER BY m.key
 LIMIT :limit
