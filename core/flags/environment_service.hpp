#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/flags/flag_model.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/if_match.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::flags {

inline constexpr std::size_t kMaxEnvironments = 32;  // beside the built-in ones
inline constexpr std::int64_t kMaxApprovalsRequired = 10;

// Environments of flags. Those beside the built-in ones are the platform's; each owner (the platform, or the
// tenant in the context) says itself how many approvals a change of its own flags needs in one. The caller
// commits the unit and then calls Snapshots::refresh(). Thread-safe.
class EnvironmentService {
 public:
    explicit EnvironmentService(const base::Clock& clock) : clock_(clock) {}

    struct Put {
        Environment environment;
        bool created = false;
    };
    struct Wanted {
        std::string description;              // at most 1,000 bytes of UTF-8
        std::int64_t approvals_required = 0;  // 0 to kMaxApprovalsRequired
    };
    // Without a tenant it makes one that isn't there. Errors: `invalid_environment_name`,
    // `invalid_environment` (400), `too_many_environments` (409), `version_mismatch` (412); inside a tenant
    // `environment_not_found`.
    base::Result<Put> put(const base::RequestContext& context, storage::Unit& unit, std::string_view name,
                          const Wanted& wanted, const tenancy::IfMatch& version = {});
    // As the context's owner has it. `environment_not_found` (404).
    base::Result<Environment> get(const base::RequestContext& context, storage::Unit& unit,
                                  std::string_view name);
    // By name.
    base::Result<std::vector<Environment>> list(const base::RequestContext& context, storage::Unit& unit);
    // With all that everybody has in it; change requests that are not closed fail. `environment_built_in`
    // (409); `scope_required` (403) without flags:approve where somebody asks for approvals.
    base::Status remove(const base::RequestContext& context, storage::Unit& unit, std::string_view name,
                        const tenancy::IfMatch& version = {});

 private:
    const base::Clock& clock_;
};

bool is_environment_name(std::string_view name) noexcept;  // [a-z][a-z0-9-]{0,31}

}  // namespace mortise::flags
