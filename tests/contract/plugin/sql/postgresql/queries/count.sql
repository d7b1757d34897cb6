-- @column n int
SELECT count(*) FROM contract__thing
