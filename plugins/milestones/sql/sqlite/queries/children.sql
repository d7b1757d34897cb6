-- The first children, by key.
-- @param parent_id uuid
-- @param limit int
-- @column id uuid
-- @column key text
-- @column title text
-- @column status text
-- @column due text?
SELECT m.id, m.key, m.title, m.status, m.due
  FROM milestones__milestone m
 WHERE m.tenant_id = mortise_tenant() AND m.parent_id = :parent_id
 ORDER BY m.key
 LIMIT :limit
