-- Every milestone, as the graph of an import needs it.
-- @column id uuid
-- @column key text
-- @column status text
-- @column progress int
-- @column parent_id uuid?
SELECT m.id, m.key, m.status, m.progress, m.parent_id
  FROM milestones__milestone m
 WHERE m.tenant_id = mortise_tenant()
