-- Changes one row, or none if another change came first.
-- @param name text
-- @param tags text
-- @param latest_version int
-- @param updated_at time
-- @param id uuid
-- @param revision int
UPDATE rules__model
   SET name = :name, tags = :tags, latest_version = :latest_version, revision = revision + 1,
       updated_at = :updated_at
 WHERE tenant_id = mortise_tenant() AND id = :id AND revision = :revision
