-- The versions in force that have a decision, of each model the latest one that is in force at all: an older
-- version's decision that the latest has no more is not there. The tenant's own models come first.
-- @param key text
-- @param model_key text?
-- @param at time
-- @column id uuid
-- @column key text
-- @column layer int
-- @column name text
-- @column tags text
-- @column latest_version int
-- @column revision int
-- @column created_at time
-- @column updated_at time
-- @column version int
SELECT m.id, m.key, m.layer, m.name, m.tags, m.latest_version, m.revision, m.created_at, m.updated_at,
       d.version
  FROM rules__decision d
  JOIN rules__model m ON m.tenant_id = d.tenant_id AND m.id = d.model_id
 WHERE d.tenant_id = mortise_tenant() AND d.key = :key AND (:model_key IS NULL OR m.key = :model_key)
   AND d.version = (SELECT max(v.version)
                      FROM rules__version v
                     WHERE v.tenant_id = d.tenant_id AND v.model_id = d.model_id AND v.status = 'published'
                       AND v.valid_from <= :at AND (v.valid_to IS NULL OR v.valid_to > :at))
 ORDER BY m.layer DESC, m.id
