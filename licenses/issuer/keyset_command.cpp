#include "licenses/document/paserk.hpp"
#include "licenses/document/verify.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/files.hpp"
#include "licenses/issuer/issuing.hpp"
#include "licenses/issuer/key_table.hpp"
#include "licenses/issuer/output.hpp"
#include "licenses/issuer/root_signing.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

struct KeysetOptions : Common {
    std::vector<std::string> uses{"act", "crl", "lic"};
    std::string id, reason;
    std::filesystem::path request, response;
    std::uint64_t sequence = 0;
};

nlohmann::json keyset_json(const licenses::Keyset& keyset) {
    return nlohmann::json::parse(licenses::encode_keyset(keyset));
}

// The last active key for licences can be retired only after another took its place.
void check_still_able(const licenses::Keyset& next) {
    const bool able = std::any_of(next.keys.begin(), next.keys.end(), [](const licenses::KeysetKey& key) {
        return key.status == licenses::KeyStatus::kActive && key.allows("lic");
    });
    if (!able)
        throw Failure("last_key",
                      "No active key for licences would be left. Add one first: mortise-license keyset add.");
}

std::string say_next(const Home& home, const std::optional<std::uint64_t>& sequence) {
    if (sequence) return "Published keyset " + std::to_string(*sequence) + ".";
    return "Not published yet: mortise-license keyset publish --home " + home.path().string() +
           " --request keyset.request";
}

// After a change of the keys: a new keyset at once where the root is, else later by request and response.
std::optional<std::uint64_t> publish_if_possible(Home& home, const Common& options) {
    if (!home.has_root_key()) return std::nullopt;
    return publish_keyset(home, options.passphrase());
}

void run_add(const KeysetOptions& options) {
    Home home(options.home, unix_time());
    std::vector<std::string> uses = options.uses;
    std::sort(uses.begin(), uses.end());
    uses.erase(std::unique(uses.begin(), uses.end()), uses.end());
    if (options.dry_run)
        return print(options.json, "Would add a key for " + nlohmann::json(uses).dump() + ".",
                     to_text({{"dry_run", true}, {"uses", uses}}));
    const auto secret = licenses::SecretKey::generate();
    std::string passphrase;
    const bool plain = home.development();
    if (!plain) passphrase = options.passphrase()();
    Ledger& ledger = home.ledger();
    std::filesystem::create_directory(home.path() / "keys");
    std::filesystem::permissions(home.path() / "keys", std::filesystem::perms::owner_all);
    // The key's file first: a file that no keyset names does no harm, a key without its file does.
    write_new_file(home.signing_key_path(secret.public_key()),
                   secret_key_file(secret, plain ? nullptr : &passphrase), 0600);
    std::optional<std::uint64_t> sequence;
    {
        Transaction transaction(ledger.database());
        KeyTable(ledger).add_signing_key({secret.public_key(), uses, licenses::KeyStatus::kActive, {}, {}});
        sequence = publish_if_possible(home, options);
        transaction.commit();
    }
    home.refresh_files();
    const std::string id = licenses::key_id(secret.public_key());
    print(
        options.json, "Added " + id + ".\n" + say_next(home, sequence),
        to_text({{"id", id}, {"uses", uses}, {"published", sequence ? nlohmann::json(*sequence) : nullptr}}));
}

void run_set_status(const KeysetOptions& options, licenses::KeyStatus status) {
    Home home(options.home, unix_time());
    const bool compromised = status == licenses::KeyStatus::kCompromised;
    Ledger& ledger = home.ledger();
    if (compromised && !options.dry_run)
        confirm(
            "Everything that this key ever signed will be refused, by every host that learns of it. There is "
            "no way back.",
            options.yes);
    std::optional<std::uint64_t> sequence;
    std::optional<PublishedList> list;
    {
        Transaction transaction(ledger.database());
        KeyTable(ledger).set_key_status(options.id, status, options.reason);
        check_still_able(next_keyset(home));
        if (options.dry_run)
            return print(options.json,
                         "Would declare " + options.id + " " + std::string(to_string(status)) + ".",
                         to_text({{"dry_run", true}, {"id", options.id}, {"status", to_string(status)}}));
        sequence = publish_if_possible(home, options);
        if (sequence) list = replace_compromised_list(home, options.passphrase());
        transaction.commit();
    }
    home.refresh_files();
    print(options.json,
          options.id + " is " + std::string(to_string(status)) + ".\n" + say_next(home, sequence) +
              (list ? "\n" + describe(list) : "") +
              (compromised ? "\nReissue what it signed: mortise-license reissue --signed-by " + options.id
                           : ""),
          to_text({{"id", options.id},
                   {"status", to_string(status)},
                   {"published", sequence ? nlohmann::json(*sequence) : nullptr},
                   {"list", list ? nlohmann::json(list->sequence) : nlohmann::json()}}));
}

void write_request(Home& home, const KeysetOptions& options) {
    const licenses::Keyset next = next_keyset(home, options.sequence);
    check_still_able(next);
    hand_out(options.request,
             format_sign_request({std::string(licenses::kKeysetType), licenses::encode_keyset(next)}));
    print(options.json,
          "Wrote " + options.request.string() + ". Where the root is:\n  mortise-license root sign " +
              options.request.string() + " --home root --out keyset.response",
          to_text({{"request", options.request.string()}, {"sequence", next.sequence}}));
}

void run_publish(const KeysetOptions& options) {
    Home home(options.home, unix_time());
    home.ledger();
    if (options.dry_run) {
        const nlohmann::json next = keyset_json(next_keyset(home));
        return print(options.json, "Would publish:\n" + next.dump(2),
                     to_text({{"dry_run", true}, {"keyset", next}}));
    }
    if (!options.request.empty()) return write_request(home, options);
    std::uint64_t sequence = 0;
    std::optional<PublishedList> list;
    {
        Transaction transaction(home.ledger().database());
        if (options.response.empty())
            sequence = publish_keyset(home, options.passphrase());
        else
            sequence = accept_keyset(
                home, read_sign_response(read_file(options.response, 2 * licenses::kMaxKeysetBytes)));
        list = replace_compromised_list(home, options.passphrase());
        transaction.commit();
    }
    home.refresh_files();
    print(options.json,
          "Published keyset " + std::to_string(sequence) + "." + (list ? "\n" + describe(list) : ""),
          to_text(
              {{"published", sequence}, {"list", list ? nlohmann::json(list->sequence) : nlohmann::json()}}));
}

void run_list(const KeysetOptions& options) {
    Home home(options.home, unix_time());
    const nlohmann::json published = keyset_json(home.keyset());
    std::string text = "Keyset " + std::to_string(home.keyset().sequence) + ", " +
                       licenses::format_time(home.keyset().issued_at);
    for (const licenses::KeysetKey& key : home.keyset().keys) {
        text += "\n  " + key.id + "  " + std::string(to_string(key.status)) + " ";
        for (const std::string& use : key.uses)
            text += " " + use;
    }
    print(options.json, text, published.dump());
}

void add_keyset_add(CLI::App& parent) {
    auto options = std::make_shared<KeysetOptions>();
    CLI::App* command = parent.add_subcommand("add", "Make a new signing key and publish it");
    add_common(*command, *options, kWithPassphrase | kWithDryRun);
    command->add_option("--use", options->uses, "What it may sign, with commas: lic, crl, act")
        ->delimiter(',')
        ->check(CLI::IsMember({"lic", "crl", "act"}))
        ->capture_default_str();
    command->footer("Example:\n  mortise-license keyset add --home vendor --use lic");
    command->callback([options] { run_add(*options); });
}

void add_keyset_status(CLI::App& parent, const char* name, const char* help, licenses::KeyStatus status) {
    auto options = std::make_shared<KeysetOptions>();
    CLI::App* command = parent.add_subcommand(name, help);
    add_common(*command, *options, kWithPassphrase | kWithDryRun | kWithYes);
    command->add_option("id", options->id, "The key's id, k4.pid…")->required();
    command->add_option("--reason", options->reason, "For the audit trail");
    command->footer("Example:\n  mortise-license keyset " + std::string(name) + " k4.pid.… --home vendor");
    command->callback([options, status] { run_set_status(*options, status); });
}

void add_keyset_publish(CLI::App& parent) {
    auto options = std::make_shared<KeysetOptions>();
    CLI::App* command =
        parent.add_subcommand("publish", "Have the root sign the keys as they stand in the ledger");
    add_common(*command, *options, kWithPassphrase | kWithDryRun);
    auto* request = command->add_option(
        "--request", options->request, "Write a request for the machine where the root is, to this new file");
    command->add_option("--response", options->response, "Take in the root's answer from this file")
        ->excludes(request);
    command
        ->add_option("--seq", options->sequence,
                     "At least this sequence, where the root says that it has signed later ones already")
        ->needs(request);
    command->footer(
        "Examples:\n"
        "  mortise-license keyset publish --home vendor\n"
        "  mortise-license keyset publish --home vendor --request keyset.request\n"
        "  mortise-license keyset publish --home vendor --response keyset.response");
    command->callback([options] { run_publish(*options); });
}

}  // namespace

void add_keyset(CLI::App& app) {
    CLI::App* group = app.add_subcommand("keyset", "Signing keys: add, retire, declare compromised, publish");
    group->require_subcommand(1);
    group->footer("Example:\n  mortise-license keyset add --home vendor");
    add_keyset_add(*group);
    add_keyset_status(*group, "retire", "Sign no more with a key; what it signed stays good",
                      licenses::KeyStatus::kRetired);
    add_keyset_status(*group, "compromise", "Refuse everything that a key ever signed",
                      licenses::KeyStatus::kCompromised);
    add_keyset_publish(*group);
    auto options = std::make_shared<KeysetOptions>();
    CLI::App* list = group->add_subcommand("list", "Show the published keyset");
    add_common(*list, *options, 0);
    list->footer("Example:\n  mortise-license keyset list --home vendor");
    list->callback([options] { run_list(*options); });
}

}  // namespace mortise::issuer
