#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/storage/database.hpp"
#include "core/telemetry/log.hpp"
#include "core/tenancy/snapshots.hpp"

#include <string_view>

namespace mortise::licensing {

// The vendor's documents in core.db, from which every node takes them. All references must outlive it.
class LicenceStore final : public tenancy::Snapshot {
 public:
    static constexpr std::string_view kName = "licence";
    // How far a document may be ahead of this host's clock: a vendor's clock and a customer's are not the
    // same to the second. What is accepted then says how late it is, so that a licence that begins when it
    // was issued has begun.
    static constexpr licenses::Seconds kClockLeeway = 300;

    LicenceStore(LicenceHolder& holder, telemetry::Log& log, const base::Clock& clock)
        : holder_(holder), log_(log), clock_(clock) {}

    // Verifies a licence token, a bundle or an update, and keeps what is new of it in the unit; in force on
    // every node after the commit and the next refresh. On an error what was held stays. Codes:
    // license_<name of the refusal> (licenses/document/result.hpp), license_superseded (an older one for the
    // same subject is held or was), license_expired (it has ended, while the present one hasn't). A licence
    // that has not begun waits beside the present one; whether it is revoked, bound to another machine and so
    // on is checked at once.
    base::Status install(storage::Unit& unit, std::string_view text);

    std::string_view snapshot_name() const noexcept override { return kName; }
    // What is stored and no longer good is logged and left out.
    base::Status load(storage::Unit& unit) override;

 private:
    base::Result<Documents> read(storage::Unit& unit) const;
    base::Status keep_licence(storage::Unit& unit, const licenses::Accepted& accepted, const Documents& held);
    base::Status keep(storage::Unit& unit, const licenses::Accepted& accepted, base::Micros stored_at);

    LicenceHolder& holder_;
    telemetry::Log& log_;
    const base::Clock& clock_;
};

}  // namespace mortise::licensing
