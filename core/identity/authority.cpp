#include "core/identity/authority.hpp"

#include "core/identity/user_repository.hpp"

namespace mortise::identity {

base::Result<bool> Authority::holds(storage::Unit& unit, base::PrincipalKind kind, const base::Uuid& id,
                                    const base::Uuid& tenant, std::string_view scope) const {
    if (kind == base::PrincipalKind::kSystem) return true;
    if (kind == base::PrincipalKind::kApiKey) {
        const auto key = credentials_.key(id, clock_.now());
        const bool here = key != nullptr && (key->tenant.is_nil() || key->tenant == tenant);
        return here && base::has_scope(key->scopes, scope);
    }
    MORTISE_TRY_ASSIGN(const auto user, repository::find_user(unit, id));
    if (!user || user->state != UserState::kActive) return false;
    if (!user->tenant.is_nil() && user->tenant != tenant) return false;
    return base::has_scope(roles_.scopes_of(user->roles), scope);
}

}  // namespace mortise::identity
