#pragma once

#include <string>

namespace CLI {
class App;
}

namespace mortise::app {

struct PluginArguments {
    std::string command;  // sign, check
    std::string folder;
    std::string key;
    std::string public_key;
    bool json = false;
};

// mortise plugin sign|check
void add_plugin_commands(CLI::App& program, PluginArguments& arguments);
// Answers the exit code.
int run_plugin_command(const PluginArguments& arguments);

}  // namespace mortise::app
