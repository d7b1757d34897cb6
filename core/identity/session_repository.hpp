#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/storage/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::identity {

struct Session {
    base::Uuid id;
    base::Uuid tenant;
    base::Uuid user;
    base::Micros created_at = 0;
    base::Micros expires_at = 0;
    base::Micros last_used_at = 0;
    std::string client_address;
    std::optional<base::Micros> revoked_at;
};

struct RefreshToken {
    std::string hash;  // refresh_token_hash of its secret
    base::Uuid session;
    base::Micros issued_at = 0;
    std::optional<base::Micros> used_at;
    std::string used_from;        // the client's address then
    std::string successor_nonce;  // empty unless used
};

// What is kept of a refresh token: BLAKE2b-256, 32 bytes.
std::string refresh_token_hash(std::string_view secret);

}  // namespace mortise::identity

// The statements on sessions and refresh tokens. Each runs in the caller's unit; nothing here decides.
namespace mortise::identity::repository {

base::Status insert(storage::Unit& unit, const Session& session);
base::Result<std::optional<Session>> find_session(storage::Unit& unit, const base::Uuid& id);
base::Status touch_session(storage::Unit& unit, const base::Uuid& id, base::Micros now);
// How many were not revoked before.
base::Result<std::int64_t> revoke_session(storage::Unit& unit, const base::Uuid& id, base::Micros now,
                                          std::string_view reason);
base::Result<std::int64_t> revoke_sessions_of(storage::Unit& unit, const base::Uuid& user, base::Micros now,
                                              std::string_view reason);
base::Result<std::vector<base::Uuid>> sessions_revoked_since(storage::Unit& unit, base::Micros since);
// With their tokens: those that expired or were revoked before `before`.
base::Result<std::int64_t> remove_ended_sessions(storage::Unit& unit, base::Micros before);
base::Status remove_sessions(storage::Unit& unit, const base::Uuid& tenant);

base::Status insert(storage::Unit& unit, const RefreshToken& token);
// In a writing unit the row is the caller's alone until the unit ends.
base::Result<std::optional<RefreshToken>> find_refresh_token(storage::Unit& unit, std::string_view hash);
base::Status use_refresh_token(storage::Unit& unit, const RefreshToken& used);

}  // namespace mortise::identity::repository
