#include "licenses/document/paseto.hpp"
#include "licenses/document/revocations.hpp"
#include "licenses/issuer/activation_table.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/handing_out.hpp"
#include "licenses/issuer/key_table.hpp"
#include "licenses/issuer/licence_id.hpp"
#include "licenses/issuer/output.hpp"
#include "licenses/issuer/terms_options.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

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
    bool must_last;            // a licence that has ended is not changed, but signed anew it may be
};
constexpr Change kRenewal{"licence.renewed", true, false, true};
constexpr Change kUpgrade{"licence.upgraded", false, false, true};
constexpr Change kDowngrade{"licence.downgraded", false, true, true};
constexpr Change kReissue{"licence.reissued", false, false, false};

// A licence whose renewal waits is the one in force, and may be changed; renewed it was already.
void check_changeable(const LicenceRow& row, const std::optional<LicenceRow>& successor, const Change& change,
                      licenses::Seconds now) {
    if (row.status == "revoked" || row.status == "suspended")
        throw Failure("not_active", "The licence " + row.id + " is " + row.status + ".");
    const bool in_force = row.status == "active" && (!successor || successor->not_before > now);
    if (in_force && (!successor || !change.begins_at_end)) return;
    throw Failure("not_active", "The licence " + row.id + " was " + (in_force ? "renewed" : "replaced") +
                                    " by " + (successor ? successor->id : row.replaced_by) +
                                    ". Change that one.");
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

// A change counts at once and ends when the present licence does. It belongs to the present one's term and
// has its beginning: what is allowed for a term isn't allowed anew. Lengths of time in the options count from
// now.
void set_present_period(Terms& next, const licenses::Licence& present, licenses::Seconds now) {
    const licenses::Seconds from = std::max(present.not_before, now);
    if (!next.not_before) {
        next.not_before = present.not_before;
        if (next.duration && !next.not_after) next.not_after = from + *std::exchange(next.duration, {});
        if (next.maintenance) next.maintained_until = from + *std::exchange(next.maintenance, {});
    }
    if (!next.not_after && !next.duration) next.not_after = present.not_after;
}

// What the options say. A renewal that waits gets the new terms too, and keeps its own period and a new id.
Terms said_terms(const ChangeOptions& options, bool waits_behind) {
    Terms said = terms_of_options(options.terms);
    if (waits_behind) {
        said.id = std::nullopt;
        said.sequence = std::nullopt;
        said.not_before = said.not_after = said.duration = std::nullopt;
    }
    return said;
}

// The plan's terms count where the options name another plan; the present licence's where they don't.
Terms next_terms(const ChangeOptions& options, const LicenceRow& row, const licenses::Licence& present,
                 const Change& change, const Home& home, bool waits_behind) {
    const Terms said = said_terms(options, waits_behind);
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
    if (change.must_last && next.not_after && *next.not_after <= home.now())
        throw Failure("bad_claims", "The licence " + row.id + " has ended. Renew it, or say another end.");
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
        : home_(home), options_(options), change_(change), table_(home.ledger()) {
        BundleMaker{home};  // fails before anything is changed if no bundle could be made
    }

    // What a change of this licence changes: the licence, and the renewals that wait behind it, in their
    // order. Of one line the highest lic_seq counts once it has begun: a renewal that kept its lower one
    // would never.
    std::vector<LicenceRow> affected(const LicenceRow& row) {
        auto successor = table_.successor_of(row);
        check_changeable(row, successor, change_, home_.now());
        std::vector<LicenceRow> rows{row};
        for (; successor; successor = table_.successor_of(*successor))
            rows.push_back(*successor);
        return rows;
    }

    // One for each of affected(), in the caller's transaction.
    std::vector<Issued> apply(const std::string& id) {
        const std::vector<LicenceRow> rows = affected(table_.get(id));
        std::uint64_t list = 0;
        for (const LicenceRow& row : rows) {
            if (change_.revokes_the_present)
                table_.set_status(row, "revoked", "downgraded", "licence.revoked");
            else if (!change_.begins_at_end)
                table_.set_status(row, "superseded", change_.action, "licence.superseded");
        }
        if (change_.revokes_the_present) list = publish_revocations(home_, passphrase_).sequence;
        if (list == 0) list = list_of_released(rows.front().line);
        std::vector<Issued> out;
        for (const LicenceRow& row : rows) {
            out.push_back(issue_next(row, !out.empty(), list));
            table_.set_replaced_by(row.id, out.back().row.id);
            if (out.size() > 1) table_.set_replaced_by(out[out.size() - 2].row.id, out.back().row.id);
        }
        return out;
    }

    nlohmann::json describe(const LicenceRow& row) {
        const auto licence = next_licence(row, false, row.sequence + 1).first;
        check_licence(licence);
        return nlohmann::json::parse(licenses::encode_licence(licence));
    }

    LicenceTable& table() noexcept { return table_; }

 private:
    std::pair<licenses::Licence, Terms> next_licence(const LicenceRow& row, bool waits_behind,
                                                     std::uint64_t sequence) {
        const licenses::Licence present = licence_of(row);
        Terms terms = next_terms(options_, row, present, change_, home_, waits_behind);
        auto licence = follow(present, make_licence(terms, home_.issuer(), home_.now(), sequence));
        if (terms.id) licence.id = *terms.id;
        return {std::move(licence), std::move(terms)};
    }

    // The newest list if it names a machine that was released, so that this goes on no longer than to the
    // next licence; else 0.
    std::uint64_t list_of_released(const std::string& line) {
        const auto released = ActivationTable(home_.ledger()).released(line);
        if (released.empty()) return 0;
        if (!list_) {
            const auto newest = KeyTable(home_.ledger()).newest_revocations();
            if (!newest) return 0;
            list_ = take(licenses::decode_revocations(
                take(licenses::parse_token(newest->token, licenses::kMaxRevocationsBytes)).payload));
        }
        const bool named = std::any_of(released.begin(), released.end(),
                                       [&](const std::string& id) { return list_->contains(id); });
        return named ? list_->sequence() : 0;
    }

    Issued issue_next(const LicenceRow& row, bool waits_behind, std::uint64_t list) {
        auto [licence, terms] = next_licence(
            row, waits_behind, table_.next_sequence(row.subject, static_cast<std::uint64_t>(home_.now())));
        licence.crl_sequence_min = std::max(licence.crl_sequence_min, list);
        check_licence(licence);
        if (!signer_) signer_.emplace(home_.signing_key("lic", passphrase_), home_);
        Issued issued =
            signer_->sign_and_check(std::move(licence), terms.price.value_or(""), terms.note.value_or(""));
        issued.row.status = row.status;  // a renewal may be suspended by itself
        table_.insert(issued.row, change_.action);
        return issued;
    }

    Home& home_;
    const ChangeOptions& options_;
    const Change& change_;
    LicenceTable table_;
    std::optional<LicenceSigner> signer_;
    std::optional<licenses::RevocationList> list_;
    Passphrase passphrase_ = options_.passphrase();
};

void run_dry(const ChangeOptions& options, Changer& changer, const std::vector<LicenceRow>& rows) {
    const auto claims = changer.describe(rows.front());
    nlohmann::json renewals = nlohmann::json::array();
    for (std::size_t i = 1; i < rows.size(); ++i)
        renewals.push_back(rows[i].id);
    print(options.json,
          "Would issue:\n" + claims.dump(2) +
              (renewals.empty() ? "" : "\nWould issue the waiting renewals anew: " + renewals.dump()),
          to_text({{"dry_run", true}, {"claims", claims}, {"renewals", renewals}}));
}

// Of a licence in force a later renewal waits; of one that waits itself the one in force stays as it is.
std::string say_when(const licenses::Licence& licence, licenses::Seconds now, const Change& change) {
    if (change.begins_at_end || licence.not_before <= now) return "";
    return "\nIt begins at " + licenses::format_time(licence.not_before) +
           "; the licence that is in force until then stays as it is.";
}

void run_change(const ChangeOptions& options, const Change& change) {
    Home home(options.home, unix_time());
    Changer changer(home, options, change);
    const std::vector<LicenceRow> rows = changer.affected(changer.table().get(options.id));
    const LicenceRow& row = rows.front();
    if (options.dry_run) return run_dry(options, changer, rows);
    check_new_files(options.out, rows.size());
    if (change.revokes_the_present)
        confirm("The licence " + row.id + " is revoked for good when the smaller one takes its place.",
                options.yes);
    std::vector<Issued> issued;
    {
        Transaction transaction(home.ledger().database());
        issued = changer.apply(row.id);
        transaction.commit();
    }
    home.refresh_files();
    const licenses::Licence& licence = issued.front().licence;
    const std::string end = licence.not_after ? licenses::format_time(*licence.not_after) : "never";
    hand_out_licences(home, options, issued,
                      {{"id", licence.id},
                       {"replaces", row.id},
                       {"not_before", licenses::format_time(licence.not_before)},
                       {"not_after", end}},
                      "licence " + licence.id + " in place of " + row.id + ", from " +
                          licenses::format_time(licence.not_before) + ", ends " + end +
                          say_when(licence, home.now(), change));
}

// Those of a key that count, or will: not what has ended, grace and all, or was replaced.
std::vector<LicenceRow> in_force_of_key(Home& home, LicenceTable& table, const std::string& key) {
    std::vector<LicenceRow> rows;
    table.each([&](const LicenceRow& row) {
        if (row.signed_by != key || row.status != "active") return;
        if (row.not_after && *row.not_after + licence_of(row).grace <= home.now()) return;
        const auto successor = table.successor_of(row);
        if (!successor || successor->not_before > home.now()) rows.push_back(row);
    });
    std::sort(rows.begin(), rows.end(), [](const LicenceRow& a, const LicenceRow& b) {
        return std::tie(a.line, a.sequence) < std::tie(b.line, b.sequence);
    });
    return rows;
}

// Every licence in force that a key signed, once more with another key. Renewals that wait are issued with
// the licence before them.
void run_reissue_all(const ChangeOptions& options) {
    Home home(options.home, unix_time());
    Changer changer(home, options, kReissue);
    std::vector<std::vector<LicenceRow>> lines;
    std::set<std::string> seen;
    std::size_t count = 0;
    for (const LicenceRow& row : in_force_of_key(home, changer.table(), options.signed_by)) {
        if (seen.contains(row.id)) continue;
        lines.push_back(changer.affected(row));
        count += lines.back().size();
        for (const LicenceRow& one : lines.back())
            seen.insert(one.id);
    }
    if (options.dry_run)
        return print(options.json, "Would reissue " + std::to_string(count) + " licences.",
                     to_text({{"dry_run", true}, {"reissued", count}}));
    std::filesystem::create_directories(options.out_dir);
    std::vector<std::vector<Issued>> issued;
    Progress progress("Reissuing", lines.size());
    {
        Transaction transaction(home.ledger().database());
        for (const auto& line : lines) {
            issued.push_back(changer.apply(line.front().id));
            progress.at(issued.size());
        }
        transaction.commit();
    }
    const BundleMaker bundles(home);
    for (const auto& line : issued)
        for (std::size_t i = 0; i < line.size(); ++i) {
            if (line[i].row.status != "active") continue;  // a renewal may be suspended by itself
            const auto first = options.out_dir / (line.front().row.id + ".license");
            hand_out(i == 0 ? first : renewal_file(first, i),
                     bundles.make(line[i].licence, line[i].row.token));
        }
    print(options.json,
          "Reissued " + std::to_string(count) + " licences into " + options.out_dir.string() +
              ". A file x.renewal.license is to be installed after x.license.",
          to_text({{"reissued", count}, {"folder", options.out_dir.string()}}));
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
        "What the options don't say stays as it is in the present licence. A renewal that waits behind it is issued "
        "anew with it, into a second file, x.renewal.license beside x.license.\n\nExample:\n  mortise-license " +
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
        add_change(app, "upgrade", "Issue a larger licence in place of one, at once or where that begins", 0);
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
