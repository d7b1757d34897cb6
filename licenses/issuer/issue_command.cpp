#include "licenses/document/bundle.hpp"
#include "licenses/document/verify.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/files.hpp"
#include "licenses/issuer/home.hpp"
#include "licenses/issuer/licence_id.hpp"

#include <algorithm>
#include <charconv>
#include <iostream>
#include <span>
#include <system_error>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

constexpr licenses::Seconds kDay = 86400;

struct IssueOptions {
    std::filesystem::path home, out, passphrase_file;
    std::string subject, plan, model = "subscription", not_before, not_after, maintained_until, id;
    std::vector<std::string> plugins, features, products, limits, soft;
    std::uint64_t days = 0, sequence = 0, grace_days = 14;
    bool json = false;
};

Failure bad_option(const std::string& option, const std::string& why) {
    return Failure("bad_option", option + " " + why);
}

licenses::Seconds read_time(const std::string& option, const std::string& text) {
    const auto time = licenses::parse_time(text);
    if (!time) throw bad_option(option, "must be a time such as 2027-12-31T23:59:59Z.");
    return *time;
}

void read_limit(const std::string& text, licenses::Licence& out) {
    const std::size_t equals = text.find('=');
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const bool named = equals != std::string::npos;
    const auto number = std::from_chars(named ? text.data() + equals + 1 : end, end, value);
    const bool numeric = named && number.ec == std::errc() && number.ptr == end;
    if (!numeric) throw bad_option("--limit", "must be NAME=NUMBER, such as users=10.");
    if (!out.limits.emplace(text.substr(0, equals), value).second)
        throw bad_option("--limit", "names " + text.substr(0, equals) + " twice.");
}

void read_period(const IssueOptions& options, licenses::Licence& out) {
    out.not_before =
        options.not_before.empty() ? out.issued_at : read_time("--not-before", options.not_before);
    if (options.days > 0)
        out.not_after = out.not_before + static_cast<licenses::Seconds>(options.days) * kDay;
    if (!options.not_after.empty()) out.not_after = read_time("--not-after", options.not_after);
    if (!out.not_after && out.model != licenses::Model::kPerpetual)
        throw bad_option("--days or --not-after", "is needed unless --model is perpetual.");
    if (!options.maintained_until.empty())
        out.maintained_until = read_time("--maint-until", options.maintained_until);
    out.grace = static_cast<licenses::Seconds>(options.grace_days) * kDay;
}

licenses::Licence read_licence(const IssueOptions& options, const std::string& issuer) {
    licenses::Licence out;
    out.issuer = issuer;
    out.subject = options.subject;
    out.issued_at = unix_time();
    out.id = options.id.empty() ? new_licence_id() : options.id;
    out.sequence = options.sequence > 0 ? options.sequence : static_cast<std::uint64_t>(out.issued_at);
    out.model = licenses::parse_model(options.model).value_or(licenses::Model::kSubscription);
    out.plan = options.plan;
    for (const std::string& id : options.plugins)
        out.plugins[id];
    out.features = options.features;
    out.products = options.products;
    std::sort(out.features.begin(), out.features.end());
    std::sort(out.products.begin(), out.products.end());
    for (const std::string& limit : options.limits)
        read_limit(limit, out);
    for (const std::string& name : options.soft)
        out.overage[name] = licenses::Overage::kSoft;
    read_period(options, out);
    return out;
}

void run_issue(const IssueOptions& options) {
    const Home home(options.home, unix_time());
    const licenses::Licence licence = read_licence(options, home.keyset().issuer);
    // Before the passphrase is asked for: what the host would refuse isn't signed.
    take(licenses::decode_licence(licenses::encode_licence(licence)));
    const auto key = home.signing_key([&] { return ask_passphrase(options.passphrase_file, false); });
    const std::string bundle =
        licenses::format_bundle({home.keyset_token(), licenses::sign_licence(licence, key)});
    take(licenses::verify_licence(bundle, std::span(&home.root(), 1), nullptr, unix_time()));

    if (options.out.empty()) {
        if (options.json)
            std::cout << nlohmann::json{{"id", licence.id}, {"bundle", bundle}}.dump() << '\n';
        else
            std::cout << bundle;
        return;
    }
    write_new_file(options.out, bundle, 0644);
    const std::string end = licence.not_after ? licenses::format_time(*licence.not_after) : "never";
    print(options.json,
          "Wrote " + options.out.string() + ": licence " + licence.id + " for " + licence.subject +
              ", ends " + end,
          nlohmann::json{{"id", licence.id}, {"file", options.out.string()}, {"not_after", end}}.dump());
}

void add_contents(CLI::App& command, IssueOptions& options) {
    command.add_option("--sub", options.subject, "The customer")->required();
    command.add_option("--plan", options.plan, "The plan, such as standard")->required();
    command.add_option("--plugins", options.plugins, "Plugin ids, with commas")
        ->delimiter(',')
        ->allow_extra_args(false);
    command.add_option("--features", options.features, "Names of features, with commas")
        ->delimiter(',')
        ->allow_extra_args(false);
    command.add_option("--products", options.products, "Names of products, with commas")
        ->delimiter(',')
        ->allow_extra_args(false);
    command.add_option("--limit", options.limits, "A limit as NAME=NUMBER; may be repeated")
        ->allow_extra_args(false);
    command.add_option("--soft", options.soft, "Names of limits that may be exceeded with a warning")
        ->delimiter(',')
        ->allow_extra_args(false);
    command.add_option("--model", options.model, "subscription, trial or perpetual")
        ->check(CLI::IsMember({"subscription", "trial", "perpetual"}))
        ->capture_default_str();
}

void add_period(CLI::App& command, IssueOptions& options) {
    auto* days = command.add_option("--days", options.days, "Ends this many days after it begins")
                     ->check(CLI::Range(1, 36500));
    command.add_option("--not-after", options.not_after, "Ends at this time, such as 2027-12-31T23:59:59Z")
        ->excludes(days);
    command.add_option("--not-before", options.not_before, "Begins at this time instead of now");
    command.add_option("--grace-days", options.grace_days, "Works so long after its end, with warnings")
        ->check(CLI::Range(0, 366))
        ->capture_default_str();
    command.add_option("--maint-until", options.maintained_until, "End of maintenance (perpetual licences)");
}

}  // namespace

void add_issue(CLI::App& app) {
    auto options = std::make_shared<IssueOptions>();
    CLI::App* command = app.add_subcommand("issue", "Issue a licence as a bundle that one customer installs");
    command->add_option("--home", options->home, "The vendor's home")
        ->required()
        ->envname("MORTISE_LICENSE_HOME");
    add_contents(*command, *options);
    add_period(*command, *options);
    command->add_option("--id", options->id, "The licence's id instead of a new UUIDv7");
    command->add_option(
        "--seq", options->sequence,
        "Sequence; the host keeps the highest for a customer. Else the time of issue in seconds");
    command->add_option("--out", options->out, "Write to this new file instead of standard output");
    command->add_option("--passphrase-file", options->passphrase_file,
                        "Take the passphrase from this file's only line instead of asking");
    command->add_flag("--json", options->json, "Print JSON");
    command->footer(
        "Example:\n"
        "  mortise-license issue --home vendor --sub \"Customer GmbH\" --plan standard \\\n"
        "      --plugins milestones,rules --features sso --limit users=50 --days 365 --out customer.license");
    command->callback([options] { run_issue(*options); });
}

}  // namespace mortise::issuer
