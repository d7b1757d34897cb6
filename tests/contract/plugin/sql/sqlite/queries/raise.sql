-- @param by int
-- @column id int
-- @column amount int
UPDATE contract__thing SET amount = amount + :by RETURNING id, amount
