-- @column id int
-- @column name text
-- @column up int?
-- @column amount int
SELECT id, name, up, amount FROM @id@__thing ORDER BY id
