-- A page of models, the newest first. `tag` is ",a,", `q` lower case.
-- @param tag text?
-- @param layer int?
-- @param q text?
-- @param after uuid?
-- @param limit int
-- @column id uuid
-- @column key text
-- @column layer int
-- @column name text
-- @column tags text
-- @column latest_version int
-- @column revision int
-- @column created_at time
-- @column updated_at time
SELECT id, key, layer, name, tags, latest_version, revision, created_at, updated_at
  FROM rules__model
 WHERE id < coalesce(:after, CAST('ffffffff-ffff-ffff-ffff-ffffffffffff' AS uuid))
   AND (:tag IS NULL OR strpos(tags, :tag) > 0)
   AND (:layer IS NULL OR layer = :layer)
   AND (:q IS NULL OR strpos(lower(name), :q) > 0 OR strpos(key, :q) > 0)
 ORDER BY id DESC
 LIMIT :limit
