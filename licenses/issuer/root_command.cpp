#include "licenses/document/paserk.hpp"
#include "licenses/document/roots.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/files.hpp"
#include "licenses/issuer/key_table.hpp"
#include "licenses/issuer/output.hpp"
#include "licenses/issuer/root_signing.hpp"

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

constexpr std::size_t kMaxRequest = 2 * licenses::kMaxKeysetBytes;

struct RootOptions : Common {
    std::filesystem::path file;
    std::uint64_t keyset_sequence = 0;
};

// What a root is asked to sign, for a person to read.
std::string describe(const licenses::Keyset& keyset) {
    std::string text = "Keyset " + std::to_string(keyset.sequence) + " of " + keyset.issuer + ", " +
                       licenses::format_time(keyset.issued_at);
    for (const licenses::KeysetKey& key : keyset.keys) {
        text += "\n  " + key.id + "  " + std::string(to_string(key.status)) + " ";
        for (const std::string& use : key.uses)
            text += " " + use;
    }
    return text;
}

void run_sign(const RootOptions& options) {
    Home home(options.home, unix_time());
    const SignRequest request = read_sign_request(read_file(options.file, kMaxRequest));
    if (request.type != licenses::kKeysetType)
        throw Failure("malformed_request",
                      "A root signs keysets only; this is a request for " + request.type + ".");
    const licenses::Keyset keyset = take(licenses::decode_keyset(request.payload));
    const std::string description = describe(keyset);
    if (options.dry_run)
        return print(options.json, "Would sign:\n" + description,
                     to_text({{"dry_run", true}, {"keyset", nlohmann::json::parse(request.payload)}}));
    confirm(description + "\nShall the root sign this?", options.yes);
    Ledger& ledger = home.ledger();
    std::string token;
    {
        Transaction transaction(ledger.database());
        token = sign_keyset_with_root(home, keyset, options.passphrase());
        transaction.commit();
    }
    const std::string response = format_sign_response(licenses::kKeysetType, token);
    hand_out(options.out, response);
    if (!options.out.empty())
        print(options.json,
              "Signed:\n" + description +
                  "\nWhere it is wanted:\n  mortise-license keyset publish --response " +
                  options.out.string(),
              to_text({{"response", options.out.string()}, {"sequence", keyset.sequence}}));
}

// The first keyset that only the new root may sign.
std::uint64_t next_sequence(Home& home, std::uint64_t wanted) {
    if (wanted > 0) return wanted;
    KeyTable keys(home.ledger());
    const auto published = keys.newest_keyset();
    return std::max(keys.newest_root_signature(), published ? published->sequence : 0) + 1;
}

void run_rotate(const RootOptions& options) {
    Home home(options.home, unix_time());
    Ledger& ledger = home.ledger();
    const auto old = home.root_key(options.passphrase());
    const auto fresh = licenses::SecretKey::generate();
    const licenses::RootRotation rotation{home.issuer(), home.now(), old.public_key(), fresh.public_key(),
                                          next_sequence(home, options.keyset_sequence)};
    if (options.dry_run)
        return print(options.json,
                     "Would make a new root, which signs the keysets from " +
                         std::to_string(rotation.keyset_sequence) + " on.",
                     to_text({{"dry_run", true}, {"keyset_sequence", rotation.keyset_sequence}}));
    confirm("A new root takes the place of " + licenses::key_id(old.public_key()) +
                ", which will sign no more keysets.",
            options.yes);
    std::string passphrase;
    const bool plain = home.development();
    if (!plain) passphrase = options.passphrase()();
    std::filesystem::create_directory(home.path() / "roots");
    std::filesystem::permissions(home.path() / "roots", std::filesystem::perms::owner_all);
    const auto file = home.path() / "roots" / (licenses::key_id(fresh.public_key()) + ".key");
    write_new_file(file, secret_key_file(fresh, plain ? nullptr : &passphrase), 0600);
    const std::string token = licenses::sign_root_rotation(rotation, old, fresh);
    {
        Transaction transaction(ledger.database());
        KeyTable(ledger).add_root(fresh.public_key(), token);
        transaction.commit();
    }
    home.refresh_files();
    // In a home that issues, the new root signs the keyset at once.
    std::optional<std::uint64_t> published;
    if (home.maybe_keyset()) {
        Transaction transaction(ledger.database());
        published = publish_keyset(home, options.passphrase());
        transaction.commit();
        home.refresh_files();
    }
    if (!options.out.empty()) write_new_file(options.out, token + "\n", 0644);
    const std::string root = licenses::to_paserk(fresh.public_key());
    print(
        options.json,
        "The new root is\n  " + root +
            "\nBundles bring the rotation to hosts from now on. Build the next release with root.pub of this home.",
        to_text({{"root", root},
                 {"root_id", licenses::key_id(fresh.public_key())},
                 {"keyset_sequence", rotation.keyset_sequence},
                 {"published", published ? nlohmann::json(*published) : nullptr}}));
}

void run_accept(const RootOptions& options) {
    Home home(options.home, unix_time());
    Ledger& ledger = home.ledger();
    const std::string token = read_line_file(options.file);
    licenses::TrustedRoots roots = home.trusted();
    const licenses::RootRotation rotation = take(roots.rotate(token, home.now()));
    if (rotation.from != home.root())
        throw Failure("unknown_root", "The rotation is not from the root that this home has at present.");
    if (!options.dry_run) {
        Transaction transaction(ledger.database());
        KeyTable(ledger).add_root(rotation.to, token);
        transaction.commit();
        home.refresh_files();
    }
    print(options.json,
          (options.dry_run ? "Would take " : "The root is now ") + licenses::to_paserk(rotation.to) +
              (options.dry_run ? " for the root."
                               : ".\nHave it sign the keyset: mortise-license keyset publish --request …"),
          to_text({{"dry_run", options.dry_run}, {"root", licenses::to_paserk(rotation.to)}}));
}

}  // namespace

void add_root(CLI::App& app) {
    CLI::App* group = app.add_subcommand("root", "The root key: sign for another machine, and rotate");
    group->require_subcommand(1);
    group->footer("Example:\n  mortise-license root sign keyset.request --home root --out keyset.response");

    auto sign = std::make_shared<RootOptions>();
    CLI::App* sign_command = group->add_subcommand("sign", "Sign what a request file asks for");
    add_common(*sign_command, *sign, kWithPassphrase | kWithOut | kWithDryRun | kWithYes,
               "Write the answer to this new file instead of standard output");
    sign_command->add_option("file", sign->file, "The request")->required();
    sign_command->footer(
        "Example:\n  mortise-license root sign keyset.request --home root --out keyset.response");
    sign_command->callback([sign] { run_sign(*sign); });

    auto rotate = std::make_shared<RootOptions>();
    CLI::App* rotate_command =
        group->add_subcommand("rotate", "Make a new root, and have the old and the new one sign that");
    add_common(*rotate_command, *rotate, kWithPassphrase | kWithOut | kWithDryRun | kWithYes,
               "Write the rotation to this new file too, for a home on another machine");
    rotate_command->add_option("--keyset-seq", rotate->keyset_sequence,
                               "The first keyset that only the new root may sign; else the next one");
    rotate_command->footer("Example:\n  mortise-license root rotate --home vendor");
    rotate_command->callback([rotate] { run_rotate(*rotate); });

    auto accept = std::make_shared<RootOptions>();
    CLI::App* accept_command =
        group->add_subcommand("accept", "Take in a rotation that was made on another machine");
    add_common(*accept_command, *accept, kWithDryRun);
    accept_command->add_option("file", accept->file, "The rotation")->required();
    accept_command->footer("Example:\n  mortise-license root accept rotation.token --home vendor");
    accept_command->callback([accept] { run_accept(*accept); });
}

}  // namespace mortise::issuer
