-- The one row under which positions of the outbox and links of the audit chain are taken.
CREATE TABLE head (
    tenant_id uuid NOT NULL DEFAULT current_setting('mortise.tenant')::uuid PRIMARY KEY,
    outbox_position bigint NOT NULL DEFAULT 0,
    audit_position bigint NOT NULL DEFAULT 0,
    audit_hash bytea NOT NULL DEFAULT ''
);

-- Events as CloudEvents 1.0 attributes, in the order in which their transactions took the head.
CREATE TABLE outbox (
    tenant_id uuid NOT NULL DEFAULT current_setting('mortise.tenant')::uuid,
    position bigint NOT NULL,
    id uuid NOT NULL,
    source text NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    occurred_at bigint NOT NULL,
    data text NOT NULL,
    correlation_id uuid NOT NULL,
    cause_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, position),
    UNIQUE (tenant_id, id)
);

-- The hash of a row covers the hash before it and personal_digest, never `personal` itself, so that erasing a
-- person (personal and personal_salt to NULL) keeps the chain.
CREATE TABLE audit (
    tenant_id uuid NOT NULL DEFAULT current_setting('mortise.tenant')::uuid,
    position bigint NOT NULL,
    id uuid NOT NULL,
    occurred_at bigint NOT NULL,
    action text NOT NULL,
    outcome text NOT NULL,
    target text NOT NULL,
    principal_kind bigint NOT NULL,
    principal_id uuid NOT NULL,
    actor_id uuid NOT NULL,
    request_id uuid NOT NULL,
    details text NOT NULL,
    personal text,
    personal_salt bytea,
    personal_digest bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (tenant_id, position),
    UNIQUE (tenant_id, id)
);
CREATE INDEX audit_time ON audit (tenant_id, occurred_at);

-- The answers of requests that came with an Idempotency-Key.
CREATE TABLE idempotency (
    tenant_id uuid NOT NULL DEFAULT current_setting('mortise.tenant')::uuid,
    principal_id uuid NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status bigint NOT NULL,
    headers text NOT NULL,
    body bytea,
    created_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, principal_id, route, key)
);
CREATE INDEX idempotency_created ON idempotency (tenant_id, created_at);
