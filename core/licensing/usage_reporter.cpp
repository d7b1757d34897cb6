#include "core/licensing/usage_reporter.hpp"

#include "core/tenancy/quota.hpp"
#include "core/tenancy/rows.hpp"
#include "core/tenancy/usage_repository.hpp"
#include "licenses/document/usage.hpp"

#include <algorithm>
#include <utility>

namespace mortise::licensing {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using storage::Row;
using storage::Statement;
using storage::Type;
using tenancy::Day;

const std::vector<Type> kReportColumns{Type::kInteger, Type::kInteger, Type::kInteger, Type::kTime,
                                       Type::kText};
const Statement kLastReport{
    "licensing.last_report",
    "SELECT sequence, from_day, to_day, made_at, token FROM usage_reports ORDER BY sequence DESC LIMIT 1",
    {},
    kReportColumns};
const Statement kReports{"licensing.usage_reports",
                         "SELECT sequence, from_day, to_day, made_at, token FROM usage_reports "
                         "WHERE sequence > $1 ORDER BY sequence LIMIT $2",
                         {Type::kInteger, Type::kInteger},
                         kReportColumns};
const Statement kReport{
    "licensing.usage_report",
    "SELECT sequence, from_day, to_day, made_at, token FROM usage_reports WHERE sequence = $1",
    {Type::kInteger},
    kReportColumns};
const Statement kInsertReport{
    "licensing.insert_report",
    "INSERT INTO usage_reports (sequence, from_day, to_day, made_at, token) VALUES ($1, $2, $3, $4, $5)",
    kReportColumns};
const Statement kFirstDay{"licensing.first_usage_day",
                          "SELECT CAST(min(day) AS bigint) FROM usage HAVING min(day) IS NOT NULL",
                          {},
                          {Type::kInteger}};

Result<UsageReportInfo> read_report(const Row& row) {
    return UsageReportInfo{.sequence = row.integer(0),
                           .from = static_cast<Day>(row.integer(1)),
                           .to = static_cast<Day>(row.integer(2)),
                           .made_at = row.integer(3),
                           .token = std::string(row.text(4))};
}

Result<Day> first_day(storage::Unit& unit, Day otherwise) {
    MORTISE_TRY_ASSIGN(const auto first,
                       tenancy::read_one(unit, kFirstDay, {}, [](const Row& row) -> Result<Day> {
                           return static_cast<Day>(row.integer(0));
                       }));
    return first.value_or(otherwise);
}

// A tenant that is gone is named by its id.
std::string name_of(const tenancy::TenantMap& tenants, const base::Uuid& id) {
    if (id.is_nil()) return "";
    const tenancy::Tenant* tenant = tenants.find(id);
    return tenant == nullptr ? id.to_string() : tenant->slug;
}

}  // namespace

Result<UsageReportInfo> UsageReporter::make(storage::Unit& unit, std::optional<Day> to) {
    MORTISE_TRY(tenancy::lock_limit(unit, "usage_reports"));  // one at a time: they are a chain
    MORTISE_TRY_ASSIGN(const auto last, tenancy::read_one(unit, kLastReport, {}, read_report));
    // By what is known of the time, not by a clock that may be wrong: a report of days to come would leave
    // nothing to report until they are over, and the vendor refuses it.
    const base::Micros now = licence_.time().known();
    const Day today = tenancy::day_of(now);
    const Day end = to.value_or(today);
    if (end > today)
        return Error{
            ErrorKind::kInvalid, "invalid_day",
            "Days are reported once they are over (UTC). A clock that was set forward, or a server that "
            "was off, counts after a day of running."};
    MORTISE_TRY_ASSIGN(const Day begin, last ? Result<Day>(last->to) : first_day(unit, end));
    if (begin >= end)
        return Error{ErrorKind::kConflict, "nothing_to_report", "No day is over since the last report."};

    licenses::UsageReport report;
    const auto licence = licence_.snapshot();
    report.installation = installation_.id;
    report.subject = licence->subject;
    report.licence_id = licence->line_id;
    report.issued_at = now / base::kMicrosPerSecond;
    report.sequence = last ? static_cast<std::uint64_t>(last->sequence) + 1 : 1;
    report.previous = last ? licenses::usage_hash(last->token) : std::string();
    report.from = begin;
    report.to = end;
    MORTISE_TRY_ASSIGN(const auto rows, tenancy::repository::usage(unit, std::nullopt, begin, end));
    const auto tenants = directory_.read();
    for (const tenancy::UsageRow& row : rows) {
        report.meters[row.meter] =
            row.kind == tenancy::MeterKind::kMax ? licenses::MeterKind::kMax : licenses::MeterKind::kSum;
        report.rows.push_back({row.day, name_of(*tenants, row.tenant), row.meter, row.quantity});
    }
    std::sort(report.rows.begin(), report.rows.end());
    if (report.rows.size() > licenses::kMaxUsageRows)
        return Error{ErrorKind::kTooLarge, "report_too_large",
                     "There are too many days for one report; name an earlier day as its end."};
    UsageReportInfo info{static_cast<std::int64_t>(report.sequence), begin, end, clock_.now(),
                         licenses::sign_usage(std::move(report), installation_.key)};
    MORTISE_TRY(unit.run(kInsertReport, {info.sequence, std::int64_t{info.from}, std::int64_t{info.to},
                                         info.made_at, std::string_view(info.token)}));
    return info;
}

Result<std::vector<UsageReportInfo>> UsageReporter::list(storage::Unit& unit, std::int64_t after,
                                                         std::int64_t limit) {
    return tenancy::read_all(unit, kReports, {after, limit}, read_report);
}

Result<UsageReportInfo> UsageReporter::get(storage::Unit& unit, std::int64_t sequence) {
    MORTISE_TRY_ASSIGN(auto found, tenancy::read_one(unit, kReport, {sequence}, read_report));
    if (!found)
        return Error{ErrorKind::kNotFound, "usage_report_not_found",
                     "There is no usage report of this number."};
    return *std::move(found);
}

}  // namespace mortise::licensing
