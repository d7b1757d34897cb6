-- Published versions of smaller numbers that begin after a time, and before another one if it is given.
-- @param model_id uuid
-- @param version int
-- @param after time
-- @param before time?
-- @column model_id uuid
-- @column version int
-- @column status text
-- @column content_id uuid
-- @column copy_of int?
-- @column valid_from time?
-- @column valid_to time?
-- @column created_at time
-- @column published_at time?
-- @column published_by uuid?
SELECT model_id, version, status, content_id, copy_of, valid_from, valid_to, created_at,
       published_at, published_by
  FROM rules__version
 WHERE model_id = :model_id AND version < :version AND status = 'published'
   AND valid_from > :after AND (:before IS NULL OR valid_from < :before)
 ORDER BY version
