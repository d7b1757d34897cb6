-- @param model_id uuid
-- @param version int
-- @param content_id uuid
-- @param sources text
-- @param tests text
-- @param copy_of int?
-- @param created_at time
INSERT INTO rules__version (model_id, version, status, content_id, sources, tests, copy_of, created_at)
VALUES (:model_id, :version, 'draft', :content_id, :sources, :tests, :copy_of, :created_at)
