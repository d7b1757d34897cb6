-- @param key text
-- @column id uuid
-- @column key text
-- @column title text
-- @column description text?
-- @column owner text?
-- @column due text?
-- @column status text
-- @column progress int
-- @column version int
-- @column created_at time
-- @column updated_at time
-- @column completed_at time?
-- @column parent_id uuid?
-- @column parent text?
-- @column depends_on text?
SELECT m.id, m.key, m.title, m.description, m.owner, m.due, m.status, m.progress, m.version,
       m.created_at, m.updated_at, m.completed_at, m.parent_id, p.key AS parent,
       (SELECT group_concat(t.key, ';')
          FROM milestones__dependency d
          JOIN milestones__milestone t ON t.tenant_id = d.tenant_id AND t.id = d.depends_on_id
         WHERE d.tenant_id = m.tenant_id AND d.milestone_id = m.id) AS depends_on
  FROM milestones__milestone m
  LEFT JOIN milestones__milestone p ON p.tenant_id = m.tenant_id AND p.id = m.parent_id
 WHERE m.tenant_id = mortise_tenant() AND m.key = :key
