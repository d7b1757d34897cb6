-- @param id uuid
-- @param key text
-- @param layer int
-- @param name text
-- @param tags text
-- @param latest_version int
-- @param created_at time
INSERT INTO rules__model (id, key, layer, name, tags, latest_version, revision, created_at, updated_at)
VALUES (:id, :key, :layer, :name, :tags, :latest_version, 1, :created_at, :created_at)
