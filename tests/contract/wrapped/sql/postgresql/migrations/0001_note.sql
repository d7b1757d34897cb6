CREATE TABLE wrapped__note (
    tenant_id uuid NOT NULL DEFAULT current_setting('mortise.tenant')::uuid,
    id uuid NOT NULL,
    text text NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, text)
);
