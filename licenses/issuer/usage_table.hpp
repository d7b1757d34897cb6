#pragma once

#include "licenses/document/usage.hpp"
#include "licenses/issuer/ledger.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::issuer {

// What was used in a month, over the tenants and installations of a customer's line of licences.
struct MonthOfUsage {
    std::string subject, line, meter, month;  // month: 2026-11
    std::uint64_t quantity = 0;               // a sum, or for meters of kind max the highest day
    bool is_max = false;
};

struct UsageFact {
    licenses::UsageRow row;
    std::string installation, subject, line;
};

// The usage reports of a ledger.
class UsageTable {
 public:
    explicit UsageTable(Ledger& ledger) : ledger_(ledger) {}

    // Whether a report of this hash (base64url) was imported already.
    bool has(std::string_view hash);
    // The end of an installation's chain; nullopt if there is none.
    std::optional<licenses::UsageLink> last(std::string_view installation);
    // In the caller's transaction, with the entry in the trail.
    void insert(const licenses::UsageReport& report, std::string_view hash);

    void each_month(const std::function<void(const MonthOfUsage&)>& visit);
    // The highest day of a meter of a line since `from`, all tenants and installations together.
    std::uint64_t peak(std::string_view line, std::string_view meter, licenses::Day from);
    void each_row(const std::function<void(const UsageFact&)>& visit);

 private:
    Ledger& ledger_;
};

}  // namespace mortise::issuer
