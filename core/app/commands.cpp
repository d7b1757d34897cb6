#include "core/app/commands.hpp"

#include "core/app/application.hpp"
#include "core/app/flag_commands.hpp"
#include "core/app/license_commands.hpp"
#include "core/app/plugin_commands.hpp"
#include "core/base/result.hpp"
#include "core/config/settings.hpp"
#include "core/licensing/root_keys.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>

#include <CLI/CLI.hpp>

namespace mortise::app {
namespace {

namespace fs = std::filesystem;

struct ServeArguments {
    std::string config;
    std::string data = "var";
    std::string listen;
};

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

// Blocks the signals that end the server or make it reload, for this thread and those that it makes; they are
// then waited for.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

int refuse(int code, const base::Error& error) {
    fmt::print(stderr, "mortise: {}\n", error.detail);
    if (!error.log_text.empty()) fmt::print(stderr, "mortise: ({})\n", error.log_text);
    return code;
}

int serve(const ServeArguments& arguments) {
    auto settings = config::load_file(arguments.config);
    if (!settings.ok()) return refuse(kExitUsage, settings.error());
    if (!arguments.listen.empty()) {
        if (!config::is_listen_address(arguments.listen)) {
            fmt::print(stderr, "mortise: --listen must be HOST:PORT, port 0 to 65535\n");
            return kExitUsage;
        }
        settings->http.listen = arguments.listen;
    }
    StartOptions options;
    options.settings = std::move(*settings);
    options.data = arguments.data;
    options.program = fs::read_symlink("/proc/self/exe");
    options.administrator_email = variable("MORTISE_ADMIN_EMAIL");
    options.administrator_password = variable("MORTISE_ADMIN_PASSWORD");
    // Neither this process's children nor its /proc entry need to know it any longer.
    ::unsetenv("MORTISE_ADMIN_PASSWORD");

    // A file that may not grow (RLIMIT_FSIZE) is an error of that write, not the end of the process.
    std::signal(SIGXFSZ, SIG_IGN);
    const sigset_t signals = block_signals();
    auto application = Application::start(std::move(options));
    if (!application.ok()) return refuse(kExitRefused, application.error());
    for (int signal = SIGHUP; signal == SIGHUP;) {
        sigwait(&signals, &signal);
        if (signal == SIGHUP) (*application)->reload();
    }
    // A handler that does not come back must not hold the process; its unit of work is rolled back.
    if (!(*application)->stop()) std::_Exit(kExitDone);
    return kExitDone;
}

std::string version() {
    return fmt::format(
        "mortise {}{}", MORTISE_VERSION,
        licensing::development_root() ? " DEVELOPMENT (licence root of the build; not for production)" : "");
}

void add_serve(CLI::App& program, ServeArguments& arguments) {
    CLI::App* command = program.add_subcommand("serve", "Serve the REST API until SIGTERM or SIGINT");
    command->add_option(
        "--config", arguments.config,
        "Settings, as TOML; each can also come from the environment as MORTISE_<SECTION>_<KEY>");
    command->add_option("--data", arguments.data, "Folder that holds everything")->capture_default_str();
    command->add_option("--listen", arguments.listen, "HOST:PORT; wins over http.listen");
    command->footer(
        "Examples:\n"
        "  mortise serve --config /etc/mortise/mortise.toml --data /var/lib/mortise\n"
        "  mortise serve --data ./var --listen 127.0.0.1:8080\n\n"
        "While there is no administrator, one is made: MORTISE_ADMIN_EMAIL (admin@example.com) with\n"
        "MORTISE_ADMIN_PASSWORD, or with a password that is written to <data>/admin-password.\n\n"
        "SIGHUP reads the TLS certificate again.\n\n"
        "Exit codes: 0 ended by a signal, 1 could not start, 2 wrong arguments or configuration");
}

}  // namespace

int run_command_line(int argc, char** argv) {
    CLI::App program("Mortise: a licensed plugin-host server platform", "mortise");
    program.set_version_flag("--version", version());
    program.require_subcommand(1);
    ServeArguments serve_arguments;
    PluginArguments plugin_arguments;
    LicenseArguments license_arguments;
    FlagArguments flag_arguments;
    add_serve(program, serve_arguments);
    add_plugin_commands(program, plugin_arguments);
    add_license_commands(program, license_arguments);
    add_flag_commands(program, flag_arguments);
    try {
        program.parse(argc, argv);
        if (program.got_subcommand("serve")) return serve(serve_arguments);
        if (program.got_subcommand("license")) return run_license_command(license_arguments);
        if (program.got_subcommand("flag")) return run_flag_command(flag_arguments);
        return run_plugin_command(plugin_arguments);
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? kExitDone : kExitUsage;
    } catch (const std::exception& error) {
        fmt::print(stderr, "mortise: {}\n", error.what());
        return kExitRefused;
    }
}

}  // namespace mortise::app
