-- What a milestone waits for, near and far: its dependencies and its children, as edges of one graph.
-- @param start uuid
-- @column waiting_id uuid
-- @column awaited_id uuid
WITH RECURSIVE reached (id) AS (
    SELECT :start
     UNION
    SELECT next.id
      FROM reached r
     CROSS JOIN LATERAL (
        SELECT d.depends_on_id AS id FROM milestones__dependency d WHERE d.milestone_id = r.id
         UNION ALL
        SELECT m.id FROM milestones__milestone m WHERE m.parent_id = r.id
     ) next
)
SELECT d.milestone_id, d.depends_on_id
  FROM reached r
  JOIN milestones__dependency d ON d.milestone_id = r.id
UNION ALL
SELECT m.parent_id, m.id
  FROM reached r
  JOIN milestones__milestone m ON m.parent_id = r.id
