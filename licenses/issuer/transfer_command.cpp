#include "licenses/issuer/activation_table.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/issuing.hpp"
#include "licenses/issuer/licence_id.hpp"
#include "licenses/issuer/output.hpp"
#include "licenses/issuer/terms.hpp"

#include <algorithm>

#include <CLI/Error.hpp>
#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

struct TransferOptions : Common {
    std::string id, subject, activation, reason;
    bool publish = false;
};

// A machine's place is free again; the machine learns of it by the list.
void release(Home& home, const TransferOptions& options, const LicenceRow& row) {
    ActivationTable activations(home.ledger());
    const ActivationRow activation = activations.get(options.activation);
    if (activation.line != row.line || activation.released_at)
        throw Failure("unknown_activation", "The activation " + activation.id +
                                                " is not one in use of the licence " + row.id + ".");
    if (options.dry_run)
        return print(options.json, "Would release the activation " + activation.id + ".",
                     to_text({{"dry_run", true}, {"released", activation.id}}));
    confirm("The machine with the activation " + activation.id + " may use the licence no longer.",
            options.yes);
    std::optional<PublishedList> list;
    {
        Transaction transaction(home.ledger().database());
        activations.release(activation, options.reason);
        if (options.publish) list = publish_revocations(home, options.passphrase());
        transaction.commit();
    }
    home.refresh_files();
    print(options.json,
          "Released the activation " + activation.id + "; another machine can take its place.\n" +
              describe(list),
          to_text({{"released", activation.id},
                   {"list", list ? nlohmann::json(list->sequence) : nlohmann::json()}}));
}

// The rest of the licence for another customer; the present one is revoked.
void hand_over(Home& home, const TransferOptions& options, const LicenceRow& row) {
    if (row.status != "active" || !row.replaced_by.empty())
        throw Failure("not_active", "The licence " + row.id + " is " + row.status + ", or was replaced.");
    licenses::Licence licence = licence_of(row);
    licence.subject = options.subject;
    licence.line.clear();
    licence.id = new_licence_id();
    licence.issued_at = home.now();
    licence.not_before = std::max(licence.not_before, home.now());
    check_licence(licence);
    if (options.dry_run)
        return print(options.json, "Would hand the licence over to " + options.subject + ".",
                     to_text({{"dry_run", true}, {"sub", options.subject}}));
    confirm(
        "The licence of " + row.subject + " is revoked for good, and " + options.subject + " gets another.",
        options.yes);
    std::optional<PublishedList> list;
    std::optional<Issued> issued;
    {
        Transaction transaction(home.ledger().database());
        LicenceTable table(home.ledger());
        table.set_status(row, "revoked", options.reason.empty() ? "transferred" : options.reason,
                         "licence.revoked");
        if (options.publish) list = publish_revocations(home, options.passphrase());
        licence.sequence = table.next_sequence(licence.subject, static_cast<std::uint64_t>(home.now()));
        const LicenceSigner signer(home.signing_key("lic", options.passphrase()), home);
        issued = signer.sign_and_check(std::move(licence), row.price, row.note);
        table.insert(issued->row, "licence.transferred");
        table.set_replaced_by(row.id, issued->row.id);
        transaction.commit();
    }
    home.refresh_files();
    const std::string bundle = BundleMaker(home).make(issued->licence, issued->row.token);
    nlohmann::json out = {{"id", issued->row.id}, {"replaces", row.id}, {"sub", options.subject}};
    if (options.out.empty() && !options.json) return hand_out({}, bundle);
    if (options.out.empty())
        out["bundle"] = bundle;
    else
        hand_out(options.out, bundle);
    print(options.json,
          "Wrote " + options.out.string() + ": licence " + issued->row.id + " for " + options.subject +
              ".\n" + describe(list),
          to_text(out));
}

void run_transfer(const TransferOptions& options) {
    Home home(options.home, unix_time());
    const LicenceRow row = LicenceTable(home.ledger()).get(options.id);
    if (options.activation.empty())
        hand_over(home, options, row);
    else
        release(home, options, row);
}

}  // namespace

void add_transfer(CLI::App& app) {
    auto options = std::make_shared<TransferOptions>();
    CLI::App* command =
        app.add_subcommand("transfer", "Move a licence to another machine or another customer");
    add_common(*command, *options, kWithPassphrase | kWithOut | kWithDryRun | kWithYes,
               "Write the new customer's bundle to this new file instead of standard output");
    command->add_option("id", options->id, "The licence's id")->required();
    auto* subject = command->add_option("--sub", options->subject, "The new customer");
    command->add_option("--release", options->activation, "The activation whose place becomes free")
        ->excludes(subject);
    command->add_option("--reason", options->reason, "For the ledger");
    command->add_flag("--publish", options->publish, "Publish a new revocation list at once");
    command->footer(
        "Examples:\n"
        "  mortise-license transfer 01910000-0000-7000-8000-000000000001 --home vendor --release 01910000-… --publish\n"
        "  mortise-license transfer 01910000-0000-7000-8000-000000000001 --home vendor --sub \"Heir Ltd\" --out heir.license");
    command->callback([options] {
        if (options->subject.empty() == options->activation.empty())
            throw CLI::RequiredError("--sub or --release");
        run_transfer(*options);
    });
}

}  // namespace mortise::issuer
