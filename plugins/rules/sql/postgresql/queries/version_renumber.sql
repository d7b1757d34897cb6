-- Of a draft; a published version keeps its number.
-- @param number int
-- @param model_id uuid
-- @param version int
UPDATE rules__version
   SET version = :number
 WHERE model_id = :model_id AND version = :version AND status = 'draft'
