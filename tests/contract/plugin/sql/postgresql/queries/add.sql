-- @param id int
-- @param name text
-- @param up int?
-- @param amount int
INSERT INTO contract__thing (id, name, up, amount) VALUES (:id, :name, :up, :amount)
