#include "licenses/issuer/bulk.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/issuing.hpp"
#include "licenses/issuer/licence_id.hpp"
#include "licenses/issuer/output.hpp"
#include "licenses/issuer/terms_options.hpp"

#include <CLI/Error.hpp>
#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

struct IssueOptions : Common {
    TermsOptions terms;
    std::filesystem::path list, out_dir;
    bool no_ledger = false, again = false;
};

// One signed licence, kept in the ledger before anybody gets it.
Issued issue_one(Home& home, const IssueOptions& options, const Terms& terms) {
    const auto now = home.now();
    auto licence = make_licence(terms, home.issuer(), now, static_cast<std::uint64_t>(now));
    licence.id = terms.id.value_or(new_licence_id());
    check_licence(licence);  // before the passphrase is asked for
    const LicenceSigner signer(home.signing_key("lic", options.passphrase()), home);
    const std::string price = terms.price.value_or(""), note = terms.note.value_or("");
    if (options.no_ledger) return signer.sign_and_check(std::move(licence), price, note);
    Ledger& ledger = home.ledger();
    LicenceTable table(ledger);
    Transaction transaction(ledger.database());
    if (table.find(licence.id))
        throw Failure("exists", "The ledger has a licence " + licence.id + " already.");
    if (!terms.sequence) licence.sequence = table.next_sequence(licence.subject, licence.sequence);
    Issued issued = signer.sign_and_check(std::move(licence), price, note);
    table.insert(issued.row, "licence.issued");
    transaction.commit();
    return issued;
}

void run_dry(const IssueOptions& options, Home& home, const Terms& terms) {
    auto licence = make_licence(terms, home.issuer(), home.now(), static_cast<std::uint64_t>(home.now()));
    licence.id = terms.id.value_or("00000000-0000-7000-8000-000000000000");
    check_licence(licence);
    const auto claims = nlohmann::json::parse(licenses::encode_licence(licence));
    print(options.json, "Would issue:\n" + claims.dump(2), to_text({{"dry_run", true}, {"claims", claims}}));
}

void run_single(const IssueOptions& options, Home& home, const Terms& terms) {
    if (options.dry_run) return run_dry(options, home, terms);
    if (!options.out.empty() && std::filesystem::exists(options.out))
        throw Failure("exists",
                      options.out.string() + " exists already and is left as it is. Choose another name.");
    const BundleMaker bundles(home);  // fails before anything is issued if none could be made
    const Issued issued = issue_one(home, options, terms);
    const licenses::Licence& licence = issued.licence;
    const std::string bundle = bundles.make(licence, issued.row.token);
    bundles.tell_if_left_out(licence);
    if (options.out.empty()) {
        if (options.json)
            print(true, "", to_text({{"id", licence.id}, {"bundle", bundle}}));
        else
            hand_out({}, bundle);
        return;
    }
    hand_out(options.out, bundle);
    const std::string end = licence.not_after ? licenses::format_time(*licence.not_after) : "never";
    print(options.json,
          "Wrote " + options.out.string() + ": licence " + licence.id + " for " + licence.subject +
              ", ends " + end,
          to_text({{"id", licence.id}, {"file", options.out.string()}, {"not_after", end}}));
}

void run_list(const IssueOptions& options, Home& home, const Terms& terms, const Catalogue& catalogue) {
    BulkJob job;
    job.list = options.list;
    job.out_dir = options.out_dir;
    job.out_file = options.out;
    job.no_ledger = options.no_ledger;
    job.again = options.again;
    job.dry_run = options.dry_run;
    const BulkResult result = issue_list(home, job, terms, catalogue, options.passphrase());
    if (result.without_list > 0)
        warn("The revocation list is long and is in none of " + std::to_string(result.without_list) +
             " bundles. For the customers: mortise-license crl publish --out …");
    print(options.json,
          std::string(options.dry_run ? "Would issue " : "Issued ") + std::to_string(result.issued) +
              " licences" +
              (result.kept > 0 ? ", and had " + std::to_string(result.kept) + " of this list already" : "") +
              ".",
          to_text({{"issued", result.issued},
                   {"kept", result.kept},
                   {"batch", result.batch},
                   {"without_list", result.without_list},
                   {"dry_run", options.dry_run}}));
}

void run_issue(const IssueOptions& options) {
    Home home(options.home, unix_time());
    home.keyset();
    const Catalogue catalogue = catalogue_of(options.terms, home.path());
    if (!options.list.empty()) {
        // The plan may stand in the list, so that it is looked up for each row.
        Terms terms = terms_of_options(options.terms);
        if (!options.terms.file.empty()) terms = overlay(read_licence_file(options.terms.file), terms);
        return run_list(options, home, terms, catalogue);
    }
    run_single(options, home, read_terms_options(options.terms, catalogue));
}

void check_usage(const IssueOptions& options) {
    const bool from_elsewhere = !options.list.empty() || !options.terms.file.empty();
    if (options.terms.subject.empty() && !from_elsewhere) throw CLI::RequiredError("--sub");
    if (options.terms.plan.empty() && !from_elsewhere) throw CLI::RequiredError("--plan");
    if (!options.list.empty() && options.out_dir.empty() == options.out.empty())
        throw CLI::RequiredError("--csv needs one of --out-dir and --out, which");
}

}  // namespace

void add_issue(CLI::App& app) {
    auto options = std::make_shared<IssueOptions>();
    CLI::App* command = app.add_subcommand("issue", "Issue a licence as a bundle that one customer installs");
    add_common(*command, *options, kWithPassphrase | kWithOut | kWithDryRun,
               "Write to this new file instead of standard output");
    add_terms_options(*command, options->terms);
    command->add_flag("--no-ledger", options->no_ledger, "Keep no record of it");
    auto* list =
        command->add_option("--csv", options->list,
                            "Issue one licence for each row of this list; its first row names the columns, "
                            "which say what the options of these names say");
    command
        ->add_option("--out-dir", options->out_dir, "With --csv: a bundle for each licence into this folder")
        ->needs(list);
    command->add_flag("--again", options->again, "With --csv: issue a list that was issued before once more")
        ->needs(list);
    command->footer(
        "Examples:\n"
        "  mortise-license issue --home vendor --sub \"Customer GmbH\" --plan standard \\\n"
        "      --plugins milestones,rules --features sso --limit users=50 --days 365 --out customer.license\n"
        "  mortise-license issue --home vendor --file customer.toml --out customer.license\n"
        "  mortise-license issue --home vendor --csv customers.csv --plan standard --days 365 --out-dir licences\n\n"
        "A list with --out instead of --out-dir is written as JSON, a line for each licence. A list that was broken "
        "off goes on where it stopped.");
    command->callback([options] {
        check_usage(*options);
        run_issue(*options);
    });
}

}  // namespace mortise::issuer
