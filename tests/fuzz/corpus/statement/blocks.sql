-- @param status text?
-- @param sort choice(due, -due)
-- @param limit int
-- @column id uuid
SELECT id FROM t WHERE 1 = 1
--? status
  AND status = :status
--? sort = due
ORDER BY due
--? sort = -due
ORDER BY due DESC
--? end
LIMIT :limit
