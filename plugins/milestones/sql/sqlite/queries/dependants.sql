-- The first milestones that depend on one, by key, behind the key `after`.
-- CROSS JOIN keeps the order of the tables: the planner, without statistics, would begin with all milestones.
-- @param depends_on_id uuid
-- @param after text
-- @param limit int
-- @column id uuid
-- @column key text
-- @column title text
-- @column status text
-- @column due text?
SELECT m.id, m.key, m.title, m.status, m.due
  FROM milestones__dependency d
  CROSS JOIN milestones__milestone m ON m.tenant_id = d.tenant_id AND m.id = d.milestone_id
 WHERE d.tenant_id = mortise_tenant() AND d.depends_on_id = :depends_on_id AND m.key > :after
 ORDER BY m.key
 LIMIT :limit
