-- @param valid_to time
-- @param model_id uuid
-- @param version int
UPDATE rules__version
   SET valid_to = :valid_to
 WHERE tenant_id = mortise_tenant() AND model_id = :model_id AND version = :version AND status = 'published'
