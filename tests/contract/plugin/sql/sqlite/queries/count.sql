-- @column n int
SELECT count(*) FROM @id@__thing
