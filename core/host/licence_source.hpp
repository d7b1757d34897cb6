#pragma once

#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/licensing/snapshot.hpp"
#include "core/tenancy/limits.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace mortise::host {

// What mortise.license/1 stands on; the application's is made of the rooms licensing and tenancy.
// Thread-safe.
class LicenceSource {
 public:
    virtual ~LicenceSource() = default;

    // What the licence in force allows; a call keeps what it began with. Never null.
    virtual std::shared_ptr<const licensing::Snapshot> snapshot() const = 0;
    // Whether another plugin may have a method of this one run: as a request to it that writes or reads.
    virtual base::Status may_serve(std::string_view plugin, bool writes) const = 0;
    // What is allowed of `name` in the context's tenant; nullopt: nothing limits it.
    virtual std::optional<tenancy::LimitRule> limit(const base::RequestContext& context,
                                                    std::string_view name) const = 0;
    // Counts for the context's tenant, at once and whatever becomes of the unit of work; may wait for the
    // database. `license_limit_reached`: the licence allows no more, and nothing was counted.
    virtual base::Status count(const base::RequestContext& context, std::string_view meter,
                               std::uint64_t amount) = 0;
    // What was counted and not used after all.
    virtual void give_back(const base::RequestContext& context, std::string_view meter,
                           std::uint64_t amount) noexcept = 0;
};

}  // namespace mortise::host
