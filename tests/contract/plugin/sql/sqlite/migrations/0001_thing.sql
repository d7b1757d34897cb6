CREATE TABLE @id@__thing (
    tenant_id BLOB NOT NULL DEFAULT (mortise_tenant()),
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    up INTEGER,
    amount INTEGER NOT NULL DEFAULT 0 CHECK (amount >= 0),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name),
    FOREIGN KEY (tenant_id, up) REFERENCES @id@__thing (tenant_id, id)
) STRICT, WITHOUT ROWID;
