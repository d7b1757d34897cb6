#include "licenses/issuer/activation_table.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/csv.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/licence_table.hpp"
#include "licenses/issuer/output.hpp"
#include "licenses/issuer/usage_table.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>

#include <CLI/Validators.hpp>
#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

struct ExportOptions : Common {
    std::string what, format = "csv";
};

// One row of an export: names and values, which are texts, numbers or null.
using Row = std::vector<std::pair<const char*, nlohmann::json>>;
using Visit = std::function<void(const Row&)>;

nlohmann::json time_or_null(const std::optional<licenses::Seconds>& time) {
    return time ? nlohmann::json(licenses::format_time(*time)) : nlohmann::json();
}

void each_licence(Home& home, const Visit& visit) {
    LicenceTable(home.ledger()).each([&](const LicenceRow& row) {
        visit({{"id", row.id},
               {"line", row.line},
               {"sequence", row.sequence},
               {"sub", row.subject},
               {"plan", row.plan},
               {"model", row.model},
               {"status", row.status},
               {"reason", row.reason},
               {"replaced_by", row.replaced_by},
               {"issued_at", licenses::format_time(row.issued_at)},
               {"not_before", licenses::format_time(row.not_before)},
               {"not_after", time_or_null(row.not_after)},
               {"price", row.price},
               {"note", row.note},
               {"signed_by", row.signed_by}});
    });
}

void each_activation(Home& home, const Visit& visit) {
    ActivationTable(home.ledger()).each([&](const ActivationRow& row) {
        visit({{"id", row.id},
               {"line", row.line},
               {"installation", row.installation},
               {"issued_at", licenses::format_time(row.issued_at)},
               {"not_after", time_or_null(row.not_after)},
               {"released_at", time_or_null(row.released_at)}});
    });
}

void each_usage(Home& home, const Visit& visit) {
    UsageTable(home.ledger()).each_row([&](const UsageFact& fact) {
        visit({{"sub", fact.subject},
               {"line", fact.line},
               {"installation", fact.installation},
               {"day", licenses::format_day(fact.row.day)},
               {"tenant", fact.row.tenant},
               {"meter", fact.row.meter},
               {"quantity", fact.row.quantity}});
    });
}

void each_audit(Home& home, const Visit& visit) {
    home.ledger().each_audit(0, [&](const AuditEntry& entry) {
        visit({{"position", entry.position},
               {"at", licenses::format_time(entry.at)},
               {"actor", entry.actor},
               {"action", entry.action},
               {"subject", entry.subject},
               {"detail", entry.detail}});
    });
}

std::string as_field(const nlohmann::json& value) {
    if (value.is_null()) return {};
    return value.is_string() ? value.get<std::string>() : value.dump();
}

// Writes rows as they come, so that a large ledger needs no memory.
class Writer {
 public:
    Writer(std::ostream& out, bool csv) : out_(out), csv_(csv) {
        if (!csv_) out_ << "{\"items\": [";
    }
    void row(const Row& row) {
        csv_ ? csv_row(row) : json_row(row);
        ++rows_;
    }
    void end() {
        if (!csv_) out_ << (rows_ > 0 ? "\n" : "") << "]}\n";
        out_.flush();
    }

 private:
    void csv_row(const Row& row) {
        std::vector<std::string> fields;
        if (rows_ == 0) {
            for (const auto& [name, value] : row)
                fields.emplace_back(name);
            out_ << csv_line(fields);
            fields.clear();
        }
        for (const auto& [name, value] : row)
            fields.push_back(as_field(value));
        out_ << csv_line(fields);
    }
    void json_row(const Row& row) {
        nlohmann::json item = nlohmann::json::object();
        for (const auto& [name, value] : row)
            item[name] = value;
        out_ << (rows_ > 0 ? ",\n" : "\n") << to_text(item);
    }

    std::ostream& out_;
    bool csv_;
    std::uint64_t rows_ = 0;
};

void run_export(const ExportOptions& options) {
    Home home(options.home, unix_time());
    std::ofstream file;
    if (!options.out.empty()) {
        if (std::filesystem::exists(options.out))
            throw Failure("exists", options.out.string() + " exists already and is left as it is.");
        file.open(options.out, std::ios::binary);
        if (!file) throw Failure("io_error", options.out.string() + " can't be written.");
    }
    std::ostream& out = options.out.empty() ? std::cout : file;
    Writer writer(out, options.format == "csv" && !options.json);
    const auto visit = [&](const Row& row) { writer.row(row); };
    if (options.what == "licenses") each_licence(home, visit);
    if (options.what == "activations") each_activation(home, visit);
    if (options.what == "usage") each_usage(home, visit);
    if (options.what == "audit") each_audit(home, visit);
    writer.end();
    if (!out) throw Failure("io_error", "The export could not be written to its end.");
}

}  // namespace

void add_export(CLI::App& app) {
    auto options = std::make_shared<ExportOptions>();
    CLI::App* command = app.add_subcommand("export", "Write the ledger's contents as CSV or JSON");
    add_common(*command, *options, kWithOut, "Write to this new file instead of standard output");
    command->add_option("what", options->what, "licenses, activations, usage or audit")
        ->required()
        ->check(CLI::IsMember({"licenses", "activations", "usage", "audit"}));
    command->add_option("--format", options->format, "csv or json; --json means the same as json")
        ->check(CLI::IsMember({"csv", "json"}))
        ->capture_default_str();
    command->footer(
        "Example:\n  mortise-license export licenses --home vendor --format csv --out licences.csv");
    command->callback([options] { run_export(*options); });
}

}  // namespace mortise::issuer
