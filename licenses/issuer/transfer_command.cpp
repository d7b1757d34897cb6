#include "licenses/issuer/activation_table.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/handing_out.hpp"
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

// What a line still gives: the licence in force, and the renewals that wait behind it.
std::vector<LicenceRow> rest_of_line(LicenceTable& table, const std::string& line, licenses::Seconds now) {
    std::vector<LicenceRow> rows;
    for (const LicenceRow& row : table.of_line(line)) {
        if (row.status != "active") continue;
        const auto successor = table.successor_of(row);
        if (!successor || successor->not_before > now) rows.push_back(row);
    }
    return rows;
}

// The same for another customer, as a line of its own.
std::vector<licenses::Licence> heirs_of(const std::vector<LicenceRow>& rows, const std::string& subject,
                                        licenses::Seconds now) {
    std::vector<licenses::Licence> out;
    for (const LicenceRow& row : rows) {
        licenses::Licence licence = licence_of(row);
        licence.subject = subject;
        licence.id = new_licence_id();
        licence.line = out.empty() ? std::string() : out.front().id;
        licence.issued_at = now;
        licence.not_before = std::max(licence.not_before, now);
        check_licence(licence);
        out.push_back(std::move(licence));
    }
    return out;
}

void revoke_line(LicenceTable& table, const TransferOptions& options, const std::string& line) {
    for (const LicenceRow& row : table.of_line(line))
        if (row.status == "active" || row.status == "suspended")
            table.set_status(row, "revoked", options.reason.empty() ? "transferred" : options.reason,
                             "licence.revoked");
}

// In the caller's transaction.
std::vector<Issued> issue_heirs(Home& home, const TransferOptions& options, LicenceTable& table,
                                const std::vector<LicenceRow>& rows,
                                std::vector<licenses::Licence> licences) {
    const LicenceSigner signer(home.signing_key("lic", options.passphrase()), home);
    std::vector<Issued> out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        licences[i].sequence = table.next_sequence(options.subject, static_cast<std::uint64_t>(home.now()));
        out.push_back(signer.sign_and_check(std::move(licences[i]), rows[i].price, rows[i].note));
        table.insert(out[i].row, "licence.transferred");
        table.set_replaced_by(rows[i].id, out[i].row.id);
        if (i > 0) table.set_replaced_by(out[i - 1].row.id, out[i].row.id);
    }
    return out;
}

// The rest of the licence, with the renewals that wait, for another customer; the whole line is revoked.
void hand_over(Home& home, const TransferOptions& options, const LicenceRow& row) {
    LicenceTable table(home.ledger());
    const std::vector<LicenceRow> rows = rest_of_line(table, row.line, home.now());
    if (std::none_of(rows.begin(), rows.end(), [&](const LicenceRow& one) { return one.id == row.id; }))
        throw Failure("not_active", "The licence " + row.id + " is " + row.status + ", or was replaced.");
    auto licences = heirs_of(rows, options.subject, home.now());
    if (options.dry_run)
        return print(options.json, "Would hand the licence over to " + options.subject + ".",
                     to_text({{"dry_run", true}, {"sub", options.subject}}));
    BundleMaker{home};  // fails before anything is changed if no bundle could be made
    check_new_files(options.out, rows.size());
    confirm("The licence of " + row.subject + " is revoked for good, with all its renewals, and " +
                options.subject + " gets another.",
            options.yes);
    std::optional<PublishedList> list;
    std::vector<Issued> issued;
    {
        Transaction transaction(home.ledger().database());
        revoke_line(table, options, row.line);
        if (options.publish) list = publish_revocations(home, options.passphrase());
        issued = issue_heirs(home, options, table, rows, std::move(licences));
        transaction.commit();
    }
    home.refresh_files();
    hand_out_licences(
        home, options, issued,
        {{"id", issued.front().row.id}, {"replaces", rows.front().id}, {"sub", options.subject}},
        "licence " + issued.front().row.id + " for " + options.subject + ".\n" + describe(list));
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
