#include "core/identity/credentials.hpp"

#include "core/identity/api_key_repository.hpp"
#include "core/identity/session_repository.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace mortise::identity {
namespace {

constexpr std::int64_t kMarginS = 60;

std::shared_ptr<const Identity> identity_of(const LiveKey& live, const Roles& roles) {
    // Inside a tenant nobody's key has more than the tenant's administrators have.
    const bool platform_owner_in_tenant = live.owner_tenant.is_nil() && !live.key.tenant.is_nil();
    const std::string bound = roles.scopes_of(
        platform_owner_in_tenant ? std::vector<std::string>{"tenant_admin"} : live.owner_roles);
    return std::make_shared<const Identity>(
        Identity{.principal = {base::PrincipalKind::kApiKey, live.key.id, live.key.prefix},
                 .tenant = live.key.tenant,
                 .session = {},
                 .scopes = intersect_scopes(live.key.scopes, bound),
                 .expires_at = live.key.expires_at.value_or(std::numeric_limits<base::Micros>::max())});
}

}  // namespace

Credentials::Credentials(const base::Clock& clock, const Roles& roles, std::int64_t access_lifetime_s)
    : keys_(roles, clock), sessions_(clock, access_lifetime_s + kMarginS) {}

std::shared_ptr<const Identity> Credentials::key(const base::Uuid& id, base::Micros now) const {
    const auto ids = keys_.by_id.read();
    const auto found = ids->find(id);
    return found == ids->end() || found->second->expires_at <= now ? nullptr : found->second;
}

base::Status Credentials::Keys::load(storage::Unit& unit) {
    MORTISE_TRY_ASSIGN(const auto rows, repository::live_keys(unit, clock_.now()));
    const auto before = map.read();
    KeyMap next;
    next.reserve(rows.size());
    KeysById ids;
    ids.reserve(rows.size());
    for (const auto& row : rows) {
        const auto known = before->find(row.hash);
        auto last_used = known != before->end()
                             ? known->second.last_used
                             : std::make_shared<std::atomic<base::Micros>>(row.key.last_used_at.value_or(0));
        auto identity = identity_of(row, roles_);
        ids.emplace(row.key.id, identity);
        next.emplace(row.hash, Key{std::move(identity), row.key.prefix, std::move(last_used)});
    }
    map.replace(std::make_shared<const KeyMap>(std::move(next)));
    by_id.replace(std::make_shared<const KeysById>(std::move(ids)));
    return {};
}

base::Status Credentials::Sessions::load(storage::Unit& unit) {
    MORTISE_TRY_ASSIGN(const auto ids, repository::sessions_revoked_since(
                                           unit, clock_.now() - keep_s_ * base::kMicrosPerSecond));
    set.replace(std::make_shared<const SessionSet>(ids.begin(), ids.end()));
    return {};
}

base::Status Credentials::flush_last_used(storage::Unit& unit) {
    base::Micros newest = flushed_until_;
    const auto map = keys();  // held, since another thread may replace it meanwhile
    for (const auto& [hash, key] : *map) {
        const auto used = key.last_used->load(std::memory_order_relaxed);
        if (used <= flushed_until_) continue;
        MORTISE_TRY(repository::set_last_used(unit, key.identity->principal.id, used));
        newest = std::max(newest, used);
    }
    flushed_until_ = newest;
    return {};
}

}  // namespace mortise::identity
