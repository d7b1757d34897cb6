-- What a milestone waits for, near and far: its dependencies and its children, as edges of one graph.
-- @param start uuid
-- @column waiting_id uuid
-- @column awaited_id uuid
WITH RECURSIVE reached (id) AS (
    SELECT :start
     UNION
    SELECT d.depends_on_id
      FROM reached r
      JOIN milestones__dependency d ON d.tenant_id = mortise_tenant() AND d.milestone_id = r.id
     UNION
    SELECT m.id
      FROM reached r
      JOIN milestones__milestone m ON m.tenant_id = mortise_tenant() AND m.parent_id = r.id
)
SELECT d.milestone_id, d.depends_on_id
  FROM reached r
  JOIN milestones__dependency d ON d.tenant_id = mortise_tenant() AND d.milestone_id = r.id
UNION ALL
SELECT m.parent_id, m.id
  FROM reached r
  JOIN milestones__milestone m ON m.tenant_id = mortise_tenant() AND m.parent_id = r.id
