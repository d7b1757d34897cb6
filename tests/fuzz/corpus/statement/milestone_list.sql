-- A page of milestones. `statuses` is ",planned,at_risk,", `q` lower case; `after` is the sorted value of the
-- last milestone of the page before, `after_key` and `after_id` are its key and id.
-- @param statuses text?
-- @param owner text?
-- @param parent_id uuid?
-- @param roots bool
-- @param due_from text?
-- @param due_to text?
-- @param q text?
-- @param after text?
-- @param after_key text?
-- @param after_id uuid?
-- @param limit int
-- @param sort choice(key, -key, due, -due, title, -title, created, -created)
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
 WHERE m.tenant_id = mortise_tenant() AND (:statuses IS NULL OR instr(:statuses, ',' || m.status || ',') > 0)
   AND (:owner IS NULL OR m.owner = :owner)
   AND (:parent_id IS NULL OR m.parent_id = :parent_id)
   AND (NOT :roots OR m.parent_id IS NULL)
   AND (:due_from IS NULL OR m.due >= :due_from)
   AND (:due_to IS NULL OR m.due <= :due_to)
   AND (:q IS NULL OR instr(lower(m.title), :q) > 0 OR instr(lower(m.key), :q) > 0)
--? sort = key
   AND m.key > coalesce(:after_key, '')
 ORDER BY m.key
--? end
--? sort = -key
   AND m.key < coalesce(:after_key, '~')
 ORDER BY m.key DESC
--? end
--? sort = due
   AND (:after_key IS NULL OR (coalesce(m.due, '~'), m.key) > (:after, :after_key))
 ORDER BY coalesce(m.due, '~'), m.key
--? end
--? sort = -due
   AND (:after_key IS NULL OR (coalesce(m.due, ''), m.key) < (:after, :after_key))
 ORDER BY coalesce(m.due, '') DESC, m.key DESC
--? end
--? sort = title
   AND (:after_key IS NULL OR (m.title, m.key) > (:after, :after_key))
 ORDER BY m.title, m.key
--? end
--? sort = -title
   AND (:after_key IS NULL OR (m.title, m.key) < (:after, :after_key))
 ORDER BY m.title DESC, m.key DESC
--? end
--? sort = created
   AND m.id > coalesce(:after_id, x'00')
 ORDER BY m.id
--? end
--? sort = -created
   AND m.id < coalesce(:after_id, x'ffffffffffffffffffffffffffffffff')
 ORDER BY m.id DESC
--? end
 LIMIT :limit
