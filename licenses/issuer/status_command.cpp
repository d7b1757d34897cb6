#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/issuing.hpp"
#include "licenses/issuer/output.hpp"

#include <nlohmann/json.hpp>

// What becomes of a licence that was issued: suspend, resume, revoke; and the list that tells hosts.
namespace mortise::issuer {
namespace {

struct StatusOptions : Common {
    std::string id, reason;
    bool publish = false, only = false;
};

struct StatusChange {
    const char *from, *to, *action, *done;
};
constexpr StatusChange kSuspend{"active", "suspended", "licence.suspended", "Suspended"};
constexpr StatusChange kResume{"suspended", "active", "licence.resumed", "Resumed"};
constexpr StatusChange kRevoke{"", "revoked", "licence.revoked", "Revoked"};

// The licences that change: those of the line in the right status, or the one alone.
std::vector<LicenceRow> affected(Home& home, const StatusOptions& options, const StatusChange& change) {
    LicenceTable table(home.ledger());
    const LicenceRow named = table.get(options.id);
    std::vector<LicenceRow> rows;
    table.each([&](const LicenceRow& row) {
        const bool wanted = options.only ? row.id == named.id : row.line == named.line;
        const bool may = *change.from != '\0' ? row.status == change.from
                                              : row.status == "active" || row.status == "suspended";
        if (wanted && may) rows.push_back(row);
    });
    if (rows.empty())
        throw Failure("not_active",
                      "The licence " + named.id + " is " + named.status + "; there is nothing to do.");
    return rows;
}

void run_status(const StatusOptions& options, const StatusChange& change) {
    Home home(options.home, unix_time());
    const std::vector<LicenceRow> rows = affected(home, options, change);
    nlohmann::json ids = nlohmann::json::array();
    for (const LicenceRow& row : rows)
        ids.push_back(row.id);
    if (options.dry_run)
        return print(options.json, "Would change " + ids.dump() + " to " + change.to + ".",
                     to_text({{"dry_run", true}, {"ids", ids}, {"status", change.to}}));
    if (std::string_view(change.to) == "revoked")
        confirm("The licence of " + rows.front().subject + " is revoked for good.", options.yes);
    std::optional<PublishedList> list;
    {
        Transaction transaction(home.ledger().database());
        LicenceTable table(home.ledger());
        for (const LicenceRow& row : rows)
            table.set_status(row, change.to, options.reason, change.action);
        if (options.publish) list = publish_revocations(home, options.passphrase());
        transaction.commit();
    }
    home.refresh_files();
    print(options.json, std::string(change.done) + " " + ids.dump() + ".\n" + describe(list),
          to_text({{"ids", ids},
                   {"status", change.to},
                   {"list", list ? nlohmann::json(list->sequence) : nlohmann::json()}}));
}

void add_status(CLI::App& app, const char* name, const char* help, const StatusChange& change,
                unsigned extra) {
    auto options = std::make_shared<StatusOptions>();
    CLI::App* command = app.add_subcommand(name, help);
    add_common(*command, *options, kWithPassphrase | kWithDryRun | extra);
    command->add_option("id", options->id, "The licence's id; its renewals and changes are meant as well")
        ->required();
    command->add_option("--reason", options->reason, "For the ledger");
    command->add_flag("--only", options->only, "This licence alone, not the others of its line");
    command->add_flag("--publish", options->publish, "Publish a new revocation list at once");
    command->footer("Example:\n  mortise-license " + std::string(name) +
                    " 01910000-0000-7000-8000-000000000001 --home vendor --publish");
    command->callback([options, &change] { run_status(*options, change); });
}

}  // namespace

void add_suspend(CLI::App& app) {
    add_status(app, "suspend", "Have a licence refused until it is resumed", kSuspend, 0);
}

void add_resume(CLI::App& app) {
    add_status(app, "resume", "Let a suspended licence count again", kResume, 0);
}

void add_revoke(CLI::App& app) {
    add_status(app, "revoke", "Have a licence refused for good", kRevoke, kWithYes);
}

}  // namespace mortise::issuer
