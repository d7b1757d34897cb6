#include "core/app/flag_commands.hpp"

#include "core/app/commands.hpp"
#include "core/app/flag_bootstrap.hpp"
#include "core/app/flag_client.hpp"
#include "core/app/flag_diff.hpp"
#include "core/base/file.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace mortise::app {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using Json = nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kMaxDocument = 8 * 1024 * 1024;  // bytes, as the server takes it

struct Present {
    Json document;
    std::string etag;
};

Result<Present> exported(const FlagClient& client) {
    MORTISE_TRY_ASSIGN(auto answer, client.ask("GET", "/api/v1/flags/export"));
    MORTISE_TRY_ASSIGN(auto read, parse_json(answer.body, "The server's answer"));
    MORTISE_TRY_ASSIGN(auto document, normal_document(std::move(read)));
    return Present{std::move(document), std::move(answer.etag)};
}

// What is wrong with the document, by pointers into it, is said of the file.
Error in_file(Error error, const std::string& file) {
    if (!error.fields.empty()) error.detail = fmt::format("{}: {}", file, error.detail);
    return error;
}

Result<Json> wanted_document(const std::string& file, std::string& text) {
    MORTISE_TRY_ASSIGN(text, base::read_file(file, kMaxDocument));
    MORTISE_TRY_ASSIGN(auto read, parse_json(text, file));
    auto document = normal_document(std::move(read));
    return document ? std::move(document) : in_file(std::move(document).error(), file);
}

std::string_view word_of(FlagDifferenceKind kind) noexcept {
    return kind == FlagDifferenceKind::kCreated   ? "created"
           : kind == FlagDifferenceKind::kDeleted ? "deleted"
                                                  : "updated";
}

// A line for each difference, with what is changed below it.
void show(const std::vector<FlagDifference>& differences, FlagOutcome& outcome) {
    auto list = ordered_json::array();
    for (const auto& one : differences) {
        const char sign = one.kind == FlagDifferenceKind::kCreated   ? '+'
                          : one.kind == FlagDifferenceKind::kDeleted ? '-'
                                                                     : '~';
        outcome.text += fmt::format("{} {}\n", sign, one.key.empty() ? "(flag set)" : one.key);
        for (const auto& pointer : one.pointers)
            outcome.text += fmt::format("    {}\n", pointer);
        list.push_back({{"key", one.key.empty() ? ordered_json() : ordered_json(one.key)},
                        {"change", word_of(one.kind)},
                        {"pointers", one.pointers}});
    }
    outcome.members["differences"] = std::move(list);
}

Result<FlagOutcome> pull(const FlagClient& client, const FlagArguments& arguments) {
    MORTISE_TRY_ASSIGN(const auto present, exported(client));
    const std::string text = present.document.dump(2) + "\n";
    FlagOutcome outcome;
    outcome.members["flags"] = present.document.at("flags").size();
    outcome.members["etag"] = present.etag;
    if (arguments.file.empty()) {
        outcome.text = text;
        outcome.members["document"] = present.document;
        return outcome;
    }
    MORTISE_TRY(base::write_file(arguments.file, text, 0644));
    outcome.text = fmt::format("{} flags in {}\n", present.document.at("flags").size(), arguments.file);
    return outcome;
}

Result<FlagOutcome> diff(const FlagClient& client, const FlagArguments& arguments) {
    std::string text;
    MORTISE_TRY_ASSIGN(const auto wanted, wanted_document(arguments.file, text));
    MORTISE_TRY_ASSIGN(const auto present, exported(client));
    FlagOutcome outcome;
    const auto differences = flag_differences(present.document, wanted, arguments.prune);
    show(differences, outcome);
    outcome.code = differences.empty() ? kExitDone : kExitDiffers;
    return outcome;
}

std::string query_of(const FlagArguments& arguments) {
    std::string query;
    if (arguments.prune) query += "&prune=true";
    if (!arguments.comment.empty()) query += "&comment=" + percent_encoded(arguments.comment);
    if (!query.empty()) query.front() = '?';
    return query;
}

// By the state that was compared, so that nobody's change in between is lost.
Result<FlagOutcome> import(const FlagClient& client, const FlagArguments& arguments, const Present& present,
                           const std::string& text, FlagOutcome outcome) {
    auto answer = client.ask("POST", "/api/v1/flags/import" + query_of(arguments), text, present.etag);
    if (!answer) return in_file(std::move(answer).error(), arguments.file);
    MORTISE_TRY_ASSIGN(const auto result, parse_json(answer->body, "The server's answer"));
    outcome.members["result"] = result;
    outcome.text +=
        fmt::format("{} created, {} updated, {} deleted, {} unchanged\n", result.value("created", 0),
                    result.value("updated", 0), result.value("deleted", 0), result.value("unchanged", 0));
    for (const auto& warning : result.value("warnings", Json::array()))
        outcome.text +=
            fmt::format("warning: {}: {}\n", warning.value("pointer", ""), warning.value("detail", ""));
    return outcome;
}

// By the same state: what others change before the request is made is a conflict, and afterwards the server
// finds the request outdated.
Result<FlagOutcome> propose(const FlagClient& client, const FlagArguments& arguments, const Present& present,
                            const Json& wanted, FlagOutcome outcome) {
    const auto changes = planned_changes(present.document, wanted, arguments.prune);
    const ordered_json body{
        {"title", arguments.request}, {"description", arguments.comment}, {"changes", changes}};
    auto answer = client.ask("POST", "/api/v1/flag-change-requests", body.dump(), present.etag);
    if (!answer) {
        auto error = std::move(answer).error();
        for (auto& field : error.fields)
            field.pointer = document_pointer(changes, field.pointer);
        return in_file(std::move(error), arguments.file);
    }
    MORTISE_TRY_ASSIGN(const auto made, parse_json(answer->body, "The server's answer"));
    outcome.members["change_request"] = made.value("id", "");
    outcome.text += fmt::format("change request {}\n", made.value("id", ""));
    return outcome;
}

Result<FlagOutcome> apply(const FlagClient& client, const FlagArguments& arguments) {
    std::string text;
    MORTISE_TRY_ASSIGN(const auto wanted, wanted_document(arguments.file, text));
    MORTISE_TRY_ASSIGN(const auto present, exported(client));
    FlagOutcome outcome;
    const auto differences = flag_differences(present.document, wanted, arguments.prune);
    show(differences, outcome);
    if (differences.empty()) {
        outcome.text = "nothing to do\n";
        return outcome;
    }
    if (!arguments.request.empty()) return propose(client, arguments, present, wanted, std::move(outcome));
    return import(client, arguments, present, text, std::move(outcome));
}

std::string step_line(const Json& step) {
    std::string line =
        fmt::format("{} {}", step.value("decided", false) ? "=>" : "  ", step.value("step", ""));
    for (const auto* const name : {"value", "targeting_key", "tenant", "plan", "variant", "detail"})
        if (step.contains(name)) line += fmt::format(" {}={}", name, step[name].dump());
    line += "\n";
    for (const auto& operation : step.value("operations", Json::array()))
        line += fmt::format("     {} = {}\n", operation.value("pointer", ""),
                            operation.contains("error")   ? operation["error"].dump()
                            : operation.contains("value") ? operation["value"].dump()
                                                          : "(large)");
    return line;
}

Result<FlagOutcome> explain(const FlagClient& client, const FlagArguments& arguments) {
    MORTISE_TRY_ASSIGN(const auto context,
                       parse_json(arguments.context.empty() ? "{}" : arguments.context, "--context"));
    auto answer = client.ask("POST", "/api/v1/flags/" + percent_encoded(arguments.flag) + "/explain",
                             Json{{"context", context}}.dump());
    if (!answer) {
        auto error = std::move(answer).error();
        if (error.code == "flag_not_found")
            error.detail = fmt::format("There is no flag {} in {}.", arguments.flag,
                                       arguments.environment.empty() ? "production" : arguments.environment);
        return error;
    }
    MORTISE_TRY_ASSIGN(const auto explanation, parse_json(answer->body, "The server's answer"));
    FlagOutcome outcome;
    outcome.members["explanation"] = explanation;
    const auto& evaluation = explanation.at("evaluation");
    outcome.text = fmt::format("{}: {} ({})\n", arguments.flag,
                               evaluation.contains("value") ? evaluation["value"].dump() : "no value",
                               evaluation.contains("errorCode") ? evaluation.value("errorCode", "")
                                                                : evaluation.value("reason", ""));
    for (const auto& step : explanation.at("steps"))
        outcome.text += step_line(step);
    return outcome;
}

Result<FlagOutcome> run(const FlagArguments& arguments) {
    MORTISE_TRY_ASSIGN(const auto client, FlagClient::open(arguments));
    if (arguments.command == "pull") return pull(client, arguments);
    if (arguments.command == "diff") return diff(client, arguments);
    if (arguments.command == "apply") return apply(client, arguments);
    if (arguments.command == "bootstrap") return write_bootstrap(client, arguments);
    return explain(client, arguments);
}

int refused(const Error& error, bool as_json) {
    if (as_json) {
        auto faults = ordered_json::array();
        for (const auto& fault : error.fields)
            faults.push_back({{"pointer", fault.pointer}, {"code", fault.code}, {"detail", fault.detail}});
        fmt::print(
            "{}\n",
            ordered_json{
                {"ok", false}, {"code", error.code}, {"message", error.detail}, {"errors", std::move(faults)}}
                .dump());
        return kExitRefused;
    }
    fmt::print(stderr, "mortise: {} ({})\n", error.detail, error.code);
    for (const auto& fault : error.fields)
        fmt::print(stderr, "mortise:   {}{}{}\n", fault.pointer, fault.pointer.empty() ? "" : ": ",
                   fault.detail);
    return kExitRefused;
}

CLI::App* add_command(CLI::App& flag, FlagArguments& arguments, const std::string& name,
                      const std::string& summary) {
    CLI::App* const command = flag.add_subcommand(name, summary);
    command->add_option("--server", arguments.server,
                        "Where the server is; else MORTISE_SERVER, else http://127.0.0.1:8080");
    command->add_option("--api-key-file", arguments.key_file,
                        "File with an API key in its first line; else MORTISE_API_KEY");
    command->add_option("--ca-file", arguments.ca_file, "Certificates to trust, as PEM; else the system's");
    command->add_option("--tenant", arguments.tenant, "Inside which tenant, for a key of the platform");
    command->add_option("--environment", arguments.environment, "In which environment; else production");
    command->add_flag("--json", arguments.json, "Answer as JSON");
    command->callback([&arguments, name] { arguments.command = name; });
    return command;
}

void add_bootstrap(CLI::App& flag, FlagArguments& arguments) {
    CLI::App* const command =
        add_command(flag, arguments, "bootstrap",
                    "Write a file from which an application answers while it can't reach the server");
    command
        ->add_option("--format", arguments.format,
                     "ofrep: what one context gets, for OpenFeature's InMemoryProvider; "
                     "unleash: what Unleash's clients evaluate")
        ->required()
        ->check(CLI::IsMember({kBootstrapOfrep, kBootstrapUnleash}));
    command->add_option("--context", arguments.context,
                        "For whom, with ofrep: JSON, such as {\"targetingKey\": \"ada\"}; else nobody");
    command->add_option("--out", arguments.file, "Where to; the file is replaced as a whole")->required();
    command->callback([&arguments] {
        arguments.command = "bootstrap";
        if (arguments.format == kBootstrapUnleash && !arguments.context.empty())
            throw CLI::ValidationError("--context", "a file of the format unleash is for every context");
    });
}

}  // namespace

void add_flag_commands(CLI::App& program, FlagArguments& arguments) {
    CLI::App* const flag = program.add_subcommand("flag", "Keep feature flags as files, and ask why");
    flag->require_subcommand(1);
    CLI::App* const pull = add_command(*flag, arguments, "pull", "Write the flags as a flagd document");
    pull->add_option("--out", arguments.file, "Where to; else standard output");
    CLI::App* const diff = add_command(*flag, arguments, "diff", "Show what apply would change");
    CLI::App* const apply = add_command(*flag, arguments, "apply", "Make the flags what a document says");
    for (CLI::App* const command : {diff, apply}) {
        command->add_option("FILE", arguments.file, "A flagd document")->required();
        command->add_flag("--prune", arguments.prune, "What the document hasn't goes");
    }
    apply->add_option("--comment", arguments.comment, "Why; kept in the history");
    apply->add_option("--request", arguments.request,
                      "Make a change request of this title, for others to approve, instead of the changes");
    add_bootstrap(*flag, arguments);
    CLI::App* const explain = add_command(*flag, arguments, "explain", "Say why somebody gets a value");
    explain->add_option("FLAG", arguments.flag, "The flag's key")->required();
    explain->add_option("--context", arguments.context, "JSON, such as {\"targetingKey\": \"ada\"}");
    flag->footer(
        "Examples:\n"
        "  mortise flag pull --api-key-file key --out flags.json\n"
        "  mortise flag diff flags.json --prune && echo in step\n"
        "  mortise flag apply flags.json --prune --comment \"ticket 42\"\n"
        "  mortise flag bootstrap --format ofrep --out bootstrap.json\n"
        "  mortise flag explain checkout --context '{\"targetingKey\": \"ada\"}'\n\n"
        "Exit codes: 0 done, 1 refused with the reason, or the server can't be reached, 2 wrong arguments,\n"
        "3 `diff` found differences");
}

int run_flag_command(const FlagArguments& arguments) {
    auto outcome = run(arguments);
    if (!outcome) return refused(outcome.error(), arguments.json);
    if (arguments.json) {
        ordered_json answer{{"ok", true}};
        answer.update(outcome->members);
        fmt::print("{}\n", answer.dump());
    } else {
        fmt::print("{}", outcome->text);
    }
    return outcome->code;
}

}  // namespace mortise::app
