-- @column id uuid
-- @column text text
-- @column at time
SELECT id, text, at FROM wrapped__note ORDER BY text
