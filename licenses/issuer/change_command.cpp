#include "licenses/document/document_id.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/issuing.hpp"
#include "licenses/issuer/key_table.hpp"
#include "licenses/issuer/licence_id.hpp"
#include "licenses/issuer/output.hpp"
#include "licenses/issuer/terms_options.hpp"

#include <algorithm>

#include <CLI/Error.hpp>
#include <nlohmann/json.hpp>

// A licence that follows another: renew, upgrade, downgrade, reissue.
namespace mortise::issuer {
namespace {

struct ChangeOptions : Common {
    std::string id, signed_by;
    TermsOptions terms;
    std::filesystem::path out_dir;
};

// How a licence follows the one before it.
struct Change {
    const char* action;        // in the trail
    bool begins_at_end;        // a renewal begins where the present one ends, and that one goes on until then
    bool revokes_the_present;  // a downgrade must not leave the larger licence usable
};
constexpr Change kRenewal{"licence.renewed", true, false};
constexpr Change kUpgrade{"licence.upgraded", false, false};
constexpr Change kDowngrade{"licence.downgraded", false, true};
constexpr Change kReissue{"licence.reissued", false, false};

void check_changeable(const LicenceRow& row) {
    if (row.status == "revoked" || row.status == "suspended")
        throw Failure("not_active", "The licence " + row.id + " is " + row.status + ".");
    if (row.status == "superseded" || !row.replaced_by.empty())
        throw Failure("not_active",
                      "The licence " + row.id + " was replaced by " + row.replaced_by + ". Change that one.");
}

// What the present licence says, as terms for the next one; its period apart.
Terms terms_of(const licenses::Licence& licence, const LicenceRow& row) {
    Terms out;
    out.subject = licence.subject;
    out.plan = licence.plan;
    out.model = licence.model;
    out.products = licence.products;
    out.features = licence.features;
    out.plugins = licence.plugins;
    out.limits = licence.limits;
    out.grace = licence.grace;
    out.maintained_until = licence.maintained_until;
    if (licence.refresh_by) out.refresh = *licence.refresh_by - licence.issued_at;
    if (licence.binding) out.by_activation = licence.binding->by_activation;
    if (!row.price.empty()) out.price = row.price;
    if (!row.note.empty()) out.note = row.note;
    return out;
}

// From the present one's end, or from now if that has passed; as long as the present one unless the options
// say.
void set_renewal_period(Terms& next, const licenses::Licence& present, licenses::Seconds now) {
    if (!next.not_before) next.not_before = present.not_after ? std::max(*present.not_after, now) : now;
    if (next.not_after || next.duration) return;
    if (present.not_after) next.duration = *present.not_after - present.not_before;
}

// A change counts at once and ends when the present licence does.
void set_present_period(Terms& next, const licenses::Licence& present, licenses::Seconds now) {
    if (!next.not_before) next.not_before = std::max(present.not_before, now);
    if (!next.not_after && !next.duration) next.not_after = present.not_after;
}

// The plan's terms count where the options name another plan; the present licence's where they don't.
Terms next_terms(const ChangeOptions& options, const LicenceRow& row, const licenses::Licence& present,
                 const Change& change, const Home& home) {
    const Terms said = terms_of_options(options.terms);
    Terms base = terms_of(present, row);
    if (said.plan && *said.plan != present.plan) {
        Terms plan = with_plan(Terms{.plan = said.plan}, catalogue_of(options.terms, home.path()));
        plan.duration = std::nullopt;  // the period is the present licence's
        base = overlay(std::move(base), plan);
    }
    Terms next = overlay(std::move(base), said);
    if (change.begins_at_end)
        set_renewal_period(next, present, home.now());
    else
        set_present_period(next, present, home.now());
    return next;
}

licenses::Licence follow(const licenses::Licence& present, licenses::Licence next) {
    next.id = new_licence_id();
    next.line = present.line_id();
    next.crl_sequence_min = std::max(next.crl_sequence_min, present.crl_sequence_min);
    if (!next.binding && present.binding && !present.binding->by_activation) next.binding = present.binding;
    return next;
}

class Changer {
 public:
    Changer(Home& home, const ChangeOptions& options, const Change& change)
        : home_(home), options_(options), change_(change), table_(home.ledger()) {}

    // In the caller's transaction.
    Issued apply(const LicenceRow& row) {
        check_changeable(row);
        const licenses::Licence present = licence_of(row);
        const Terms terms = next_terms(options_, row, present, change_, home_);
        const std::uint64_t sequence =
            table_.next_sequence(row.subject, static_cast<std::uint64_t>(home_.now()));
        auto licence = follow(present, make_licence(terms, home_.issuer(), home_.now(), sequence));
        if (terms.id) licence.id = *terms.id;
        if (change_.revokes_the_present) {
            table_.set_status(row, "revoked", "downgraded", "licence.revoked");
            licence.crl_sequence_min = publish_revocations(home_, passphrase_).sequence;
        } else if (!change_.begins_at_end) {
            table_.set_status(row, "superseded", change_.action, "licence.superseded");
        }
        check_licence(licence);
        if (!signer_) signer_.emplace(home_.signing_key("lic", passphrase_), home_);
        Issued issued =
            signer_->sign_and_check(std::move(licence), terms.price.value_or(""), terms.note.value_or(""));
        table_.insert(issued.row, change_.action);
        table_.set_replaced_by(row.id, issued.row.id);
        return issued;
    }

    nlohmann::json describe(const LicenceRow& row) {
        check_changeable(row);
        const licenses::Licence present = licence_of(row);
        const Terms terms = next_terms(options_, row, present, change_, home_);
        const auto licence =
            follow(present, make_licence(terms, home_.issuer(), home_.now(), row.sequence + 1));
        check_licence(licence);
        return nlohmann::json::parse(licenses::encode_licence(licence));
    }

    LicenceTable& table() noexcept { return table_; }

 private:
    Home& home_;
    const ChangeOptions& options_;
    const Change& change_;
    LicenceTable table_;
    std::optional<LicenceSigner> signer_;
    Passphrase passphrase_ = options_.passphrase();
};

void run_change(const ChangeOptions& options, const Change& change) {
    Home home(options.home, unix_time());
    Changer changer(home, options, change);
    const LicenceRow row = changer.table().get(options.id);
    if (options.dry_run) {
        const auto claims = changer.describe(row);
        return print(options.json, "Would issue:\n" + claims.dump(2),
                     to_text({{"dry_run", true}, {"claims", claims}}));
    }
    if (!options.out.empty() && std::filesystem::exists(options.out))
        throw Failure("exists",
                      options.out.string() + " exists already and is left as it is. Choose another name.");
    if (change.revokes_the_present)
        confirm("The licence " + row.id + " is revoked for good when the smaller one takes its place.",
                options.yes);
    std::optional<Issued> issued;
    {
        Transaction transaction(home.ledger().database());
        issued = changer.apply(changer.table().get(options.id));
        transaction.commit();
    }
    home.refresh_files();
    const licenses::Licence& licence = issued->licence;
    const std::string bundle = BundleMaker(home).make(licence, issued->row.token);
    const std::string end = licence.not_after ? licenses::format_time(*licence.not_after) : "never";
    nlohmann::json out = {{"id", licence.id}, {"replaces", row.id}, {"not_after", end}};
    if (options.out.empty() && !options.json) return hand_out({}, bundle);
    if (options.out.empty())
        out["bundle"] = bundle;
    else
        hand_out(options.out, bundle);
    if (!options.out.empty()) out["file"] = options.out.string();
    print(options.json,
          "Wrote " + options.out.string() + ": licence " + licence.id + " in place of " + row.id + ", from " +
              licenses::format_time(licence.not_before) + ", ends " + end,
          to_text(out));
}

// Every licence in force that a key signed, once more with another key.
void run_reissue_all(const ChangeOptions& options) {
    Home home(options.home, unix_time());
    Changer changer(home, options, kReissue);
    std::vector<LicenceRow> rows;
    changer.table().each([&](const LicenceRow& row) {
        if (row.signed_by == options.signed_by && row.status == "active" && row.replaced_by.empty())
            rows.push_back(row);
    });
    if (options.dry_run)
        return print(options.json, "Would reissue " + std::to_string(rows.size()) + " licences.",
                     to_text({{"dry_run", true}, {"reissued", rows.size()}}));
    std::filesystem::create_directories(options.out_dir);
    std::vector<Issued> issued;
    Progress progress("Reissuing", rows.size());
    {
        Transaction transaction(home.ledger().database());
        for (const LicenceRow& row : rows) {
            issued.push_back(changer.apply(row));
            progress.at(issued.size());
        }
        transaction.commit();
    }
    const BundleMaker bundles(home);
    for (const Issued& one : issued)
        hand_out(options.out_dir / (one.row.id + ".license"), bundles.make(one.licence, one.row.token));
    print(options.json,
          "Reissued " + std::to_string(issued.size()) + " licences into " + options.out_dir.string() + ".",
          to_text({{"reissued", issued.size()}, {"folder", options.out_dir.string()}}));
}

std::shared_ptr<ChangeOptions> add_change(CLI::App& app, const char* name, const char* help,
                                          unsigned options) {
    auto change = std::make_shared<ChangeOptions>();
    CLI::App* command = app.add_subcommand(name, help);
    add_common(*command, *change, kWithPassphrase | kWithOut | kWithDryRun | options,
               "Write the bundle to this new file instead of standard output");
    command->add_option("id", change->id, "The present licence's id")->required();
    add_terms_options(*command, change->terms);
    command->footer(
        "What the options don't say stays as it is in the present licence.\n\nExample:\n  mortise-license " +
        std::string(name) + " 01910000-0000-7000-8000-000000000001 --home vendor --out next.license");
    return change;
}

}  // namespace

void add_renew(CLI::App& app) {
    auto options =
        add_change(app, "renew", "Issue the next licence, which begins where the present one ends", 0);
    app.get_subcommand("renew")->callback([options] { run_change(*options, kRenewal); });
}

void add_upgrade(CLI::App& app) {
    auto options =
        add_change(app, "upgrade", "Issue a larger licence in place of the present one, at once", 0);
    app.get_subcommand("upgrade")->callback([options] { run_change(*options, kUpgrade); });
}

void add_downgrade(CLI::App& app) {
    auto options =
        add_change(app, "downgrade",
                   "Issue a smaller licence and revoke the present one, by the list in the bundle", kWithYes);
    app.get_subcommand("downgrade")->callback([options] { run_change(*options, kDowngrade); });
}

void add_reissue(CLI::App& app) {
    auto options = std::make_shared<ChangeOptions>();
    CLI::App* command =
        app.add_subcommand("reissue", "Sign a licence anew as it is, such as after a key was leaked");
    add_common(*command, *options, kWithPassphrase | kWithOut | kWithDryRun,
               "Write the bundle to this new file instead of standard output");
    auto* id = command->add_option("id", options->id, "The licence's id");
    auto* all =
        command->add_option("--signed-by", options->signed_by, "All in force that this key (k4.pid…) signed")
            ->excludes(id);
    command->add_option("--out-dir", options->out_dir, "With --signed-by: the folder for the bundles")
        ->needs(all);
    command->footer(
        "Examples:\n"
        "  mortise-license reissue 01910000-0000-7000-8000-000000000001 --home vendor --out again.license\n"
        "  mortise-license reissue --signed-by k4.pid.… --home vendor --out-dir reissued");
    command->callback([options] {
        if (options->id.empty() == options->signed_by.empty()) throw CLI::RequiredError("id or --signed-by");
        if (!options->signed_by.empty() && options->out_dir.empty()) throw CLI::RequiredError("--out-dir");
        if (options->signed_by.empty())
            run_change(*options, kReissue);
        else
            run_reissue_all(*options);
    });
}

}  // namespace mortise::issuer
