-- @param key text
-- @param layer int
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
 WHERE tenant_id = mortise_tenant() AND key = :key AND layer = :layer
