-- A model and its versions. `layer` 0 holds what the platform shares, 1 the tenant's own: with the same key it
-- overrides the shared one. Ids are UUIDv7, so that their order is the order of creation.
CREATE TABLE rules__model (
    tenant_id uuid NOT NULL DEFAULT (current_setting('mortise.tenant')::uuid),
    id uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    layer bigint NOT NULL CHECK (layer IN (0, 1)),
    name text COLLATE "C" NOT NULL,
    tags text COLLATE "C" NOT NULL,
    latest_version bigint NOT NULL,
    revision bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, key, layer)
);

-- `sources` is a JSON array of {"name", "xml"}, the model first, then what it imports; `tests` one of tests.
-- Once published, only valid_to changes.
CREATE TABLE rules__version (
    tenant_id uuid NOT NULL DEFAULT (current_setting('mortise.tenant')::uuid),
    model_id uuid NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    status text COLLATE "C" NOT NULL CHECK (status IN ('draft', 'published')),
    content_id uuid NOT NULL,
    sources text NOT NULL,
    tests text NOT NULL,
    copy_of bigint,
    valid_from bigint,
    valid_to bigint,
    created_at bigint NOT NULL,
    published_at bigint,
    published_by uuid,
    PRIMARY KEY (tenant_id, model_id, version),
    FOREIGN KEY (tenant_id, model_id) REFERENCES rules__model (tenant_id, id) ON DELETE CASCADE,
    CHECK (status = 'draft' OR valid_from IS NOT NULL),
    CHECK (valid_to IS NULL OR valid_to > valid_from)
);

-- The names and ids of a published version's decisions and decision services: what they are found by.
CREATE TABLE rules__decision (
    tenant_id uuid NOT NULL DEFAULT (current_setting('mortise.tenant')::uuid),
    key text COLLATE "C" NOT NULL,
    model_id uuid NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (tenant_id, key, model_id, version),
    FOREIGN KEY (tenant_id, model_id, version) REFERENCES rules__version (tenant_id, model_id, version)
        ON DELETE CASCADE
);

CREATE INDEX rules__decision_version ON rules__decision (tenant_id, model_id, version);

-- The audit of evaluations. It outlives its model: no foreign key. `inputs` is null where only the hash is
-- kept; `hits` is a JSON array of the rules that matched; `actor` who really asked, where it was in another's name;
-- `caller` the plugin that asked, null where a client did.
CREATE TABLE rules__evaluation (
    tenant_id uuid NOT NULL DEFAULT (current_setting('mortise.tenant')::uuid),
    id uuid NOT NULL,
    at bigint NOT NULL,
    principal uuid NOT NULL,
    model_id uuid NOT NULL,
    model_key text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('decision', 'decision_service')),
    decision text COLLATE "C" NOT NULL,
    inputs text,
    inputs_hash text NOT NULL,
    result text NOT NULL,
    hits text NOT NULL,
    failure text,
    took_us bigint NOT NULL,
    actor uuid,
    caller text COLLATE "C",
    PRIMARY KEY (tenant_id, id)
);

CREATE INDEX rules__evaluation_model ON rules__evaluation (tenant_id, model_id, id);
CREATE INDEX rules__evaluation_decision ON rules__evaluation (tenant_id, decision, id);
