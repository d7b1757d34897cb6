#include "core/app/license_commands.hpp"

#include "core/app/activation_service.hpp"
#include "core/app/commands.hpp"
#include "core/app/licensing.hpp"
#include "core/app/room_settings.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/config/settings.hpp"
#include "core/licensing/activation.hpp"
#include "core/storage/host_migrations.hpp"
#include "core/tenancy/core_unit.hpp"
#include "core/tenancy/trail.hpp"
#include "licenses/document/bundle.hpp"
#include "licenses/document/usage.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>

namespace mortise::app {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using storage::Access;
using storage::Unit;

constexpr std::chrono::seconds kActivationTime{30};

// What a command prints: a line for people, and the members of a JSON object.
struct Outcome {
    std::string text;
    std::string json;
};

std::string json_text(std::string_view text) {
    std::string out = "\"";
    base::append_json_escaped(out, text);
    return out + '"';
}

// A server's data, opened for a command.
class Workplace {
 public:
    static Result<std::unique_ptr<Workplace>> open(const LicenseArguments& arguments) {
        MORTISE_TRY_ASSIGN(const auto settings, config::load_file(arguments.config));
        std::error_code error;
        if (!std::filesystem::is_directory(arguments.data, error))
            return Error{
                ErrorKind::kInvalid, "data_unusable",
                fmt::format("--data {}: there is no such folder; a server makes it", arguments.data)};
        static const base::SystemClock kClock;
        MORTISE_TRY_ASSIGN(auto database, storage::Database::open(
                                              database_settings(settings.storage, arguments.data), kClock));
        std::unique_ptr<Workplace> place(new Workplace(arguments.data, std::move(database)));
        MORTISE_TRY(place->prepare(settings.license));
        return place;
    }

    Result<Outcome> install(const std::filesystem::path& file) {
        MORTISE_TRY_ASSIGN(const std::string text, base::read_file(file, licenses::kMaxBundleBytes));
        return install_text(text, "license.installed");
    }

    Result<Outcome> activate(const std::filesystem::path& file) {
        MORTISE_TRY_ASSIGN(const std::string request, request_for(file));
        MORTISE_TRY_ASSIGN(const std::string answer,
                           ask_activation_service(activation_url_, request, kActivationTime));
        return install_text(answer, "license.activated");
    }

    Result<Outcome> show() const {
        const auto licence = licensing_.holder().snapshot();
        const std::string state(licensing::to_string(licence->state));
        const std::string_view reason = licenses::to_string(licence->reason);
        const std::string ends = licence->not_after ? base::format_rfc3339(*licence->not_after) : "";
        std::string text = fmt::format("state    {}{}{}", state, reason.empty() ? "" : ", ", reason);
        std::string json = fmt::format(R"("state":{},"reason":{})", json_text(state), json_text(reason));
        const auto add = [&](std::string_view name, std::string_view value) {
            json += fmt::format(",{}:{}", json_text(name), json_text(value));
            if (!value.empty()) text += fmt::format("\n{:8} {}", name, value);
        };
        add("id", licence->licence_id);
        add("subject", licence->subject);
        add("plan", licence->plan);
        add("ends", ends);
        if (licence->days_left) {
            json += fmt::format(R"(,"days_left":{})", *licence->days_left);
            text += fmt::format("\ndays     {}", *licence->days_left);
        }
        for (const auto& [id, access] : licence->plugins)
            if (access.access != licenses::Access::kNone) text += fmt::format("\nplugin   {}", id);
        for (const auto& [name, limit] : licence->limits)
            text += fmt::format("\nlimit    {} {}", name, limit.max);
        return Outcome{std::move(text), std::move(json)};
    }

    Result<Outcome> request(const std::filesystem::path& file) {
        MORTISE_TRY_ASSIGN(const std::string request, request_for(file));
        return Outcome{request, R"("request":)" + json_text(request)};
    }

    Result<Outcome> report(const std::string& to) {
        std::optional<tenancy::Day> day;
        if (!to.empty()) {
            day = licenses::parse_day(to);
            if (!day) return Error{ErrorKind::kInvalid, "invalid_day", "--to is a day, such as 2026-11-26."};
        }
        MORTISE_TRY_ASSIGN(const auto report,
                           tenancy::run_core(*database_, clock_, Access::kWrite, [&](Unit& unit) {
                               return licensing_.reporter().make(unit, day);
                           }));
        return Outcome{report.token, fmt::format(R"("sequence":{},"from":"{}","to":"{}","report":{})",
                                                 report.sequence, licenses::format_day(report.from),
                                                 licenses::format_day(report.to), json_text(report.token))};
    }

 private:
    Workplace(const std::filesystem::path& data, std::unique_ptr<storage::Database> database)
        : database_(std::move(database)), licensing_(clock_, log_, data), snapshots_(*database_, clock_) {}

    Result<std::string> request_for(const std::filesystem::path& file) const {
        std::string text;
        if (!file.empty()) {
            MORTISE_TRY_ASSIGN(text, base::read_file(file, licenses::kMaxBundleBytes));
        }
        return licensing::activation_request(licensing_.holder(), licensing_.installation(),
                                             licensing_.machine(), clock_, text, MORTISE_VERSION);
    }

    Result<Outcome> install_text(std::string_view text, std::string_view action) {
        const auto keep = [&](Unit& unit) -> Status {
            MORTISE_TRY(licensing_.store().install(unit, text));
            return tenancy::record(tenancy::system_context(), unit, clock_, action, "license");
        };
        MORTISE_TRY(tenancy::run_core(*database_, clock_, Access::kWrite, keep));
        MORTISE_TRY(snapshots_.refresh());
        MORTISE_TRY(licensing_.keep_time());
        return show();
    }

    Status prepare(const config::License& settings) {
        activation_url_ = settings.activation_url;
        MORTISE_TRY_ASSIGN(const auto core, storage::core_migrations(database_->engine()));
        MORTISE_TRY(database_->migrate_core(core));
        MORTISE_TRY(licensing_.open(*database_, settings, directory_));
        snapshots_.add(directory_);
        snapshots_.add(licensing_.store());
        MORTISE_TRY(snapshots_.refresh());
        licensing_.tick();
        return {};
    }

    base::SystemClock clock_;
    telemetry::Log log_{STDERR_FILENO, telemetry::Level::kWarn, false, clock_};
    std::unique_ptr<storage::Database> database_;
    Licensing licensing_;
    tenancy::Directory directory_;
    tenancy::Snapshots snapshots_;
    std::string activation_url_;
};

Result<Outcome> run(const LicenseArguments& arguments) {
    MORTISE_TRY_ASSIGN(const auto place, Workplace::open(arguments));
    if (arguments.command == "install") return place->install(arguments.file);
    if (arguments.command == "activate") return place->activate(arguments.file);
    if (arguments.command == "request") return place->request(arguments.file);
    if (arguments.command == "report") return place->report(arguments.to);
    return place->show();
}

Status deliver(const LicenseArguments& arguments, const Outcome& outcome) {
    // The file is for the vendor; who asked for JSON reads the rest here.
    if (!arguments.out.empty()) MORTISE_TRY(base::write_file(arguments.out, outcome.text + "\n", 0600));
    if (arguments.json)
        fmt::print("{{\"ok\":true,{}}}\n", outcome.json);
    else if (arguments.out.empty())
        fmt::print("{}\n", outcome.text);
    return {};
}

int refuse(const LicenseArguments& arguments, const Error& error) {
    if (arguments.json)
        fmt::print("{{\"ok\":false,\"error\":{{\"code\":{},\"detail\":{}}}}}\n", json_text(error.code),
                   json_text(error.detail));
    else
        fmt::print(stderr, "mortise: {} ({})\n", error.detail, error.code);
    return error.code == "config_invalid" ? kExitUsage : kExitRefused;
}

}  // namespace

void add_license_commands(CLI::App& program, LicenseArguments& arguments) {
    CLI::App* license =
        program.add_subcommand("license", "Install and show the licence, activate, report usage");
    license->require_subcommand(1);
    const auto add = [&](const char* name, const char* summary, const char* footer) {
        CLI::App* command = license->add_subcommand(name, summary);
        command->add_option("--config", arguments.config, "Settings, as for `serve`");
        command->add_option("--data", arguments.data, "The server's data folder")->capture_default_str();
        command->add_flag("--json", arguments.json, "Answer as JSON");
        command->footer(std::string(footer) +
                        "\n\nA server that runs follows within a second.\n"
                        "Exit codes: 0 done, 1 refused with the reason, 2 wrong arguments");
        command->callback([&arguments, name] { arguments.command = name; });
        return command;
    };
    add("install", "Install a licence, a bundle or an update",
        "Example:\n  mortise license install customer.license --data /var/lib/mortise")
        ->add_option("file", arguments.file, "The file from the vendor")
        ->required();
    add("show", "Show what the licence allows", "Example:\n  mortise license show --data /var/lib/mortise");
    CLI::App* request = add("request", "Make a request to activate a licence on this machine",
                            "Example:\n  mortise license request customer.license --out request.txt");
    request->add_option("file", arguments.file, "The licence to be activated; by default the installed one");
    request->add_option("--out", arguments.out, "Where to write it; by default standard output");
    add("activate", "Activate a licence on this machine by the vendor's service (license.activation_url)",
        "Example:\n  mortise license activate customer.license --data /var/lib/mortise")
        ->add_option("file", arguments.file, "The licence to be activated; by default the installed one");
    CLI::App* report = add("report", "Make the next usage report for the vendor",
                           "Example:\n  mortise license report --out usage-2026-11.txt");
    report->add_option("--to", arguments.to, "The first day that isn't reported; by default today");
    report->add_option("--out", arguments.out, "Where to write it; by default standard output");
}

int run_license_command(const LicenseArguments& arguments) {
    const auto outcome = run(arguments);
    if (!outcome.ok()) return refuse(arguments, outcome.error());
    if (const Status done = deliver(arguments, *outcome); !done.ok()) return refuse(arguments, done.error());
    return kExitDone;
}

}  // namespace mortise::app
