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
 WHERE tenant_id = mortise_tenant() AND id < coalesce(:after, x'ffffffffffffffffffffffffffffffff')
   AND (:tag IS NULL OR instr(tags, :tag) > 0)
   AND (:layer IS NULL OR layer = :layer)
   AND (:q IS NULL OR instr(lower(name), :q) > 0 OR instr(key, :q) > 0)
 ORDER BY id DESC
 LIMIT :limit
