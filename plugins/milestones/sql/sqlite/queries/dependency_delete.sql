-- @param milestone_id uuid
-- @param depends_on_id uuid
DELETE FROM milestones__dependency
 WHERE tenant_id = mortise_tenant() AND milestone_id = :milestone_id AND depends_on_id = :depends_on_id
