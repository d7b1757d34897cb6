CREATE TABLE @id@__thing (
    tenant_id uuid NOT NULL DEFAULT current_setting('mortise.tenant')::uuid,
    id bigint NOT NULL,
    name text NOT NULL,
    up bigint,
    amount bigint NOT NULL DEFAULT 0 CHECK (amount >= 0),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name),
    FOREIGN KEY (tenant_id, up) REFERENCES @id@__thing (tenant_id, id)
);
