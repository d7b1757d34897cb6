-- @param id int
DELETE FROM @id@__thing WHERE id = :id
