-- @param key text
-- @param model_id uuid
-- @param version int
INSERT INTO rules__decision (key, model_id, version)
VALUES (:key, :model_id, :version)
