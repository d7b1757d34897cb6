#include "licenses/issuer/usage_table.hpp"

#include "licenses/document/base64url.hpp"
#include "licenses/document/paserk.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/output.hpp"

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

const char* kind_name(licenses::MeterKind kind) {
    return kind == licenses::MeterKind::kSum ? "sum" : "max";
}

}  // namespace

bool UsageTable::has(std::string_view hash) {
    Statement find = ledger_.database().prepare("SELECT 1 FROM usage_report WHERE hash = ?1");
    return find.with(hash).step();
}

std::optional<licenses::UsageLink> UsageTable::last(std::string_view installation) {
    Statement select = ledger_.database().prepare(
        "SELECT sequence, hash, to_day, public FROM usage_report WHERE installation = ?1 "
        "ORDER BY sequence DESC LIMIT 1");
    if (!select.with(installation).step()) return std::nullopt;
    return licenses::UsageLink{
        static_cast<std::uint64_t>(select.number(0)), licenses::base64url_decode(select.text(1)).value_or(""),
        static_cast<licenses::Day>(select.number(2)), take(licenses::public_key_from_paserk(select.text(3)))};
}

void UsageTable::insert(const licenses::UsageReport& report, std::string_view hash) {
    ledger_.database()
        .prepare(
            "INSERT INTO usage_report (hash, installation, sequence, subject, line, public, from_day, to_day, "
            "issued_at, imported_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
        .with(hash, report.installation, static_cast<std::int64_t>(report.sequence), report.subject,
              report.licence_id, licenses::to_paserk(report.key), std::int64_t{report.from},
              std::int64_t{report.to}, report.issued_at, ledger_.now())
        .run();
    Statement insert_row = ledger_.database().prepare(
        "INSERT INTO usage_row (installation, day, tenant, meter, kind, quantity, subject, line) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    for (const licenses::UsageRow& row : report.rows)
        insert_row
            .with(report.installation, std::int64_t{row.day}, row.tenant, row.meter,
                  std::string_view(kind_name(report.meters.find(row.meter)->second)),
                  static_cast<std::int64_t>(row.quantity), report.subject, report.licence_id)
            .run();
    ledger_.audit("usage.imported", report.installation,
                  to_text({{"sequence", report.sequence},
                           {"from", licenses::format_day(report.from)},
                           {"to", licenses::format_day(report.to)},
                           {"hash", hash}}));
}

void UsageTable::each_month(const std::function<void(const MonthOfUsage&)>& visit) {
    // Days are added up over tenants and installations first: the highest day is the customer's, not a
    // tenant's. total() would be a floating-point number; sum() fails on overflow, which is what is wanted.
    Statement select = ledger_.database().prepare(
        "SELECT subject, line, meter, strftime('%Y-%m', day * 86400, 'unixepoch') AS month, kind, "
        "CASE kind WHEN 'sum' THEN sum(quantity) ELSE max(quantity) END FROM "
        "(SELECT subject, line, meter, kind, day, sum(quantity) AS quantity FROM usage_row "
        "GROUP BY subject, line, meter, kind, day) GROUP BY subject, line, meter, kind, month "
        "ORDER BY subject, line, meter, month");
    while (select.step())
        visit({select.text(0), select.text(1), select.text(2), select.text(3),
               static_cast<std::uint64_t>(select.number(5)), select.text(4) == "max"});
}

std::uint64_t UsageTable::peak(std::string_view line, std::string_view meter, licenses::Day from) {
    Statement select = ledger_.database().prepare(
        "SELECT coalesce(max(quantity), 0) FROM (SELECT sum(quantity) AS quantity FROM usage_row "
        "WHERE line = ?1 AND meter = ?2 AND day >= ?3 GROUP BY day)");
    return select.with(line, meter, std::int64_t{from}).step() ? static_cast<std::uint64_t>(select.number(0))
                                                               : 0;
}

void UsageTable::each_row(const std::function<void(const UsageFact&)>& visit) {
    Statement select = ledger_.database().prepare(
        "SELECT day, tenant, meter, quantity, installation, subject, line FROM usage_row "
        "ORDER BY installation, day, tenant, meter");
    while (select.step())
        visit({{static_cast<licenses::Day>(select.number(0)), select.text(1), select.text(2),
                static_cast<std::uint64_t>(select.number(3))},
               select.text(4),
               select.text(5),
               select.text(6)});
}

}  // namespace mortise::issuer
