#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"
#include "core/crypto/random.hpp"
#include "core/identity/credentials.hpp"
#include "core/identity/session_service.hpp"
#include "core/tenancy/core_unit.hpp"
#include "core/tenancy/trail.hpp"

#include <optional>
#include <utility>

namespace mortise::identity {
namespace {

constexpr std::string_view kPrefix = "mr_";
constexpr std::size_t kSecretSize = 32;

base::Error invalid_refresh_token() {
    return {base::ErrorKind::kUnauthenticated, "invalid_refresh_token",
            "The refresh token is not valid, or no longer; log in again."};
}

// The secret behind a refresh token's text.
std::optional<std::string> parse(std::string_view text) {
    if (!text.starts_with(kPrefix) || text.size() > 64) return std::nullopt;
    auto secret = base::base64url_decode(text.substr(kPrefix.size()));
    if (!secret || secret->size() != kSecretSize) return std::nullopt;
    return secret;
}

std::string successor_of(std::string_view secret, std::string_view nonce) {
    const auto next = crypto::blake2b_256_keyed(secret, "mortise.refresh/1 " + std::string(nonce));
    return std::string(crypto::as_bytes(next));
}

}  // namespace

std::string refresh_token_text(std::string_view secret) {
    return std::string(kPrefix) + base::base64url_encode(secret);
}

base::Result<TokenPair> SessionService::refresh(const base::RequestContext& context,
                                                std::string_view refresh_token) {
    const auto secret = parse(refresh_token);
    if (!secret) return invalid_refresh_token();
    MORTISE_TRY_ASSIGN(
        const auto rotation,
        tenancy::run_core(parts_.database, parts_.clock, storage::Access::kWrite,
                          [&](storage::Unit& unit) { return rotate(context, unit, *secret); }));
    if (rotation.secret.empty()) {
        // The revocation is committed; now this node knows it as well.
        MORTISE_TRY(parts_.snapshots.refresh());
        return invalid_refresh_token();
    }
    MORTISE_TRY(check_tenant(rotation.user.tenant));
    return tokens_for(rotation.user, rotation.session, rotation.secret);
}

base::Result<SessionService::Rotation> SessionService::rotate(const base::RequestContext& context,
                                                              storage::Unit& unit, std::string_view secret) {
    const auto now = parts_.clock.now();
    MORTISE_TRY_ASSIGN(auto token, repository::find_refresh_token(unit, refresh_token_hash(secret)));
    if (!token) return invalid_refresh_token();
    MORTISE_TRY_ASSIGN(const auto session, repository::find_session(unit, token->session));
    if (!session || session->revoked_at || session->expires_at <= now) return invalid_refresh_token();
    MORTISE_TRY_ASSIGN(auto user, repository::find_user(unit, session->user));
    if (!user || user->state != UserState::kActive) return invalid_refresh_token();
    Rotation rotation{.user = *std::move(user), .session = session->id, .secret = {}};
    if (token->used_at) return use_again(context, unit, secret, *token, std::move(rotation));

    token->used_at = now;
    token->used_from = context.client_address;
    token->successor_nonce = crypto::random_bytes(kSecretSize);
    rotation.secret = successor_of(secret, token->successor_nonce);
    MORTISE_TRY(repository::use_refresh_token(unit, *token));
    MORTISE_TRY(repository::insert(
        unit,
        RefreshToken{.hash = refresh_token_hash(rotation.secret), .session = session->id, .issued_at = now}));
    MORTISE_TRY(repository::touch_session(unit, session->id, now));
    return rotation;
}

// A token that was used before: its answer was lost, or it was stolen.
base::Result<SessionService::Rotation> SessionService::use_again(const base::RequestContext& context,
                                                                 storage::Unit& unit, std::string_view secret,
                                                                 const RefreshToken& token,
                                                                 Rotation rotation) {
    const auto now = parts_.clock.now();
    const std::string successor = successor_of(secret, token.successor_nonce);
    MORTISE_TRY_ASSIGN(const auto next, repository::find_refresh_token(unit, refresh_token_hash(successor)));
    const bool in_window = now - *token.used_at <= tokens_.replay_window_s * base::kMicrosPerSecond;
    if (in_window && token.used_from == context.client_address && next && !next->used_at) {
        rotation.secret = successor;
        return rotation;
    }
    MORTISE_TRY(tenancy::bump_snapshot(unit, Credentials::kSessions));
    MORTISE_TRY(repository::revoke_session(unit, token.session, now, "refresh_token_reused"));
    MORTISE_TRY(tenancy::record(context, unit, parts_.clock, "session.reuse_detected",
                                "session:" + token.session.to_string(), "denied"));
    return rotation;
}

}  // namespace mortise::identity
