-- @param x bytes
-- @column x bytes
SELECT :x
