#include "core/flags/approvals.hpp"

#include "core/flags/environment_repository.hpp"

namespace mortise::flags {

base::Result<std::int64_t> approvals_required(storage::Unit& unit, const base::Uuid& tenant,
                                              std::string_view environment) {
    MORTISE_TRY_ASSIGN(const auto found, repository::find_environment(unit, tenant, environment));
    return found ? found->approvals_required : 0;
}

}  // namespace mortise::flags
