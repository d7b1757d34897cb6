-- @param milestone_id uuid
-- @param depends_on_id uuid
DELETE FROM milestones__dependency
 WHERE milestone_id = :milestone_id AND depends_on_id = :depends_on_id
