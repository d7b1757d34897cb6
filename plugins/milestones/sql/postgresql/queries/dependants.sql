-- The first milestones that depend on one, by key, behind the key `after`.
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
  JOIN milestones__milestone m ON m.tenant_id = d.tenant_id AND m.id = d.milestone_id
 WHERE d.depends_on_id = :depends_on_id AND m.key > :after
 ORDER BY m.key
 LIMIT :limit
