#include "core/identity/session_service.hpp"

#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"
#include "core/crypto/random.hpp"
#include "core/identity/credentials.hpp"
#include "core/tenancy/core_unit.hpp"
#include "core/tenancy/trail.hpp"

#include <utility>

namespace mortise::identity {
namespace {

constexpr base::Micros kPurgeAfter = 24 * 3600 * base::kMicrosPerSecond;

base::Error invalid_credentials() {
    return {base::ErrorKind::kUnauthenticated, "invalid_credentials",
            "E-mail, password or tenant are not right, or the user may not log in."};
}

std::string object_of(const std::optional<Account>& account) {
    return account ? "user:" + account->user.id.to_string() : std::string("user:unknown");
}

// The context of a login that succeeded: from here on it is the user who acts.
base::RequestContext as_user(base::RequestContext context, const User& user) {
    context.principal = {base::PrincipalKind::kUser, user.id, user.id.to_string()};
    context.actor = context.principal;
    context.tenant = user.tenant;
    return context;
}

}  // namespace

SessionService::SessionService(SessionParts parts, TokenSettings tokens, LoginLimits limits)
    : parts_(parts), tokens_(std::move(tokens)), limiter_(limits) {}

base::Result<TokenPair> SessionService::login(const base::RequestContext& context,
                                              const LoginRequest& request) {
    // What can't be an account goes the same way as one that is not there, under one name for the limiter.
    const std::string email = normalise_email(request.email).value_or("");
    const std::string tenant = tenancy::is_slug(request.tenant) ? request.tenant : std::string();
    const std::string name = tenant + '\n' + email;
    MORTISE_TRY(limiter_.take(name, context.client_address, parts_.clock.monotonic()));
    if (request.password.size() > 1024 || (tenant.empty() && !request.tenant.empty())) {
        MORTISE_TRY(parts_.hasher.verify_dummy(request.password.substr(0, 1024)));
        return invalid_credentials();
    }
    MORTISE_TRY_ASSIGN(const auto account, find_account(email, tenant));
    auto verified = check_credentials(account, request.password);
    if (!verified) return std::move(verified).error();
    if (!*verified) {
        MORTISE_TRY(record_failure(context, account));
        return invalid_credentials();
    }
    limiter_.forgive(name, context.client_address);
    MORTISE_TRY(check_tenant(account->user.tenant));
    return open_session(context, *account, request.password);
}

base::Result<std::optional<Account>> SessionService::find_account(const std::string& email,
                                                                  std::string_view tenant) {
    base::Uuid tenant_id;
    if (!tenant.empty()) {
        const auto tenants = parts_.directory.read();
        const auto* const found = tenants->find(tenant);
        if (found == nullptr) return std::optional<Account>();
        tenant_id = found->id;
    }
    return tenancy::run_core(parts_.database, parts_.clock, storage::Access::kRead,
                             [&](storage::Unit& unit) -> base::Result<std::optional<Account>> {
                                 if (!tenant.empty()) return repository::find_account(unit, tenant_id, email);
                                 MORTISE_TRY_ASSIGN(auto all, repository::find_accounts(unit, email));
                                 // The platform's comes first (nil), and wins: else a tenant's administrator
                                 // could lock one of the platform out by making a user of the same e-mail.
                                 if (all.size() == 1 || (!all.empty() && all.front().user.tenant.is_nil()))
                                     return std::optional(std::move(all.front()));
                                 return std::optional<Account>();
                             });
}

base::Result<bool> SessionService::check_credentials(const std::optional<Account>& account,
                                                     const std::string& password) {
    if (!account) {
        MORTISE_TRY(parts_.hasher.verify_dummy(password));
        return false;
    }
    MORTISE_TRY_ASSIGN(const bool right, parts_.hasher.verify(account->password_phc, password));
    return right && account->user.state == UserState::kActive;
}

// Also for an e-mail that nobody has: the write is a part of the answer's time.
base::Status SessionService::record_failure(const base::RequestContext& context,
                                            const std::optional<Account>& account) {
    return tenancy::run_core(
        parts_.database, parts_.clock, storage::Access::kWrite, [&](storage::Unit& unit) {
            return tenancy::record(context, unit, parts_.clock, "login.failed", object_of(account), "denied");
        });
}

base::Status SessionService::check_tenant(const base::Uuid& tenant) const {
    if (tenant.is_nil()) return {};
    const auto tenants = parts_.directory.read();
    const auto* const found = tenants->find(tenant);
    if (found != nullptr && found->state == tenancy::TenantState::kActive) return {};
    if (found == nullptr || found->state != tenancy::TenantState::kSuspended) return invalid_credentials();
    return base::Error{base::ErrorKind::kForbidden, "tenant_suspended",
                       "The tenant is suspended; its platform's administrator can resume it."};
}

base::Result<TokenPair> SessionService::open_session(const base::RequestContext& context,
                                                     const Account& account, const std::string& password) {
    std::string better_phc;
    if (parts_.hasher.needs_rehash(account.password_phc)) {
        MORTISE_TRY_ASSIGN(better_phc, parts_.hasher.hash(password));
    }
    const auto now = parts_.clock.now();
    const Session session{.id = base::new_uuid(parts_.clock),
                          .tenant = account.user.tenant,
                          .user = account.user.id,
                          .created_at = now,
                          .expires_at = now + tokens_.session_lifetime_s * base::kMicrosPerSecond,
                          .last_used_at = now,
                          .client_address = context.client_address,
                          .revoked_at = std::nullopt};
    const std::string secret = crypto::random_bytes(32);
    MORTISE_TRY_ASSIGN(
        const auto user,
        tenancy::run_core(
            parts_.database, parts_.clock, storage::Access::kWrite,
            [&](storage::Unit& unit) -> base::Result<User> {
                // Hashing took a while: the user may have been disabled or removed meanwhile.
                MORTISE_TRY_ASSIGN(auto found, repository::find_user(unit, session.user));
                if (!found || found->state != UserState::kActive) return invalid_credentials();
                if (!better_phc.empty()) MORTISE_TRY(repository::set_password(unit, found->id, better_phc));
                MORTISE_TRY(repository::insert(unit, session));
                MORTISE_TRY(repository::insert(
                    unit, RefreshToken{
                              .hash = refresh_token_hash(secret), .session = session.id, .issued_at = now}));
                MORTISE_TRY(tenancy::record(as_user(context, account.user), unit, parts_.clock,
                                            "login.succeeded", object_of(account)));
                return *std::move(found);
            }));
    return tokens_for(user, session.id, secret);
}

base::Status SessionService::logout(const base::RequestContext& context) {
    if (context.session.is_nil()) return {};  // an API key has no session
    auto done = tenancy::run_core(
        parts_.database, parts_.clock, storage::Access::kWrite, [&](storage::Unit& unit) -> base::Status {
            MORTISE_TRY(tenancy::bump_snapshot(unit, Credentials::kSessions));
            MORTISE_TRY(repository::revoke_session(unit, context.session, parts_.clock.now(), "logout"));
            return tenancy::record(context, unit, parts_.clock, "session.ended",
                                   "session:" + context.session.to_string());
        });
    if (!done) return done;
    return parts_.snapshots.refresh();
}

base::Result<std::int64_t> SessionService::purge() {
    return tenancy::run_core(
        parts_.database, parts_.clock, storage::Access::kWrite, [&](storage::Unit& unit) {
            return repository::remove_ended_sessions(unit, parts_.clock.now() - kPurgeAfter);
        });
}

base::Result<TokenPair> SessionService::tokens_for(const User& user, const base::Uuid& session,
                                                   std::string_view refresh_secret) const {
    const auto keys = parts_.keys.read();
    if (keys->secret == nullptr) return base::internal_error("there is no key to sign access tokens with");
    const auto now_s = parts_.clock.now() / base::kMicrosPerSecond;
    const AccessClaims claims{.issuer = tokens_.issuer,
                              .audience = tokens_.audience,
                              .subject = user.id,
                              .tenant = user.tenant,
                              .session = session,
                              .token = base::new_uuid(parts_.clock),
                              .issued_at = now_s,
                              .expires_at = now_s + tokens_.access_lifetime_s,
                              .scope = parts_.roles.scopes_of(user.roles)};
    return TokenPair{.access_token = sign_access_token(claims, keys->kid, *keys->secret),
                     .expires_in = tokens_.access_lifetime_s,
                     .refresh_token = refresh_token_text(refresh_secret)};
}

}  // namespace mortise::identity
