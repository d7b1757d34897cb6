-- @param name text?
-- @param order choice(up, down)
-- @column id int
SELECT id FROM @id@__thing
--? name
WHERE name = :name
--? end
ORDER BY
--? order = up
id ASC
--? order = down
id DESC
--? end
