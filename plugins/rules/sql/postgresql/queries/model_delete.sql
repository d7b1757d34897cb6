-- @param id uuid
-- @param revision int
DELETE FROM rules__model WHERE id = :id AND revision = :revision
