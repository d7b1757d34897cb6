#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/delivery.hpp"
#include "core/flags/flag_model.hpp"
#include "core/flags/owner_view.hpp"
#include "core/storage/database.hpp"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::flags {

// What a stored definition needs; nothing if it can't be read.
std::vector<Prerequisite> prerequisites_in(const std::string& definition);

// Checks what flags need of each other, after some were written in `environment`, or removed there so that
// production's show: that each prerequisite is there with its variants, also what others need of those that
// were written, that none leads back to its flag, and that no chain or tree of them is beyond the limits.
// `views` are the affected_views() of the tenant then.
base::Result<std::vector<base::FieldError>> check_prerequisites(storage::Unit& unit, const base::Uuid& tenant,
                                                                const std::vector<OwnerView>& views,
                                                                std::string_view environment,
                                                                const std::vector<WrittenFlag>& written);

// Which of a tenant's flags have prerequisites that are not there, or more of them than the limits let, where
// the platform has these flags.
std::set<std::string, std::less<>> unmet_flags(const OwnerView& own, const OwnerView& platform);

// Whether flags of the same owner need this one in the environment; if it is production, in any.
base::Result<bool> is_needed(storage::Unit& unit, const base::Uuid& tenant, std::string_view environment,
                             std::string_view key);
inline base::Result<bool> is_needed_anywhere(storage::Unit& unit, const base::Uuid& tenant,
                                             std::string_view key) {
    return is_needed(unit, tenant, kProduction, key);
}

}  // namespace mortise::flags
