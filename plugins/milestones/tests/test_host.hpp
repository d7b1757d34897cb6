#pragma once

#include "tests/support/plugin_host/plugin_host.hpp"

#include <nlohmann/json.hpp>

namespace milestones::test {

using mortise::test::Answer;

// A host that runs this plugin.
class TestHost : public mortise::test::PluginHost {
 public:
    TestHost() : PluginHost({.entry = &mortise_plugin_entry, .sql = MILESTONES_SQL}) {}
};

}  // namespace milestones::test
