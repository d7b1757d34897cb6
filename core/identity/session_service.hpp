#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/crypto/password.hpp"
#include "core/identity/key_ring.hpp"
#include "core/identity/login_limiter.hpp"
#include "core/identity/roles.hpp"
#include "core/identity/session_repository.hpp"
#include "core/identity/user.hpp"
#include "core/identity/user_repository.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/directory.hpp"
#include "core/tenancy/snapshots.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::identity {

struct LoginRequest {
    std::string email;
    std::string password;
    // A slug. Empty: the platform's user of this e-mail, else the one tenant's that has it.
    std::string tenant;
};

// The answer of a login or refresh (RFC 6749, 5.1).
struct TokenPair {
    std::string access_token;
    std::string token_type = "Bearer";
    std::int64_t expires_in = 0;  // seconds
    std::string refresh_token;
};

// A refresh token as the client gets it.
std::string refresh_token_text(std::string_view secret);

// What SessionService is built of; all must outlive it.
struct SessionParts {
    storage::Database& database;
    const base::Clock& clock;
    crypto::PasswordHasher& hasher;
    const Roles& roles;
    const KeyRing& keys;
    const tenancy::Directory& directory;
    tenancy::Snapshots& snapshots;
};

// Logins and what follows from them. Each function takes steps of its own (hashing must not hold a
// transaction) and refreshes snapshots by itself. Blocks: not on a reactor thread. Thread-safe.
//
// Refresh tokens are "mr_" and 32 random bytes, kept as BLAKE2b-256. Using one makes its successor:
// BLAKE2b-256 keyed with the old token over a nonce that is stored when it happens. So the database alone
// yields no token, and for replay_window_s the same client (by address) that repeats the old token, because
// the answer was lost, gets the very same successor, as long as that has not been used. Any other use of an
// old token is theft by one of two holders, and revokes the session (RFC 9700, 4.14.2).
class SessionService {
 public:
    SessionService(SessionParts parts, TokenSettings tokens, LoginLimits limits);

    // `invalid_credentials` (401) for a wrong password, an unknown or ambiguous e-mail, an unknown tenant and
    // a disabled user alike, after the same work; `tenant_suspended` (403) only after the right password;
    // `too_many_attempts` (429); `busy` (503). The context gives the client's address.
    base::Result<TokenPair> login(const base::RequestContext& context, const LoginRequest& request);

    // `invalid_refresh_token` (401) if it is unknown, expired, revoked or used again.
    base::Result<TokenPair> refresh(const base::RequestContext& context, std::string_view refresh_token);

    // Revokes the session of the context's access token; succeeds also if it is revoked already.
    base::Status logout(const base::RequestContext& context);

    // Removes sessions that ended more than a day ago, with their tokens; answers how many. For a timer.
    base::Result<std::int64_t> purge();

 private:
    // What became of a refresh: a next token, or a session that had to be revoked.
    struct Rotation {
        User user;
        base::Uuid session;
        std::string secret;  // of the next refresh token; empty: none
    };

    base::Result<std::optional<Account>> find_account(const std::string& email, std::string_view tenant);
    // Whether the password is right and the user may log in; the same work if there is no account.
    base::Result<bool> check_credentials(const std::optional<Account>& account, const std::string& password);
    base::Status record_failure(const base::RequestContext& context, const std::optional<Account>& account);
    base::Status check_tenant(const base::Uuid& tenant) const;
    base::Result<TokenPair> open_session(const base::RequestContext& context, const Account& account,
                                         const std::string& password);
    base::Result<Rotation> rotate(const base::RequestContext& context, storage::Unit& unit,
                                  std::string_view secret);
    base::Result<Rotation> use_again(const base::RequestContext& context, storage::Unit& unit,
                                     std::string_view secret, const RefreshToken& token, Rotation rotation);
    base::Result<TokenPair> tokens_for(const User& user, const base::Uuid& session,
                                       std::string_view refresh_secret) const;

    SessionParts parts_;
    const TokenSettings tokens_;
    LoginLimiter limiter_;
};

}  // namespace mortise::identity
