#include "licenses/document/paserk.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/files.hpp"
#include "licenses/issuer/home.hpp"
#include "licenses/issuer/output.hpp"

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

void print_key(bool as_json, const licenses::PublicKey& key) {
    const std::string text = licenses::to_paserk(key);
    print(as_json, text, nlohmann::json{{"public", text}, {"id", licenses::key_id(key)}}.dump());
}

struct KeygenOptions {
    std::filesystem::path secret;
    std::filesystem::path public_file;
    bool json = false;
};

void run_keygen(const KeygenOptions& options) {
    const auto key = licenses::SecretKey::generate();
    write_new_file(options.secret, licenses::to_paserk(key) + "\n", 0600);
    if (!options.public_file.empty())
        write_new_file(options.public_file, licenses::to_paserk(key.public_key()) + "\n", 0644);
    print_key(options.json, key.public_key());
}

struct PubkeyOptions {
    std::filesystem::path file, passphrase_file;
    bool json = false;
};

void run_pubkey(const PubkeyOptions& options) {
    const auto key =
        read_secret_key(options.file, [&] { return ask_passphrase(options.passphrase_file, false); });
    print_key(options.json, key.public_key());
}

}  // namespace

void add_keygen(CLI::App& app) {
    auto options = std::make_shared<KeygenOptions>();
    CLI::App* command =
        app.add_subcommand("keygen", "Make an Ed25519 key pair, such as a publisher's for plugins");
    command->add_option("--secret", options->secret, "File to write the k4.secret key into (mode 0600)")
        ->required();
    command->add_option("--public", options->public_file, "File to write the k4.public key into");
    command->add_flag("--json", options->json, "Print JSON");
    command->footer(
        "The secret is not wrapped by a passphrase, so that a build can sign with it.\n\n"
        "Example:\n"
        "  mortise-license keygen --secret publisher.key --public publisher.pub");
    command->callback([options] { run_keygen(*options); });
}

void add_pubkey(CLI::App& app) {
    auto options = std::make_shared<PubkeyOptions>();
    CLI::App* command =
        app.add_subcommand("pubkey", "Print the public key that belongs to a secret key's file");
    command->add_option("file", options->file, "A file with a k4.secret or k4.secret-pw key")->required();
    command->add_option("--passphrase-file", options->passphrase_file,
                        "Take the passphrase from this file's only line instead of asking");
    command->add_flag("--json", options->json, "Print JSON");
    command->footer("Example:\n  mortise-license pubkey publisher.key");
    command->callback([options] { run_pubkey(*options); });
}

}  // namespace mortise::issuer
