-- A page of evaluations. `bound` is the last one of the page before; `rule` is the id of a rule in quotes, as
-- it stands in `hits`. Ids are UUIDv7: their order is that of time.
-- @param model_id uuid?
-- @param version int?
-- @param decision text?
-- @param principal uuid?
-- @param caller text?
-- @param inputs_hash text?
-- @param rule text?
-- @param from_time time?
-- @param to_time time?
-- @param failed bool
-- @param bound uuid?
-- @param limit int
-- @param order choice(newest, oldest)
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
 WHERE tenant_id = mortise_tenant() AND (:model_id IS NULL OR model_id = :model_id)
   AND (:version IS NULL OR version = :version)
   AND (:decision IS NULL OR decision = :decision)
   AND (:principal IS NULL OR principal = :principal)
   AND (:caller IS NULL OR caller = :caller)
   AND (:inputs_hash IS NULL OR inputs_hash = :inputs_hash)
   AND (:rule IS NULL OR instr(hits, '"id":' || :rule) > 0)
   AND (:from_time IS NULL OR at >= :from_time)
   AND (:to_time IS NULL OR at < :to_time)
   AND (NOT :failed OR failure IS NOT NULL)
--? order = newest
   AND id < coalesce(:bound, x'ffffffffffffffffffffffffffffffff')
 ORDER BY id DESC
--? end
--? order = oldest
   AND id > coalesce(:bound, x'00')
 ORDER BY id
--? end
 LIMIT :limit
