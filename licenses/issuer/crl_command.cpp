#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/issuing.hpp"
#include "licenses/issuer/key_table.hpp"
#include "licenses/issuer/output.hpp"

#include <nlohmann/json.hpp>

// What hosts without network are given: revocation lists, and bundles once more.
namespace mortise::issuer {
namespace {

struct ListOptions : Common {
    std::string id;
};

void run_crl_publish(const ListOptions& options) {
    Home home(options.home, unix_time());
    if (options.dry_run) {
        KeyTable keys(home.ledger());
        return print(
            options.json,
            "Would publish revocation list " + std::to_string(keys.next_revocations_sequence()) + ".",
            to_text({{"dry_run", true}, {"sequence", keys.next_revocations_sequence()}}));
    }
    PublishedList list;
    {
        Transaction transaction(home.ledger().database());
        list = publish_revocations(home, options.passphrase());
        transaction.commit();
    }
    home.refresh_files();
    const std::string update = BundleMaker(home).make_update();
    if (!options.out.empty()) hand_out(options.out, update);
    print(options.json,
          "Published revocation list " + std::to_string(list.sequence) + " with " + std::to_string(list.ids) +
              " ids." +
              (options.out.empty() ? "" : "\nCustomers install " + options.out.string() + " like a licence."),
          to_text({{"sequence", list.sequence}, {"ids", list.ids}}));
}

void hand_out_update(const ListOptions& options, const std::string& update) {
    if (options.json && options.out.empty()) return print(true, "", to_text({{"bundle", update}}));
    hand_out(options.out, update);
    if (options.out.empty()) return;
    print(options.json, "Wrote " + options.out.string() + ".", to_text({{"file", options.out.string()}}));
}

void run_bundle(const ListOptions& options) {
    Home home(options.home, unix_time());
    const BundleMaker bundles(home);
    if (options.id.empty()) return hand_out_update(options, bundles.make_update());
    const LicenceRow row = LicenceTable(home.ledger()).get(options.id);
    if (row.status == "revoked" || row.status == "suspended")
        throw Failure("not_active", "The licence " + row.id + " is " + row.status + ".");
    const std::string bundle = bundles.make_whole(row.token);
    if (options.json && options.out.empty())
        return print(true, "", to_text({{"id", row.id}, {"bundle", bundle}}));
    hand_out(options.out, bundle);
    if (!options.out.empty())
        print(options.json, "Wrote " + options.out.string() + ".",
              to_text({{"id", row.id}, {"file", options.out.string()}}));
}

}  // namespace

void add_crl(CLI::App& app) {
    CLI::App* group = app.add_subcommand("crl", "The revocation list");
    group->require_subcommand(1);
    group->footer("Example:\n  mortise-license crl publish --home vendor --out news.update");
    auto options = std::make_shared<ListOptions>();
    CLI::App* publish =
        group->add_subcommand("publish", "Sign a list of everything suspended, revoked and released");
    add_common(*publish, *options, kWithPassphrase | kWithOut | kWithDryRun,
               "Write an update with the list to this new file, for customers without network");
    publish->footer("Example:\n  mortise-license crl publish --home vendor --out news.update");
    publish->callback([options] { run_crl_publish(*options); });
}

void add_bundle(CLI::App& app) {
    auto options = std::make_shared<ListOptions>();
    CLI::App* command =
        app.add_subcommand("bundle", "Write a licence's bundle again, with the newest keyset and list");
    add_common(*command, *options, kWithOut, "Write to this new file instead of standard output");
    command->add_option("id", options->id,
                        "The licence's id; without it an update with keyset and list alone");
    command->footer(
        "Example:\n  mortise-license bundle 01910000-0000-7000-8000-000000000001 --home vendor --out a.license");
    command->callback([options] { run_bundle(*options); });
}

}  // namespace mortise::issuer
