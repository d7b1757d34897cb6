-- @param id int
-- @param name text
-- @param up int?
-- @param amount int
INSERT INTO @id@__thing (id, name, up, amount) VALUES (:id, :name, :up, :amount)
