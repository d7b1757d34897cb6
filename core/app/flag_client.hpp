#pragma once

#include "core/app/commands.hpp"
#include "core/app/flag_commands.hpp"
#include "core/base/result.hpp"
#include "core/outbound/http_post.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

// What the commands of `mortise flag` have alike: a server's REST API, and what a command says at its end.
namespace mortise::app {

// What a command prints, as text and as the members of a JSON object, and its exit code.
struct FlagOutcome {
    std::string text;
    nlohmann::ordered_json members = nlohmann::ordered_json::object();
    int code = kExitDone;
};

// `invalid_json`, in which `what` names the text, with the place in it.
base::Result<nlohmann::json> parse_json(std::string_view text, std::string_view what);

// As one segment of a path, or a value of a query.
std::string percent_encoded(std::string_view text);

// The REST API of a server, for one command.
class FlagClient {
 public:
    // With the arguments' server, credential, tenant and environment, and what the process's environment has
    // of them. `key_missing`, `invalid_argument`, or what reading the key's file answers.
    static base::Result<FlagClient> open(const FlagArguments& arguments);

    // The answer, at most 64 MiB of it; `server_unreachable`; or the server's problem, with what to do about
    // it.
    base::Result<outbound::HttpAnswer> ask(const std::string& method, const std::string& path,
                                           std::string_view body = {},
                                           const std::string& if_match = {}) const;

 private:
    std::string server_, ca_file_;
    std::vector<std::string> headers_;
};

}  // namespace mortise::app
