#include "core/app/flag_commands.hpp"

#include "core/app/commands.hpp"
#include "core/app/flag_diff.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/outbound/http_post.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
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

constexpr std::size_t kMaxKeyFile = 4096;
constexpr std::size_t kMaxDocument = 8 * 1024 * 1024;  // bytes, as the server takes it
constexpr std::size_t kMaxAnswer = 64UL * 1024 * 1024;
constexpr std::string_view kThisMachine = "http://127.0.0.1:8080";

// What a command prints, as text and as the members of a JSON object, and its exit code.
struct FlagOutcome {
    std::string text;
    ordered_json members = ordered_json::object();
    int code = kExitDone;
};

std::string environment_variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) {
            out += c;
        } else {
            out += '%';
            base::append_hex(out, static_cast<std::uint8_t>(c));
        }
    }
    return out;
}

Result<Json> parse(std::string_view text, std::string_view what) {
    auto read = Json::parse(text, nullptr, false);
    if (!read.is_discarded()) return read;
    return Error{ErrorKind::kInvalid, "invalid_json", fmt::format("{} is no JSON.", what)};
}

// The REST API of a server, for one command.
class FlagClient {
 public:
    static Result<FlagClient> open(const FlagArguments& arguments) {
        FlagClient client;
        client.server_ = arguments.server.empty() ? environment_variable("MORTISE_SERVER") : arguments.server;
        if (client.server_.empty()) client.server_ = kThisMachine;
        while (client.server_.ends_with('/'))
            client.server_.pop_back();
        std::string key = environment_variable("MORTISE_API_KEY");
        if (!arguments.key_file.empty()) {
            MORTISE_TRY_ASSIGN(key, base::read_file(arguments.key_file, kMaxKeyFile));
            key = base::trim(key.substr(0, key.find_first_of("\r\n")));
        }
        if (key.empty())
            return Error{ErrorKind::kInvalid, "key_missing",
                         "Give an API key by --api-key-file or MORTISE_API_KEY."};
        client.headers_.push_back("Authorization: Bearer " + key);
        if (!arguments.tenant.empty()) client.headers_.push_back("Mortise-Tenant: " + arguments.tenant);
        if (!arguments.environment.empty())
            client.headers_.push_back("Mortise-Environment: " + arguments.environment);
        for (const auto& header : client.headers_)
            if (header.find_first_of("\r\n") != std::string::npos)
                return Error{ErrorKind::kInvalid, "invalid_argument",
                             "A key, a tenant and an environment are one line."};
        client.ca_file_ = arguments.ca_file;
        return client;
    }

    // The answer, or the server's problem.
    Result<outbound::HttpAnswer> ask(const std::string& method, const std::string& path,
                                     std::string_view body = {}, const std::string& if_match = {}) const {
        auto headers = headers_;
        headers.emplace_back("Accept: application/json");
        if (!body.empty()) headers.emplace_back("Content-Type: application/json");
        if (!if_match.empty()) headers.push_back("If-Match: " + if_match);
        MORTISE_TRY_ASSIGN(auto answer, outbound::send({.method = method,
                                                        .url = server_ + path,
                                                        .headers = std::move(headers),
                                                        .body = body,
                                                        .ca_file = ca_file_,
                                                        .most = kMaxAnswer}));
        if (answer.status >= 200 && answer.status < 300) return answer;
        return problem(answer);
    }

 private:
    static Error problem(const outbound::HttpAnswer& answer) {
        const auto body = Json::parse(answer.body, nullptr, false);
        if (!body.is_object())
            return {ErrorKind::kUnavailable, "unexpected_answer",
                    fmt::format("The server answered {} without a reason.", answer.status)};
        Error error{ErrorKind::kInvalid, body.value("code", "unexpected_answer"),
                    body.value("detail", fmt::format("The server answered {}.", answer.status))};
        if (const auto faults = body.find("errors"); faults != body.end() && faults->is_array())
            for (const auto& fault : *faults)
                if (fault.is_object())
                    error.fields.push_back(
                        {fault.value("pointer", ""), fault.value("code", ""), fault.value("detail", "")});
        return error;
    }

    std::string server_, ca_file_;
    std::vector<std::string> headers_;
};

struct Present {
    Json document;
    std::string etag;
};

Result<Present> exported(const FlagClient& client) {
    MORTISE_TRY_ASSIGN(auto answer, client.ask("GET", "/api/v1/flags/export"));
    MORTISE_TRY_ASSIGN(auto read, parse(answer.body, "The server's answer"));
    MORTISE_TRY_ASSIGN(auto document, normal_document(std::move(read)));
    return Present{std::move(document), std::move(answer.etag)};
}

Result<Json> wanted_document(const std::string& file, std::string& text) {
    MORTISE_TRY_ASSIGN(text, base::read_file(file, kMaxDocument));
    MORTISE_TRY_ASSIGN(auto read, parse(text, file));
    return normal_document(std::move(read));
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
    MORTISE_TRY_ASSIGN(const auto answer,
                       client.ask("POST", "/api/v1/flags/import" + query_of(arguments), text, present.etag));
    MORTISE_TRY_ASSIGN(const auto result, parse(answer.body, "The server's answer"));
    outcome.members["result"] = result;
    outcome.text +=
        fmt::format("{} created, {} updated, {} deleted, {} unchanged\n", result.value("created", 0),
                    result.value("updated", 0), result.value("deleted", 0), result.value("unchanged", 0));
    for (const auto& warning : result.value("warnings", Json::array()))
        outcome.text +=
            fmt::format("warning: {}: {}\n", warning.value("pointer", ""), warning.value("detail", ""));
    return outcome;
}

Result<FlagOutcome> propose(const FlagClient& client, const FlagArguments& arguments, const Present& present,
                            const Json& wanted, FlagOutcome outcome) {
    const ordered_json body{{"title", arguments.request},
                            {"description", arguments.comment},
                            {"changes", planned_changes(present.document, wanted, arguments.prune)}};
    MORTISE_TRY_ASSIGN(const auto answer, client.ask("POST", "/api/v1/flag-change-requests", body.dump()));
    MORTISE_TRY_ASSIGN(const auto made, parse(answer.body, "The server's answer"));
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
                       parse(arguments.context.empty() ? "{}" : arguments.context, "--context"));
    MORTISE_TRY_ASSIGN(const auto answer,
                       client.ask("POST", "/api/v1/flags/" + percent_encoded(arguments.flag) + "/explain",
                                  Json{{"context", context}}.dump()));
    MORTISE_TRY_ASSIGN(const auto explanation, parse(answer.body, "The server's answer"));
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
        fmt::print(stderr, "mortise:   {}: {}\n", fault.pointer, fault.detail);
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
    CLI::App* const explain = add_command(*flag, arguments, "explain", "Say why somebody gets a value");
    explain->add_option("FLAG", arguments.flag, "The flag's key")->required();
    explain->add_option("--context", arguments.context, "JSON, such as {\"targetingKey\": \"ada\"}");
    flag->footer(
        "Examples:\n"
        "  mortise flag pull --api-key-file key --out flags.json\n"
        "  mortise flag diff flags.json --prune && echo in step\n"
        "  mortise flag apply flags.json --prune --comment \"ticket 42\"\n"
        "  mortise flag explain checkout --context '{\"targetingKey\": \"ada\"}'\n\n"
        "Exit codes: 0 done, 1 refused with the reason, 2 wrong arguments, 3 `diff` found differences");
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
