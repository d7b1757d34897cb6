-- @param id uuid
-- @param text text
-- @param at time
INSERT INTO wrapped__note (id, text, at) VALUES (:id, :text, :at)
