#include "core/app/flag_client.hpp"

#include "core/base/file.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace mortise::app {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using Json = nlohmann::json;

constexpr std::size_t kMaxKeyFile = 4096;
constexpr std::size_t kMaxAnswer = 64UL * 1024 * 1024;
constexpr std::string_view kThisMachine = "http://127.0.0.1:8080";

std::string environment_variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

// What to do about a refusal, after what the server says of it.
std::string_view advice(int status, std::string_view code) {
    if (code == "approval_required") return " With --request the command makes one.";
    switch (status) {
        case 401:
            return " Give another API key by --api-key-file or MORTISE_API_KEY.";
        case 403:
            return " Ask who made the API key for one that may do this.";
        case 412:
        case 428:
            return " Somebody was faster, and nothing was changed: look at it by `mortise flag diff`, then apply "
                   "again.";
        default:
            return "";
    }
}

Error problem(const outbound::HttpAnswer& answer) {
    const auto body = Json::parse(answer.body, nullptr, false);
    if (!body.is_object())
        return {ErrorKind::kUnavailable, "unexpected_answer",
                fmt::format("The server answered {} without a reason; is it a server of Mortise?",
                            answer.status)};
    if (body.contains("errorCode"))  // OFREP's
        return {ErrorKind::kInvalid, body.value("errorCode", ""), body.value("errorDetails", "")};
    Error error{ErrorKind::kInvalid, body.value("code", "unexpected_answer"),
                body.value("detail", fmt::format("The server answered {}.", answer.status))};
    error.detail += advice(answer.status, error.code);
    if (const auto faults = body.find("errors"); faults != body.end() && faults->is_array())
        for (const auto& fault : *faults)
            if (fault.is_object())
                error.fields.push_back(
                    {fault.value("pointer", ""), fault.value("code", ""), fault.value("detail", "")});
    return error;
}

Error unreachable(const std::string& server, const std::string& url, const Error& failed) {
    std::string_view reason = failed.detail;  // begins with the URL
    if (reason.starts_with(url + ": ")) reason.remove_prefix(url.size() + 2);
    return {ErrorKind::kUnavailable, "server_unreachable",
            fmt::format("The server {} does not answer: {}. Is it running, and is --server or "
                        "MORTISE_SERVER right?",
                        server, reason)};
}

// Where the `byte`th byte of a text is, from 1.
std::string place_of(std::string_view text, std::size_t byte) {
    const auto before = text.substr(0, byte == 0 ? 0 : byte - 1);
    const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    return fmt::format("line {}, column {}", std::count(before.begin(), before.end(), '\n') + 1,
                       before.size() - line_start + 1);
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view what) {
    try {
        return Json::parse(text);
    } catch (const Json::parse_error& fault) {
        return Error{ErrorKind::kInvalid, "invalid_json",
                     fmt::format("{} is no JSON, at {}.", what, place_of(text, fault.byte))};
    }
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

Result<FlagClient> FlagClient::open(const FlagArguments& arguments) {
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

Result<outbound::HttpAnswer> FlagClient::ask(const std::string& method, const std::string& path,
                                             std::string_view body, const std::string& if_match) const {
    auto headers = headers_;
    headers.emplace_back("Accept: application/json");
    if (!body.empty()) headers.emplace_back("Content-Type: application/json");
    if (!if_match.empty()) headers.push_back("If-Match: " + if_match);
    const std::string url = server_ + path;
    auto answer = outbound::send({.method = method,
                                  .url = url,
                                  .headers = std::move(headers),
                                  .body = body,
                                  .ca_file = ca_file_,
                                  .most = kMaxAnswer});
    if (!answer && answer.error().code == "outbound_failed") return unreachable(server_, url, answer.error());
    if (!answer || (answer->status >= 200 && answer->status < 300)) return answer;
    return problem(*answer);
}

}  // namespace mortise::app
