#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/storage/database.hpp"
#include "core/telemetry/log.hpp"
#include "core/tenancy/snapshots.hpp"

#include <string_view>

namespace mortise::licensing {

// The installed licence in core.db, from which every node takes it. All references must outlive it.
class LicenceStore final : public tenancy::Snapshot {
 public:
    static constexpr std::string_view kName = "licence";

    LicenceStore(LicenceHolder& holder, telemetry::Log& log, const base::Clock& clock)
        : holder_(holder), log_(log), clock_(clock) {}

    // Verifies a token or bundle, and keeps it in the unit; in force on every node after the commit and the
    // next refresh. Errors are those of LicenceHolder::install, which it tells beforehand.
    base::Status install(storage::Unit& unit, std::string_view text);

    std::string_view snapshot_name() const noexcept override { return kName; }
    // A stored licence that is no longer good is logged, and leaves what is in force.
    base::Status load(storage::Unit& unit) override;

 private:
    LicenceHolder& holder_;
    telemetry::Log& log_;
    const base::Clock& clock_;
};

}  // namespace mortise::licensing
