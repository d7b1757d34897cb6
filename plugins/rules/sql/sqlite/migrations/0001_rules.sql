-- A model and its versions. `layer` 0 holds what the platform shares, 1 the tenant's own: with the same key it
-- overrides the shared one. Ids are UUIDv7, so that their order is the order of creation.
CREATE TABLE rules__model (
    tenant_id BLOB NOT NULL DEFAULT (mortise_tenant()),
    id BLOB NOT NULL,
    key TEXT NOT NULL,
    layer INTEGER NOT NULL CHECK (layer IN (0, 1)),
    name TEXT NOT NULL,
    tags TEXT NOT NULL,
    latest_version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, key, layer)
) STRICT, WITHOUT ROWID;

-- `sources` is a JSON array of {"name", "xml"}, the model first, then what it imports; `tests` one of tests.
-- Once published, only valid_to changes. With rowid: its rows are large.
CREATE TABLE rules__version (
    tenant_id BLOB NOT NULL DEFAULT (mortise_tenant()),
    model_id BLOB NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    status TEXT NOT NULL CHECK (status IN ('draft', 'published')),
    content_id BLOB NOT NULL,
    sources TEXT NOT NULL,
    tests TEXT NOT NULL,
    copy_of INTEGER,
    valid_from INTEGER,
    valid_to INTEGER,
    created_at INTEGER NOT NULL,
    published_at INTEGER,
    published_by BLOB,
    PRIMARY KEY (tenant_id, model_id, version),
    FOREIGN KEY (tenant_id, model_id) REFERENCES rules__model (tenant_id, id) ON DELETE CASCADE,
    CHECK (status = 'draft' OR valid_from IS NOT NULL),
    CHECK (valid_to IS NULL OR valid_to > valid_from)
) STRICT;

-- The names and ids of a published version's decisions and decision services: what they are found by.
CREATE TABLE rules__decision (
    tenant_id BLOB NOT NULL DEFAULT (mortise_tenant()),
    key TEXT NOT NULL,
    model_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, key, model_id, version),
    FOREIGN KEY (tenant_id, model_id, version) REFERENCES rules__version (tenant_id, model_id, version)
        ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX rules__decision_version ON rules__decision (tenant_id, model_id, version);

-- The audit of evaluations. It outlives its model: no foreign key. `inputs` is null where only the hash is
-- kept; `hits` is a JSON array of the rules that matched; `actor` who really asked, where it was in another's name;
-- `caller` the plugin that asked, null where a client did.
CREATE TABLE rules__evaluation (
    tenant_id BLOB NOT NULL DEFAULT (mortise_tenant()),
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    principal BLOB NOT NULL,
    model_id BLOB NOT NULL,
    model_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('decision', 'decision_service')),
    decision TEXT NOT NULL,
    inputs TEXT,
    inputs_hash TEXT NOT NULL,
    result TEXT NOT NULL,
    hits TEXT NOT NULL,
    failure TEXT,
    took_us INTEGER NOT NULL,
    actor BLOB,
    caller TEXT,
    PRIMARY KEY (tenant_id, id)
) STRICT;

CREATE INDEX rules__evaluation_model ON rules__evaluation (tenant_id, model_id, id);
CREATE INDEX rules__evaluation_decision ON rules__evaluation (tenant_id, decision, id);
