#include "core/identity/api_key_service.hpp"

#include "core/base/text.hpp"
#include "core/crypto/random.hpp"
#include "core/identity/api_key_repository.hpp"
#include "core/identity/credentials.hpp"
#include "core/identity/words.hpp"
#include "core/tenancy/trail.hpp"

#include <algorithm>
#include <utility>

namespace mortise::identity {
namespace {

base::Error not_found() {
    return {base::ErrorKind::kNotFound, "api_key_not_found", "There is no API key with this id."};
}

// 8 characters of [a-z2-7]: 40 random bits, enough to tell keys apart.
std::string new_prefix() {
    constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
    std::string prefix;
    for (const char c : crypto::random_bytes(8))
        prefix += kAlphabet[static_cast<unsigned char>(c) % kAlphabet.size()];
    return prefix;
}

bool is_key_name(std::string_view name) {
    const auto is_control = [](char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; };
    if (!base::is_utf8(name) || std::any_of(name.begin(), name.end(), is_control)) return false;
    const auto length = base::utf8_length(name);
    return length >= 1 && length <= 100;
}

base::Status check(const NewApiKey& key, base::Micros now) {
    std::vector<base::FieldError> fields;
    if (!is_key_name(key.name))
        fields.push_back(
            {"/name", "invalid_name", "A name has 1 to 100 characters and no control characters."});
    if (key.scopes.empty() || key.scopes.size() > 64)
        fields.push_back({"/scopes", "invalid_scopes", "A key has 1 to 64 scopes."});
    for (std::size_t i = 0; i < std::min<std::size_t>(key.scopes.size(), 64); ++i) {
        if (!is_scope(key.scopes[i]))
            fields.push_back({"/scopes/" + std::to_string(i), "invalid_scope",
                              "A scope is written like 'milestones:read' or 'milestones:*'."});
    }
    if (key.expires_at && *key.expires_at <= now)
        fields.push_back({"/expires_at", "in_the_past", "A key must expire in the future, or never."});
    if (fields.empty()) return {};
    return base::Error{base::ErrorKind::kInvalid,
                       "invalid_api_key",
                       "The API key has fields that must be mended.",
                       {},
                       std::move(fields)};
}

// A key is owned by a user: the caller, or the owner of the key that the caller uses.
base::Result<base::Uuid> owner_of(const base::RequestContext& context, storage::Unit& unit) {
    if (context.principal.kind == base::PrincipalKind::kUser) return context.principal.id;
    if (context.principal.kind == base::PrincipalKind::kApiKey) {
        MORTISE_TRY_ASSIGN(const auto key,
                           repository::find_api_key(unit, context.tenant, context.principal.id));
        if (key) return key->owner;
    }
    return base::Error{base::ErrorKind::kForbidden, "user_required", "Only a user can own an API key."};
}

}  // namespace

base::Result<CreatedApiKey> ApiKeyService::create(const base::RequestContext& context, storage::Unit& unit,
                                                  const NewApiKey& key) {
    const auto now = clock_.now();
    MORTISE_TRY(check(key, now));
    const std::string within = context.platform() ? "*" : roles_.scopes_of({"tenant_admin"});
    for (const auto& scope : key.scopes) {
        if (!base::has_scope(context.scopes, scope) || !base::has_scope(within, scope))
            return base::Error{base::ErrorKind::kForbidden, "scope_exceeded",
                               "A key can't have more rights than its creator has here: " + scope + "."};
    }
    MORTISE_TRY(tenancy::bump_snapshot(unit, Credentials::kKeys));
    MORTISE_TRY_ASSIGN(const auto owner, owner_of(context, unit));
    CreatedApiKey created;
    created.key = ApiKey{.id = base::new_uuid(clock_),
                         .tenant = context.tenant,
                         .owner = owner,
                         .name = key.name,
                         .prefix = new_prefix(),
                         .scopes = join_words(key.scopes),
                         .created_at = now,
                         .expires_at = key.expires_at,
                         .last_used_at = std::nullopt,
                         .revoked_at = std::nullopt};
    created.secret = crypto::random_token("mk_" + created.key.prefix + "_", 32);
    const auto parsed = parse_api_key(created.secret);
    if (!parsed) return base::internal_error("a new API key is not in its own form");
    MORTISE_TRY(repository::insert(unit, created.key, parsed->hash));
    MORTISE_TRY(
        tenancy::record(context, unit, clock_, "api_key.created", "api_key:" + created.key.id.to_string()));
    return created;
}

base::Result<tenancy::Page<ApiKey>> ApiKeyService::list(const base::RequestContext& context,
                                                        storage::Unit& unit,
                                                        const tenancy::PageRequest& request) {
    MORTISE_TRY_ASSIGN(const auto bounds, tenancy::page_bounds(request));
    MORTISE_TRY_ASSIGN(auto rows, repository::api_keys(unit, context.tenant, bounds));
    return tenancy::make_page(std::move(rows), bounds.limit);
}

base::Result<ApiKey> ApiKeyService::get(const base::RequestContext& context, storage::Unit& unit,
                                        const base::Uuid& id) {
    MORTISE_TRY_ASSIGN(auto found, repository::find_api_key(unit, context.tenant, id));
    if (!found) return not_found();
    return *std::move(found);
}

base::Status ApiKeyService::revoke(const base::RequestContext& context, storage::Unit& unit,
                                   const base::Uuid& id) {
    MORTISE_TRY(tenancy::bump_snapshot(unit, Credentials::kKeys));
    MORTISE_TRY_ASSIGN(const auto key, get(context, unit, id));
    if (key.revoked_at) return {};
    MORTISE_TRY(repository::revoke_api_key(unit, id, clock_.now()));
    return tenancy::record(context, unit, clock_, "api_key.revoked", "api_key:" + id.to_string());
}

}  // namespace mortise::identity
