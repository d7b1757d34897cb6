-- Takes the milestone's own dependencies along. Changes no row if another change came first.
-- @param id uuid
-- @param version int
DELETE FROM milestones__milestone WHERE tenant_id = mortise_tenant() AND id = :id AND version = :version
