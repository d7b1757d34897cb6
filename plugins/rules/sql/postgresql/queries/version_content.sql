-- @param model_id uuid
-- @param version int
-- @column sources text
-- @column tests text
SELECT sources, tests
  FROM rules__version
 WHERE model_id = :model_id AND version = :version
