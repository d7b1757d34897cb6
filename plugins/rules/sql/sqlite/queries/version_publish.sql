-- @param valid_from time
-- @param valid_to time?
-- @param published_at time
-- @param published_by uuid
-- @param model_id uuid
-- @param version int
UPDATE rules__version
   SET status = 'published', valid_from = :valid_from, valid_to = :valid_to, published_at = :published_at,
       published_by = :published_by
 WHERE tenant_id = mortise_tenant() AND model_id = :model_id AND version = :version AND status = 'draft'
