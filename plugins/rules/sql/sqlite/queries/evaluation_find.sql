-- @param id uuid
-- @column id uuid
-- @column at time
-- @column principal uuid
-- @column model_id uuid
-- @column model_key text
-- @column version int
-- @column kind text
-- @column decision text
-- @column inputs text?
-- @column inputs_hash text
-- @column result text
-- @column hits text
-- @column failure text?
-- @column took_us int
-- @column actor uuid?
-- @column caller text?
SELECT id, at, principal, model_id, model_key, version, kind, decision, inputs, inputs_hash,
       result, hits, failure, took_us, actor, caller
  FROM rules__evaluation
 WHERE tenant_id = mortise_tenant() AND id = :id
