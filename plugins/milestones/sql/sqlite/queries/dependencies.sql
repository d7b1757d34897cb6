-- What a milestone depends on, by key.
-- CROSS JOIN keeps the order of the tables: the planner, without statistics, would begin with all milestones.
-- @param milestone_id uuid
-- @column id uuid
-- @column key text
-- @column title text
-- @column status text
-- @column due text?
SELECT m.id, m.key, m.title, m.status, m.due
  FROM milestones__dependency d
  CROSS JOIN milestones__milestone m ON m.tenant_id = d.tenant_id AND m.id = d.depends_on_id
 WHERE d.tenant_id = mortise_tenant() AND d.milestone_id = :milestone_id
 ORDER BY m.key
