-- @param by int
-- @column id int
-- @column amount int
UPDATE @id@__thing SET amount = amount + :by RETURNING id, amount
