#pragma once

#include "core/app/flag_client.hpp"
#include "core/app/flag_commands.hpp"
#include "core/base/result.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

// Files from which an application answers while it can't reach the server.
namespace mortise::app {

inline constexpr const char* kBootstrapOfrep = "ofrep";
inline constexpr const char* kBootstrapUnleash = "unleash";

// What goes into a file, and what the application's own default stands for in it.
struct Bootstrap {
    std::string text;
    std::size_t flags = 0;                                      // in the file
    std::vector<std::pair<std::string, std::string>> left_out;  // flags, and why, as a code
};

// Of an answer of POST /ofrep/v1/evaluate/flags what OpenFeature's InMemoryProvider takes: an object by key
// of {variants, defaultVariant, disabled}. A flag without a value is disabled there, which gives the
// application's default as well. One that failed is left out. `unexpected_answer`.
base::Result<Bootstrap> ofrep_bootstrap(const nlohmann::ordered_json& answer);
// Of an answer of GET /api/client/features, which Unleash's clients take as it is. `unexpected_answer`.
base::Result<Bootstrap> unleash_bootstrap(std::string answer);

// mortise flag bootstrap: asks and writes the file, all of it or nothing.
base::Result<FlagOutcome> write_bootstrap(const FlagClient& client, const FlagArguments& arguments);

}  // namespace mortise::app
