#include "core/identity/session_repository.hpp"

#include "core/crypto/hash.hpp"
#include "core/tenancy/rows.hpp"

#include <utility>

namespace mortise::identity {

std::string refresh_token_hash(std::string_view secret) {
    return std::string(crypto::as_bytes(crypto::blake2b_256(secret)));
}

}  // namespace mortise::identity

namespace mortise::identity::repository {
namespace {

using storage::Bytes;
using storage::Statement;
using storage::Type;
using tenancy::read_all;
using tenancy::read_one;

const Statement kInsertSession{
    "identity.insert_session",
    "INSERT INTO sessions (id, tenant_id, user_id, created_at, expires_at, last_used_at, client_address) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)",
    {Type::kUuid, Type::kUuid, Type::kUuid, Type::kTime, Type::kTime, Type::kTime, Type::kText}};
const Statement kFindSession{
    "identity.find_session",
    "SELECT id, tenant_id, user_id, created_at, expires_at, last_used_at, client_address, revoked_at "
    "FROM sessions WHERE id = $1",
    {Type::kUuid},
    {Type::kUuid, Type::kUuid, Type::kUuid, Type::kTime, Type::kTime, Type::kTime, Type::kText, Type::kTime}};
const Statement kTouchSession{"identity.touch_session",
                              "UPDATE sessions SET last_used_at = $2 WHERE id = $1",
                              {Type::kUuid, Type::kTime}};
const Statement kRevokeSession{
    "identity.revoke_session",
    "UPDATE sessions SET revoked_at = $2, revoke_reason = $3 WHERE id = $1 AND revoked_at IS NULL",
    {Type::kUuid, Type::kTime, Type::kText}};
const Statement kRevokeSessionsOf{
    "identity.revoke_sessions_of_user",
    "UPDATE sessions SET revoked_at = $2, revoke_reason = $3 WHERE user_id = $1 AND revoked_at IS NULL",
    {Type::kUuid, Type::kTime, Type::kText}};
const Statement kRevokedSince{"identity.sessions_revoked_since",
                              "SELECT id FROM sessions WHERE revoked_at IS NOT NULL AND revoked_at >= $1",
                              {Type::kTime},
                              {Type::kUuid}};
const Statement kRemoveEndedTokens{"identity.remove_ended_tokens",
                                   "DELETE FROM refresh_tokens WHERE session_id IN "
                                   "(SELECT id FROM sessions WHERE expires_at < $1 OR revoked_at < $1)",
                                   {Type::kTime}};
const Statement kRemoveEnded{"identity.remove_ended_sessions",
                             "DELETE FROM sessions WHERE expires_at < $1 OR revoked_at < $1",
                             {Type::kTime}};
const Statement kRemoveTokensOfTenant{
    "identity.remove_tokens_of_tenant",
    "DELETE FROM refresh_tokens WHERE session_id IN (SELECT id FROM sessions WHERE tenant_id = $1)",
    {Type::kUuid}};
const Statement kRemoveOfTenant{
    "identity.remove_sessions_of_tenant", "DELETE FROM sessions WHERE tenant_id = $1", {Type::kUuid}};

const Statement kInsertToken{"identity.insert_refresh_token",
                             "INSERT INTO refresh_tokens (hash, session_id, issued_at) VALUES ($1, $2, $3)",
                             {Type::kBytes, Type::kUuid, Type::kTime}};
#define MORTISE_FIND_TOKEN \
    "SELECT hash, session_id, issued_at, used_at, used_from, successor_nonce FROM refresh_tokens WHERE hash = $1"
// SQLite's writer is alone anyhow; on PostgreSQL two refreshes of one token must come one after the other.
const Statement kFindToken{"identity.find_refresh_token",
                           Statement::Text{MORTISE_FIND_TOKEN, MORTISE_FIND_TOKEN " FOR UPDATE"},
                           {Type::kBytes},
                           {Type::kBytes, Type::kUuid, Type::kTime, Type::kTime, Type::kText, Type::kBytes}};
const Statement kUseToken{"identity.use_refresh_token",
                          "UPDATE refresh_tokens SET used_at = $2, used_from = $3, successor_nonce = $4 "
                          "WHERE hash = $1 AND used_at IS NULL",
                          {Type::kBytes, Type::kTime, Type::kText, Type::kBytes}};

base::Result<Session> read_session(const storage::Row& row) {
    Session session;
    session.id = row.uuid(0);
    session.tenant = row.uuid(1);
    session.user = row.uuid(2);
    session.created_at = row.integer(3);
    session.expires_at = row.integer(4);
    session.last_used_at = row.integer(5);
    session.client_address = row.text(6);
    if (!row.is_null(7)) session.revoked_at = row.integer(7);
    return session;
}

base::Result<RefreshToken> read_token(const storage::Row& row) {
    RefreshToken token;
    token.hash = row.bytes(0);
    token.session = row.uuid(1);
    token.issued_at = row.integer(2);
    if (!row.is_null(3)) token.used_at = row.integer(3);
    token.used_from = row.text_or(4, "");
    if (!row.is_null(5)) token.successor_nonce = row.bytes(5);
    return token;
}

}  // namespace

base::Status insert(storage::Unit& unit, const Session& session) {
    MORTISE_TRY(unit.run(kInsertSession,
                         {session.id, session.tenant, session.user, session.created_at, session.expires_at,
                          session.last_used_at, std::string_view(session.client_address)}));
    return {};
}

base::Result<std::optional<Session>> find_session(storage::Unit& unit, const base::Uuid& id) {
    return read_one(unit, kFindSession, {id}, read_session);
}

base::Status touch_session(storage::Unit& unit, const base::Uuid& id, base::Micros now) {
    MORTISE_TRY(unit.run(kTouchSession, {id, now}));
    return {};
}

base::Result<std::int64_t> revoke_session(storage::Unit& unit, const base::Uuid& id, base::Micros now,
                                          std::string_view reason) {
    return unit.run(kRevokeSession, {id, now, reason});
}

base::Result<std::int64_t> revoke_sessions_of(storage::Unit& unit, const base::Uuid& user, base::Micros now,
                                              std::string_view reason) {
    return unit.run(kRevokeSessionsOf, {user, now, reason});
}

base::Result<std::vector<base::Uuid>> sessions_revoked_since(storage::Unit& unit, base::Micros since) {
    return read_all(unit, kRevokedSince, {since},
                    [](const storage::Row& row) { return base::Result<base::Uuid>(row.uuid(0)); });
}

base::Result<std::int64_t> remove_ended_sessions(storage::Unit& unit, base::Micros before) {
    MORTISE_TRY(unit.run(kRemoveEndedTokens, {before}));
    return unit.run(kRemoveEnded, {before});
}

base::Status remove_sessions(storage::Unit& unit, const base::Uuid& tenant) {
    MORTISE_TRY(unit.run(kRemoveTokensOfTenant, {tenant}));
    MORTISE_TRY(unit.run(kRemoveOfTenant, {tenant}));
    return {};
}

base::Status insert(storage::Unit& unit, const RefreshToken& token) {
    MORTISE_TRY(unit.run(kInsertToken, {Bytes{token.hash}, token.session, token.issued_at}));
    return {};
}

base::Result<std::optional<RefreshToken>> find_refresh_token(storage::Unit& unit, std::string_view hash) {
    return read_one(unit, kFindToken, {Bytes{hash}}, read_token);
}

base::Status use_refresh_token(storage::Unit& unit, const RefreshToken& used) {
    MORTISE_TRY_ASSIGN(const auto changed,
                       unit.run(kUseToken, {Bytes{used.hash}, used.used_at.value_or(0),
                                            std::string_view(used.used_from), Bytes{used.successor_nonce}}));
    if (changed != 1) return base::internal_error("a refresh token was used within another's unit");
    return {};
}

}  // namespace mortise::identity::repository
