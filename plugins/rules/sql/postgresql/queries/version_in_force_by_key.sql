-- The tenant's own model of a key (layer 1), or the shared one as long as that has no version in force.
-- @param key text
-- @param at time
-- @column id uuid
-- @column key text
-- @column layer int
-- @column name text
-- @column tags text
-- @column latest_version int
-- @column revision int
-- @column created_at time
-- @column updated_at time
-- @column model_id uuid
-- @column version int
-- @column status text
-- @column content_id uuid
-- @column copy_of int?
-- @column valid_from time?
-- @column valid_to time?
-- @column version_created_at time
-- @column published_at time?
-- @column published_by uuid?
SELECT m.id, m.key, m.layer, m.name, m.tags, m.latest_version, m.revision, m.created_at, m.updated_at,
       v.model_id, v.version, v.status, v.content_id, v.copy_of, v.valid_from, v.valid_to, v.created_at,
       v.published_at, v.published_by
  FROM rules__model m
  JOIN rules__version v ON v.model_id = m.id
 WHERE m.key = :key AND v.status = 'published' AND v.valid_from <= :at
   AND (v.valid_to IS NULL OR v.valid_to > :at)
 ORDER BY m.layer DESC, v.version DESC
 LIMIT 1
