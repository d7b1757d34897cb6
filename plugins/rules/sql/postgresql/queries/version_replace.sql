-- Of a draft; a published version never changes.
-- @param content_id uuid
-- @param sources text
-- @param tests text
-- @param model_id uuid
-- @param version int
UPDATE rules__version
   SET content_id = :content_id, sources = :sources, tests = :tests
 WHERE model_id = :model_id AND version = :version AND status = 'draft'
