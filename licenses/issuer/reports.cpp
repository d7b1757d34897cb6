#include "licenses/issuer/reports.hpp"

#include "licenses/issuer/activation_table.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/issuing.hpp"
#include "licenses/issuer/money.hpp"
#include "licenses/issuer/usage_table.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace mortise::issuer {
namespace {

constexpr licenses::Seconds kDayLength = 86400;

bool is_wanted(const ReportQuery& query, const std::string& subject) {
    return query.subject.empty() || query.subject == subject;
}

// Begun, active and not ended (grace apart).
bool is_in_force(const LicenceRow& row, licenses::Seconds now) {
    return row.status == "active" && row.not_before <= now && (!row.not_after || *row.not_after > now);
}

void each_in_force(Home& home, const ReportQuery& query,
                   const std::function<void(const LicenceRow&)>& visit) {
    LicenceTable(home.ledger()).each([&](const LicenceRow& row) {
        if (is_wanted(query, row.subject) && is_in_force(row, home.now())) visit(row);
    });
}

// The limits of the newest licence of each line, looked up once.
class Allowances {
 public:
    explicit Allowances(Home& home) : table_(home.ledger()) {}

    std::optional<licenses::Limit> find(const std::string& line, const std::string& meter) {
        auto known = licences_.find(line);
        if (known == licences_.end())
            known = licences_.emplace(line, licence_of(table_.newest_of_line(line))).first;
        const auto limit = known->second.limits.find(meter);
        return limit == known->second.limits.end() ? std::nullopt : std::optional(limit->second);
    }

 private:
    LicenceTable table_;
    std::map<std::string, licenses::Licence> licences_;
};

std::string overage_text(const std::optional<licenses::Limit>& limit, std::uint64_t quantity) {
    if (!limit) return "";
    return std::to_string(quantity > limit->max ? quantity - limit->max : 0);
}

bool is_of_people_or_machines(const std::string& name, const licenses::Limit& limit) {
    return limit.kind == licenses::LimitKind::kSeats || name == "users" || name == "nodes" ||
           name == "machines";
}

}  // namespace

ReportTable report_usage(Home& home, const ReportQuery& query) {
    ReportTable out{{"sub", "license", "month", "meter", "quantity", "allowance", "overage"}, {}};
    Allowances allowances(home);
    UsageTable(home.ledger()).each_month([&](const MonthOfUsage& month) {
        if (!is_wanted(query, month.subject)) return;
        auto limit = allowances.find(month.line, month.meter);
        // A day's, a year's or the whole term's allowance says nothing of a month.
        const bool monthly =
            limit && (limit->kind != licenses::LimitKind::kMeter || limit->per == licenses::Period::kMonth);
        if (!monthly) limit.reset();
        out.rows.push_back({month.subject, month.line, month.month, month.meter,
                            std::to_string(month.quantity), limit ? std::to_string(limit->max) : "",
                            overage_text(limit, month.quantity)});
    });
    return out;
}

ReportTable report_expiring(Home& home, const ReportQuery& query) {
    ReportTable out{{"ends", "days_left", "sub", "plan", "license", "price"}, {}};
    std::vector<LicenceRow> rows;
    LicenceTable(home.ledger()).each([&](const LicenceRow& row) {
        if (!is_wanted(query, row.subject) || row.status != "active" || !row.replaced_by.empty()) return;
        if (!row.not_after || *row.not_after > home.now() + query.within) return;
        if (*row.not_after + licence_of(row).grace > home.now()) rows.push_back(row);
    });
    std::sort(rows.begin(), rows.end(), [](const LicenceRow& a, const LicenceRow& b) {
        return std::tie(*a.not_after, a.id) < std::tie(*b.not_after, b.id);
    });
    for (const LicenceRow& row : rows) {
        const licenses::Seconds left = *row.not_after - home.now();
        out.rows.push_back({licenses::format_time(*row.not_after),
                            std::to_string(left > 0 ? (left + kDayLength - 1) / kDayLength : 0), row.subject,
                            row.plan, row.id, row.price});
    }
    return out;
}

ReportTable report_revenue_base(Home& home, const ReportQuery& query) {
    struct Sum {
        std::uint64_t licences = 0;
        std::int64_t yearly = 0, once = 0;
    };
    std::map<std::pair<std::string, std::string>, Sum> sums;
    each_in_force(home, query, [&](const LicenceRow& row) {
        const auto price = parse_money(row.price);
        if (!price || row.model == "trial") return;
        Sum& sum = sums[{row.plan, price->currency}];
        ++sum.licences;
        std::int64_t& part = row.not_after ? sum.yearly : sum.once;
        const std::int64_t amount = row.not_after
                                        ? for_a_year(price->ten_thousandths, *row.not_after - row.not_before)
                                        : price->ten_thousandths;
        if (__builtin_add_overflow(part, amount, &part)) throw Failure("too_large", "The sum is too large.");
    });
    ReportTable out{{"plan", "currency", "licenses", "for_365_days", "once"}, {}};
    for (const auto& [key, sum] : sums)
        out.rows.push_back({key.first, key.second, std::to_string(sum.licences), format_amount(sum.yearly),
                            format_amount(sum.once)});
    return out;
}

ReportTable report_seats(Home& home, const ReportQuery& query) {
    ReportTable out{{"sub", "license", "limit", "sold", "activated", "highest_day"}, {}};
    ActivationTable activations(home.ledger());
    UsageTable usage(home.ledger());
    each_in_force(home, query, [&](const LicenceRow& row) {
        const licenses::Licence licence = licence_of(row);
        for (const auto& [name, limit] : licence.limits) {
            if (!is_of_people_or_machines(name, limit)) continue;
            const bool machines = name == "machines";
            const auto since = static_cast<licenses::Day>(row.not_before / kDayLength);
            out.rows.push_back({row.subject, row.id, name, std::to_string(limit.max),
                                machines ? std::to_string(activations.in_use(row.line).size()) : "",
                                machines ? "" : std::to_string(usage.peak(row.line, name, since))});
        }
    });
    return out;
}

}  // namespace mortise::issuer
