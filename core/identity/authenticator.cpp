#include "core/identity/authenticator.hpp"

#include "core/crypto/hash.hpp"

#include <utility>

namespace mortise::identity {
namespace {

constexpr base::Micros kLastUsedStep = 60 * base::kMicrosPerSecond;

base::Error invalid(std::string why) {
    return {base::ErrorKind::kUnauthenticated, "invalid_token",
            "The credential is not valid, or no longer; log in again.", std::move(why)};
}

std::shared_ptr<const Identity> identity_of(const AccessClaims& claims, std::int64_t leeway_s) {
    return std::make_shared<const Identity>(
        Identity{.principal = {base::PrincipalKind::kUser, claims.subject, claims.subject.to_string()},
                 .tenant = claims.tenant,
                 .session = claims.session,
                 .scopes = claims.scope,
                 .expires_at = (claims.expires_at + leeway_s) * base::kMicrosPerSecond});
}

}  // namespace

Authenticator::Authenticator(const KeyRing& keys, const Credentials& credentials,
                             const tenancy::Directory& directory, TokenSettings tokens)
    : keys_(keys), credentials_(credentials), directory_(directory), tokens_(std::move(tokens)) {}

base::Result<std::shared_ptr<const Identity>> Authenticator::authenticate(std::string_view text,
                                                                          base::Micros now) {
    if (text.size() > kMaxTokenSize) return invalid("credential: size");
    return text.starts_with("mk_") ? by_api_key(text, now) : by_token(text, now);
}

base::Result<std::shared_ptr<const Identity>> Authenticator::by_token(std::string_view text,
                                                                      base::Micros now) {
    const auto digest = crypto::blake2b_256(text);
    const auto keys = keys_.read();
    auto identity = cache_.find(digest, keys->generation, now);
    if (identity == nullptr) {
        MORTISE_TRY_ASSIGN(const auto claims, verify_access_token(text, keys->verification, tokens_, now));
        identity = identity_of(claims, tokens_.leeway_s);
        cache_.put(digest, keys->generation, identity, now);
    }
    if (credentials_.revoked_sessions()->contains(identity->session)) return invalid("access token: revoked");
    MORTISE_TRY(check_tenant(identity->tenant));
    return identity;
}

base::Result<std::shared_ptr<const Identity>> Authenticator::by_api_key(std::string_view text,
                                                                        base::Micros now) {
    const auto parsed = parse_api_key(text);
    if (!parsed) return invalid("API key: form");
    const auto keys = credentials_.keys();
    const auto found = keys->find(parsed->hash);
    if (found == keys->end() || found->second.prefix != parsed->prefix) return invalid("API key: unknown");
    const auto& key = found->second;
    if (key.identity->expires_at <= now) return invalid("API key: expired");
    MORTISE_TRY(check_tenant(key.identity->tenant));
    if (now - key.last_used->load(std::memory_order_relaxed) >= kLastUsedStep)
        key.last_used->store(now, std::memory_order_relaxed);
    return key.identity;
}

base::Status Authenticator::check_tenant(const base::Uuid& tenant) const {
    if (tenant.is_nil()) return {};
    const auto tenants = directory_.read();
    const auto* const found = tenants->find(tenant);
    if (found != nullptr && found->state == tenancy::TenantState::kActive) return {};
    if (found != nullptr && found->state == tenancy::TenantState::kSuspended)
        return base::Error{base::ErrorKind::kForbidden, "tenant_suspended",
                           "The tenant is suspended; its platform's administrator can resume it."};
    return invalid("credential: its tenant is gone");
}

}  // namespace mortise::identity
