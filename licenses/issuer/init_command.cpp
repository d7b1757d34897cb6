#include "licenses/document/paserk.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/files.hpp"
#include "licenses/issuer/home.hpp"
#include "licenses/issuer/output.hpp"

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

struct InitOptions {
    std::filesystem::path home, passphrase_file, root_pub;
    std::string issuer;
    bool development = false, root_only = false, json = false;
};

std::string next_step(const InitOptions& options, const HomeFacts& facts) {
    const std::string home = options.home.string();
    if (options.root_only)
        return "Keep this folder on a machine without network. For the machine that issues:\n"
               "  mortise-license init --home vendor --issuer ... --root " +
               (options.home / "root.pub").string();
    if (facts.signing_id.empty() || !options.root_pub.empty())
        return "Have the root sign the keyset:\n  mortise-license keyset publish --home " + home +
               " --request keyset.request";
    return "Build the host with -DMORTISE_ROOT_KEYS=" + (options.home / "root.pub").string() +
           " and keep this folder safe: who has it can issue licences.";
}

void run_init(const InitOptions& options) {
    NewHome wanted;
    wanted.path = options.home;
    wanted.issuer = options.issuer;
    wanted.development = options.development;
    wanted.root_only = options.root_only;
    if (!options.root_pub.empty())
        wanted.root = take(licenses::public_key_from_paserk(read_line_file(options.root_pub)));
    wanted.passphrase = [&] { return ask_passphrase(options.passphrase_file, true); };
    wanted.now = unix_time();
    const HomeFacts facts = create_home(wanted);
    const std::string root = licenses::to_paserk(facts.root);
    print(options.json,
          "Made " + options.home.string() + "\n  root         " + root +
              (facts.signing_id.empty() ? "" : "\n  signing key  " + facts.signing_id) + "\n" +
              next_step(options, facts),
          to_text({{"home", options.home.string()},
                   {"root", root},
                   {"root_id", facts.root_id},
                   {"signing_key_id", facts.signing_id},
                   {"development", options.development}}));
}

}  // namespace

void add_init(CLI::App& app) {
    auto options = std::make_shared<InitOptions>();
    CLI::App* command =
        app.add_subcommand("init", "Make a vendor's home: root key, first signing key, keyset, ledger");
    command->add_option("--home", options->home, "The folder to make; it must not hold anything yet")
        ->required()
        ->envname("MORTISE_LICENSE_HOME");
    command->add_option("--issuer", options->issuer, "Your name, as it stands in the licences")->required();
    auto* development =
        command->add_flag("--development", options->development,
                          "Leave the keys without a passphrase, for a root that protects nothing");
    auto* root_only =
        command->add_flag("--root-only", options->root_only, "Make the root alone, on a machine of its own");
    command
        ->add_option("--root", options->root_pub,
                     "The root lies elsewhere, and this is the file with its public key")
        ->excludes(root_only);
    command
        ->add_option("--passphrase-file", options->passphrase_file,
                     "Take the passphrase from this file's only line instead of asking")
        ->excludes(development);
    command->add_flag("--json", options->json, "Print JSON");
    command->footer(
        "Secret keys are written as PASERK k4.secret-pw (Argon2id, 256 MiB) into files of mode 0600.\n\n"
        "Examples:\n"
        "  mortise-license init --home vendor --issuer \"Tenon Ltd\"\n"
        "  mortise-license init --home root --issuer \"Tenon Ltd\" --root-only\n"
        "  mortise-license init --home vendor --issuer \"Tenon Ltd\" --root root/root.pub\n"
        "  mortise-license init --home dev --issuer Development --development");
    command->callback([options] { run_init(*options); });
}

}  // namespace mortise::issuer
