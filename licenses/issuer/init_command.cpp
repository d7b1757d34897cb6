#include "licenses/document/paserk.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/files.hpp"
#include "licenses/issuer/home.hpp"

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

struct InitOptions {
    std::filesystem::path home;
    std::filesystem::path passphrase_file;
    std::string issuer;
    bool development = false;
    bool json = false;
};

void run_init(const InitOptions& options) {
    const HomeFacts facts =
        create_home({options.home, options.issuer, options.development,
                     [&] { return ask_passphrase(options.passphrase_file, true); }, unix_time()});
    const std::string root = licenses::to_paserk(facts.root);
    const nlohmann::json json = {{"home", options.home.string()},
                                 {"root", root},
                                 {"root_id", facts.root_id},
                                 {"signing_key_id", facts.signing_id},
                                 {"development", options.development}};
    print(options.json,
          "Made " + options.home.string() + "\n  root         " + root + "\n  signing key  " +
              facts.signing_id +
              "\nBuild the host with -DMORTISE_ROOT_KEYS=" + (options.home / "root.pub").string() +
              " and keep this folder safe: who has it can issue licences.",
          json.dump());
}

}  // namespace

void add_init(CLI::App& app) {
    auto options = std::make_shared<InitOptions>();
    CLI::App* command =
        app.add_subcommand("init", "Make a vendor's home: root key, first signing key, keyset");
    command->add_option("--home", options->home, "The folder to make; it must not hold anything yet")
        ->required()
        ->envname("MORTISE_LICENSE_HOME");
    command->add_option("--issuer", options->issuer, "Your name, as it stands in the licences")->required();
    command->add_flag("--development", options->development,
                      "Leave the keys without a passphrase, for a root that protects nothing");
    command->add_option("--passphrase-file", options->passphrase_file,
                        "Take the passphrase from this file's only line instead of asking");
    command->add_flag("--json", options->json, "Print JSON");
    command->footer(
        "Secret keys are written as PASERK k4.secret-pw (Argon2id, 256 MiB) into files of mode 0600.\n\n"
        "Examples:\n"
        "  mortise-license init --home vendor --issuer \"Tenon Ltd\"\n"
        "  mortise-license init --home dev --issuer Development --development");
    command->callback([options] { run_init(*options); });
}

}  // namespace mortise::issuer
