-- @column id int
-- @column name text
-- @column up int?
-- @column amount int
SELECT id, name, up, amount FROM contract__thing ORDER BY id
