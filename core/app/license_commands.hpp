#pragma once

#include <filesystem>
#include <string>

namespace CLI {
class App;
}

namespace mortise::app {

struct LicenseArguments {
    std::string command;  // install, show, request, report
    std::string config;
    std::string data = "var";
    std::filesystem::path file;  // what is installed, or to be activated
    std::filesystem::path out;   // empty: standard output
    std::string to;              // the first day that isn't reported
    bool json = false;
};

// mortise license install|show|request|report: on the data of a server, whether it runs or not.
void add_license_commands(CLI::App& program, LicenseArguments& arguments);
// Answers the exit code.
int run_license_command(const LicenseArguments& arguments);

}  // namespace mortise::app
