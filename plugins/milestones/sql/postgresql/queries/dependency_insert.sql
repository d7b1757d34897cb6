-- @param milestone_id uuid
-- @param depends_on_id uuid
INSERT INTO milestones__dependency (milestone_id, depends_on_id) VALUES (:milestone_id, :depends_on_id)
