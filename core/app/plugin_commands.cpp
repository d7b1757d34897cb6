#include "core/app/plugin_commands.hpp"

#include "core/app/commands.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/host/in_process.hpp"
#include "core/host/package.hpp"
#include "core/licensing/root_keys.hpp"

#include <fmt/format.h>

#include <cstdio>

#include <CLI/CLI.hpp>

namespace mortise::app {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

constexpr std::size_t kMaxKeyFile = 4096;

Result<host::Manifest> manifest_of(const host::PackageFiles& files, const fs::path& folder) {
    const auto file = files.by_path.find(std::string(host::kManifestFile));
    if (file == files.by_path.end())
        return Error{ErrorKind::kInvalid, "package_invalid",
                     fmt::format("{}: there is no {}", folder.string(), host::kManifestFile)};
    return host::parse_manifest(file->second, (folder / std::string(host::kManifestFile)).string());
}

Result<std::string> sign(const PluginArguments& arguments) {
    MORTISE_TRY_ASSIGN(const std::string text, base::read_file(arguments.key, kMaxKeyFile));
    const auto key = host::parse_publisher_secret(base::trim(text.substr(0, text.find('\n'))));
    if (!key)
        return Error{
            ErrorKind::kInvalid, "key_invalid",
            fmt::format("{}: not a k4.secret key; make one with `mortise-license keygen`", arguments.key)};
    MORTISE_TRY_ASSIGN(const auto files, host::read_package(arguments.folder));
    MORTISE_TRY_ASSIGN(const auto manifest, manifest_of(files, arguments.folder));
    MORTISE_TRY(base::write_file(fs::path(arguments.folder) / std::string(host::kSignatureFile),
                                 host::sign_package(manifest, files, *key), 0644));
    return fmt::format("signed {} {}, {} files", manifest.id, manifest.version, files.by_path.size());
}

// Everything that a host checks before it loads the library.
Result<std::string> check(const PluginArguments& arguments) {
    const std::string_view text = arguments.public_key.empty() ? licensing::bundled_publisher_key()
                                                               : std::string_view(arguments.public_key);
    const auto key = host::parse_publisher_key(text);
    if (!key) return Error{ErrorKind::kInvalid, "key_invalid", fmt::format("{} is no k4.public key", text)};
    MORTISE_TRY_ASSIGN(const auto package, host::open_package(arguments.folder, {{*key, {"*"}}}, false));
    for (const auto engine : {storage::Engine::kSqlite, storage::Engine::kPostgresql})
        MORTISE_TRY(host::check_sql(package, engine));
    return fmt::format("{} {} is good", package.manifest.id, package.manifest.version);
}

}  // namespace

void add_plugin_commands(CLI::App& program, PluginArguments& arguments) {
    CLI::App* plugin = program.add_subcommand("plugin", "Sign and check plugin packages");
    plugin->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& summary) {
        CLI::App* command = plugin->add_subcommand(name, summary);
        command->add_option("FOLDER", arguments.folder, "The package: manifest.toml, <id>.so and sql/")
            ->required();
        command->add_flag("--json", arguments.json, "Answer as JSON");
        command->callback([&arguments, name] { arguments.command = name; });
        return command;
    };
    CLI::App* sign_command = add("sign", "Write the SIGNATURE of a package");
    sign_command->add_option("--key", arguments.key, "File with the publisher's k4.secret key")->required();
    sign_command->footer(
        "Example:\n  mortise plugin sign build/release/bin/plugins/milestones --key publisher.key");
    CLI::App* check_command = add("check", "Check a package as a host does before it loads it");
    check_command->add_option("--publisher", arguments.public_key,
                              "The publisher's k4.public key; by default that of the bundled plugins");
    check_command->footer("Exit codes: 0 good, 1 refused with the reason, 2 wrong arguments");
}

int run_plugin_command(const PluginArguments& arguments) {
    const auto result = arguments.command == "sign" ? sign(arguments) : check(arguments);
    std::string text = result.ok() ? *result : result.error().detail;
    if (arguments.json) {
        std::string escaped;
        base::append_json_escaped(escaped, text);
        text = result.ok() ? fmt::format("{{\"ok\":true,\"message\":\"{}\"}}", escaped)
                           : fmt::format("{{\"ok\":false,\"code\":\"{}\",\"message\":\"{}\"}}",
                                         result.error().code, escaped);
        fmt::print("{}\n", text);
    } else {
        fmt::print(result.ok() ? stdout : stderr, "{}{}\n", result.ok() ? "" : "mortise: ", text);
    }
    return result.ok() ? kExitDone : kExitRefused;
}

}  // namespace mortise::app
