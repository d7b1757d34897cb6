-- Every dependency.
-- @column milestone_id uuid
-- @column depends_on_id uuid
SELECT d.milestone_id, d.depends_on_id
  FROM milestones__dependency d
