-- Users, sessions, keys. A nil tenant_id means the platform.
CREATE TABLE users (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    email text NOT NULL,
    password_phc text NOT NULL,
    roles text NOT NULL,  -- sorted, separated by spaces
    state text NOT NULL CHECK (state IN ('active', 'disabled')),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL,
    UNIQUE (tenant_id, email)
);
CREATE INDEX users_by_email ON users (email);
CREATE INDEX users_by_tenant ON users (tenant_id, id);

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    last_used_at bigint NOT NULL,
    client_address text NOT NULL,
    revoked_at bigint,
    revoke_reason text
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_revocation ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

-- Every refresh token of a session until the session goes, so that a second use of any is noticed. Only hashes.
CREATE TABLE refresh_tokens (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    session_id uuid NOT NULL,
    issued_at bigint NOT NULL,
    used_at bigint,
    used_from text,        -- the client's address then
    successor_nonce bytea   -- makes, with the token itself, the next one
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    scopes text NOT NULL,  -- sorted, separated by spaces
    created_at bigint NOT NULL,
    expires_at bigint,
    last_used_at bigint,
    revoked_at bigint
);
CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id, id);

-- The key pairs of access tokens. A row without verify_until may sign; the newest does.
CREATE TABLE signing_keys (
    kid text PRIMARY KEY,
    public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
    seed bytea NOT NULL CHECK (octet_length(seed) = 32),
    created_at bigint NOT NULL,
    verify_until bigint
);
