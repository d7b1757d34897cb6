-- Users, sessions, keys. A nil tenant_id means the platform.
CREATE TABLE users (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16),
    email TEXT NOT NULL,
    password_phc TEXT NOT NULL,
    roles TEXT NOT NULL,  -- sorted, separated by spaces
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (tenant_id, email)
) STRICT;
CREATE INDEX users_by_email ON users (email);
CREATE INDEX users_by_tenant ON users (tenant_id, id);

CREATE TABLE sessions (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16),
    user_id BLOB NOT NULL CHECK (length(user_id) = 16),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    client_address TEXT NOT NULL,
    revoked_at INTEGER,
    revoke_reason TEXT
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_revocation ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

-- Every refresh token of a session until the session goes, so that a second use of any is noticed. Only hashes.
CREATE TABLE refresh_tokens (
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
    session_id BLOB NOT NULL CHECK (length(session_id) = 16),
    issued_at INTEGER NOT NULL,
    used_at INTEGER,
    used_from TEXT,        -- the client's address then
    successor_nonce BLOB   -- makes, with the token itself, the next one
) STRICT;
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

CREATE TABLE api_keys (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16),
    owner_id BLOB NOT NULL CHECK (length(owner_id) = 16),
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    scopes TEXT NOT NULL,  -- sorted, separated by spaces
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id, id);

-- The key pairs of access tokens. A row without verify_until may sign; the newest does.
CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    public_key BLOB NOT NULL CHECK (length(public_key) = 32),
    seed BLOB NOT NULL CHECK (length(seed) = 32),
    created_at INTEGER NOT NULL,
    verify_until INTEGER
) STRICT;
