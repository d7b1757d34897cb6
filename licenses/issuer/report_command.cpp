#include "licenses/document/base64url.hpp"
#include "licenses/document/paserk.hpp"
#include "licenses/document/usage.hpp"
#include "licenses/document/verify.hpp"
#include "licenses/issuer/activation_table.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/files.hpp"
#include "licenses/issuer/licence_table.hpp"
#include "licenses/issuer/output.hpp"
#include "licenses/issuer/reports.hpp"
#include "licenses/issuer/usage_table.hpp"

#include <CLI/Validators.hpp>
#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

struct ReportOptions : Common {
    std::filesystem::path file;
    std::string subject;
    std::uint64_t days = 30;
};

// That the report's key is the installation's: the one of its activation, or of the activation in the report,
// or of its reports before; the first report of an installation that was never activated sets it.
void check_key(Home& home, const licenses::UsageReport& report) {
    const auto activated = ActivationTable(home.ledger()).of_installation(report.installation);
    const auto other_key = [&](const std::string& than) {
        return Failure("other_key", "The report is signed by another key than " + than + ".");
    };
    if (activated && activated->key != licenses::to_paserk(report.key))
        throw other_key("the one that the installation was activated with");
    if (report.activation.empty()) return;
    const auto activation = take(licenses::verify_activation(report.activation, home.keyset(), home.now()));
    if (activation.installation != report.installation || activation.key != report.key)
        throw other_key("the activation in it certifies");
}

// A report of days to come would hide what is used on them: the next one begins where it ends. Clocks may
// differ by a day.
void check_past(const licenses::UsageReport& report, licenses::Seconds now) {
    constexpr licenses::Seconds kDay = 86400, kLeeway = kDay;
    if (report.issued_at <= now + kLeeway && report.to * kDay <= now + kLeeway) return;
    throw Failure(
        {licenses::RefusalCode::kIssuedInFuture,
         "The report was made at " + licenses::format_time(report.issued_at) + " and goes to " +
             licenses::format_day(report.to) +
             ", which is in the future. Have the customer put the server's clock right; the usage of "
             "those days comes with a report that is made when they are over."});
}

void run_import(const ReportOptions& options) {
    Home home(options.home, unix_time());
    std::string token = read_file(options.file, licenses::kMaxUsageBytes + 1);
    if (token.ends_with('\n')) token.pop_back();
    const licenses::UsageReport report = take(licenses::verify_usage(token));
    const std::string hash = licenses::base64url_encode(licenses::usage_hash(token));
    check_past(report, home.now());
    UsageTable table(home.ledger());
    LicenceTable(home.ledger()).get(report.licence_id);
    check_key(home, report);
    nlohmann::json out = {{"installation", report.installation},
                          {"sequence", report.sequence},
                          {"from", licenses::format_day(report.from)},
                          {"to", licenses::format_day(report.to)},
                          {"rows", report.rows.size()}};
    const bool had = table.has(hash);
    out["imported"] = !had && !options.dry_run;
    if (!had) {
        Transaction transaction(home.ledger().database());
        const auto last = table.last(report.installation);
        if (auto refusal = licenses::check_usage_link(last ? &*last : nullptr, report))
            throw Failure(*refusal);
        if (!options.dry_run) {
            table.insert(report, hash);
            transaction.commit();
        }
    }
    print(options.json,
          std::string(had               ? "Was imported before: "
                      : options.dry_run ? "Would import "
                                        : "Imported ") +
              "report " + std::to_string(report.sequence) + " of " + report.installation + ", " +
              licenses::format_day(report.from) + " to " + licenses::format_day(report.to) + ", " +
              std::to_string(report.rows.size()) + " rows.",
          to_text(out));
}

// A table with its columns as wide as they need to be.
std::string as_table(const ReportTable& table) {
    std::vector<std::size_t> widths(table.columns.size());
    const auto widen = [&](const std::vector<std::string>& row) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    };
    widen(table.columns);
    for (const auto& row : table.rows)
        widen(row);
    std::string out;
    const auto line = [&](const std::vector<std::string>& row) {
        for (std::size_t i = 0; i < row.size(); ++i)
            out += row[i] + (i + 1 < row.size() ? std::string(widths[i] - row[i].size() + 2, ' ') : "\n");
    };
    line(table.columns);
    for (const auto& row : table.rows)
        line(row);
    out.pop_back();
    return out;
}

nlohmann::json as_json(const ReportTable& table) {
    nlohmann::json items = nlohmann::json::array();
    for (const auto& row : table.rows) {
        nlohmann::json item = nlohmann::json::object();
        for (std::size_t i = 0; i < row.size(); ++i)
            item[table.columns[i]] = row[i];
        items.push_back(std::move(item));
    }
    return {{"items", std::move(items)}};
}

using Report = ReportTable (*)(Home&, const ReportQuery&);

void add_table(CLI::App& group, const char* name, const char* help, Report report, bool with_days) {
    auto options = std::make_shared<ReportOptions>();
    CLI::App* command = group.add_subcommand(name, help);
    add_common(*command, *options, 0);
    command->add_option("--sub", options->subject, "Of this customer only");
    if (with_days)
        command->add_option("--within-days", options->days, "Looking so far ahead")
            ->check(CLI::Range(0, 36500))
            ->capture_default_str();
    command->footer("Example:\n  mortise-license report " + std::string(name) + " --home vendor");
    command->callback([options, report] {
        Home home(options->home, unix_time());
        const ReportTable table =
            report(home, {options->subject, static_cast<licenses::Seconds>(options->days) * 86400});
        print(options->json, as_table(table), to_text(as_json(table)));
    });
}

}  // namespace

void add_report(CLI::App& app) {
    CLI::App* group = app.add_subcommand("report", "Usage that customers report, and what the ledger knows");
    group->require_subcommand(1);
    group->footer("Example:\n  mortise-license report import customer.usage --home vendor");
    auto options = std::make_shared<ReportOptions>();
    CLI::App* command = group->add_subcommand("import", "Check a customer's usage report and take it in");
    add_common(*command, *options, kWithDryRun);
    command->add_option("file", options->file, "The report that the customer's server wrote")->required();
    command->footer("Example:\n  mortise-license report import customer.usage --home vendor");
    command->callback([options] { run_import(*options); });
    add_table(*group, "usage", "What was used, by month, and what was beyond the allowance", report_usage,
              false);
    add_table(*group, "expiring", "Licences that end soon and have no successor", report_expiring, true);
    add_table(*group, "revenue-base", "What the licences in force bring, for 365 days", report_revenue_base,
              false);
    add_table(*group, "seats", "Users, seats and machines: sold, activated, used", report_seats, false);
}

}  // namespace mortise::issuer
