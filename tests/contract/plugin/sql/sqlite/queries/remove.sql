-- @param id int
DELETE FROM contract__thing WHERE id = :id
