-- @param id uuid
-- @param revision int
DELETE FROM rules__model WHERE tenant_id = mortise_tenant() AND id = :id AND revision = :revision
