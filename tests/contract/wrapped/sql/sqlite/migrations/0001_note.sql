CREATE TABLE wrapped__note (
    tenant_id BLOB NOT NULL DEFAULT (mortise_tenant()),
    id BLOB NOT NULL,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, text)
) STRICT, WITHOUT ROWID;
