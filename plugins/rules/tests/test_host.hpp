#pragma once

#include "tests/support/plugin_host/plugin_host.hpp"

#include <string_view>

#include <nlohmann/json.hpp>

namespace rules::test {

using mortise::test::Answer;
using mortise::test::Headers;

// A host that runs this plugin.
class TestHost : public mortise::test::PluginHost {
 public:
    TestHost() : PluginHost({.entry = &mortise_plugin_entry, .sql = RULES_SQL}) {}

    // Has a method of rules.decisions/1 run for the plugin "caller".
    Answer serve(std::string_view method, const nlohmann::json& input) {
        return PluginHost::serve("rules.decisions/1", method, input);
    }
};

}  // namespace rules::test
