-- @param most int
-- @param filler text
-- @column n int
-- @column filler text
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most) SELECT i, :filler FROM n
