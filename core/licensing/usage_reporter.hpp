#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/licensing/installation.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/directory.hpp"
#include "core/tenancy/limits.hpp"
#include "core/tenancy/page.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mortise::licensing {

struct UsageReportInfo {
    std::int64_t sequence = 0;
    tenancy::Day from = 0, to = 0;  // the days from `from` to the one before `to`
    base::Micros made_at = 0;
    std::string token;  // usage/v1
};

// Reports of what was used, for the vendor: signed by the installation, each with the hash of the one before,
// so that none is left out. Days are reported once they are over. Thread-safe.
class UsageReporter {
 public:
    UsageReporter(const LicenceHolder& licence, const Installation& installation,
                  const tenancy::Directory& directory, const base::Clock& clock)
        : licence_(licence), installation_(installation), directory_(directory), clock_(clock) {}

    // The next report: from the end of the last one to `to` (not included; none: today). Errors:
    // `nothing_to_report` (409) if no day is over since then, `invalid_day` (400) for a day that isn't over,
    // `report_too_large` (413).
    base::Result<UsageReportInfo> make(storage::Unit& unit, std::optional<tenancy::Day> to);
    // By sequence, above `after`, at most `limit`.
    base::Result<std::vector<UsageReportInfo>> list(storage::Unit& unit, std::int64_t after,
                                                    std::int64_t limit);
    // `usage_report_not_found` (404).
    base::Result<UsageReportInfo> get(storage::Unit& unit, std::int64_t sequence);

 private:
    const LicenceHolder& licence_;
    const Installation& installation_;
    const tenancy::Directory& directory_;
    const base::Clock& clock_;
};

}  // namespace mortise::licensing
