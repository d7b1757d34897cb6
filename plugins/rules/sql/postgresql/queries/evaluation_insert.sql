-- @param id uuid
-- @param at time
-- @param principal uuid
-- @param model_id uuid
-- @param model_key text
-- @param version int
-- @param kind text
-- @param decision text
-- @param inputs text?
-- @param inputs_hash text
-- @param result text
-- @param hits text
-- @param failure text?
-- @param took_us int
-- @param actor uuid?
-- @param caller text?
INSERT INTO rules__evaluation
    (id, at, principal, model_id, model_key, version, kind, decision, inputs, inputs_hash, result, hits, failure,
     took_us, actor, caller)
VALUES (:id, :at, :principal, :model_id, :model_key, :version, :kind, :decision, :inputs, :inputs_hash, :result,
        :hits, :failure, :took_us, :actor, :caller)
