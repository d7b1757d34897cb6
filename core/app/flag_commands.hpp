#pragma once

#include <string>

namespace CLI {
class App;
}

namespace mortise::app {

struct FlagArguments {
    std::string command;  // pull, diff, apply, bootstrap, explain
    std::string server;   // empty: MORTISE_SERVER, or this machine
    std::string key_file;
    std::string ca_file;
    std::string tenant;
    std::string environment;
    std::string file;     // of diff and apply; where bootstrap writes, and pull, empty: standard output
    std::string flag;     // of explain
    std::string context;  // of explain and bootstrap: JSON
    std::string format;   // of bootstrap: ofrep, unleash
    std::string comment;
    std::string request;  // of apply: the title of a change request
    bool prune = false;
    bool json = false;
};

// mortise flag pull|diff|apply|bootstrap|explain: flags as files, over a server's REST API.
void add_flag_commands(CLI::App& program, FlagArguments& arguments);
// Answers the exit code: those of commands.hpp, and kExitDiffers.
int run_flag_command(const FlagArguments& arguments);

inline constexpr int kExitDiffers = 3;  // `flag diff`: there are differences

}  // namespace mortise::app
