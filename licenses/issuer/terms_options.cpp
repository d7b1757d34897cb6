#include "licenses/issuer/terms_options.hpp"

#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/money.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace mortise::issuer {
namespace {

constexpr licenses::Seconds kOneDay = 86400;

std::optional<std::string> unless_empty(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

std::string read_price(std::string_view where, const std::string& text) {
    if (!parse_money(text)) bad_term(where, "must be an amount and a currency, such as \"1200.00 EUR\".");
    return text;
}

bool read_bind(std::string_view where, const std::string& text) {
    if (text != "activation" && text != "none") bad_term(where, "must be activation or none.");
    return text == "activation";
}

std::uint64_t read_count(std::string_view where, const std::string& text) {
    std::map<std::string, licenses::Limit, std::less<>> limits;
    read_limit_term(where, "n=" + text, limits);
    return limits.begin()->second.max;
}

licenses::Seconds read_days(std::string_view where, const std::string& text) {
    return read_duration(where, text + "d");
}

void read_plugins(std::string_view where, const std::vector<std::string>& ids, Terms& out) {
    if (ids.empty()) return;
    if (!out.plugins) out.plugins.emplace();
    for (const std::string& id : ids)
        read_grant_term(where, id, *out.plugins);
}

using Setter = std::function<void(Terms&, const std::string&, std::string_view)>;

const std::map<std::string, Setter, std::less<>>& setters() {
    static const std::map<std::string, Setter, std::less<>> kSetters = {
        {"sub", [](Terms& t, const std::string& v, std::string_view) { t.subject = v; }},
        {"plan", [](Terms& t, const std::string& v, std::string_view) { t.plan = v; }},
        {"id", [](Terms& t, const std::string& v, std::string_view) { t.id = v; }},
        {"note", [](Terms& t, const std::string& v, std::string_view) { t.note = v; }},
        {"price", [](Terms& t, const std::string& v, std::string_view w) { t.price = read_price(w, v); }},
        {"model",
         [](Terms& t, const std::string& v, std::string_view w) { t.model = read_model_term(w, v); }},
        {"seq", [](Terms& t, const std::string& v, std::string_view w) { t.sequence = read_count(w, v); }},
        {"days", [](Terms& t, const std::string& v, std::string_view w) { t.duration = read_days(w, v); }},
        {"grace_days", [](Terms& t, const std::string& v, std::string_view w) { t.grace = read_days(w, v); }},
        {"maint_days",
         [](Terms& t, const std::string& v, std::string_view w) { t.maintenance = read_days(w, v); }},
        {"refresh_days",
         [](Terms& t, const std::string& v, std::string_view w) { t.refresh = read_days(w, v); }},
        {"not_before",
         [](Terms& t, const std::string& v, std::string_view w) { t.not_before = read_time_term(w, v); }},
        {"not_after",
         [](Terms& t, const std::string& v, std::string_view w) { t.not_after = read_time_term(w, v); }},
        {"maint_until", [](Terms& t, const std::string& v,
                           std::string_view w) { t.maintained_until = read_time_term(w, v); }},
        {"refresh_by",
         [](Terms& t, const std::string& v, std::string_view w) { t.refresh_by = read_time_term(w, v); }},
        {"features",
         [](Terms& t, const std::string& v, std::string_view) { t.features = split_list(v, " ,;"); }},
        {"products",
         [](Terms& t, const std::string& v, std::string_view) { t.products = split_list(v, " ,;"); }},
        {"soft", [](Terms& t, const std::string& v, std::string_view) { t.soft = split_list(v, " ,;"); }},
        {"bind",
         [](Terms& t, const std::string& v, std::string_view w) { t.by_activation = read_bind(w, v); }},
        {"plugins",
         [](Terms& t, const std::string& v, std::string_view w) { read_plugins(w, split_list(v, " ;"), t); }},
        {"limits",
         [](Terms& t, const std::string& v, std::string_view w) {
             for (const std::string& limit : split_list(v, " ;"))
                 read_limit_term(w, limit, t.limits);
         }},
    };
    return kSetters;
}

void add_contents(CLI::App& command, TermsOptions& options) {
    command.add_option("--sub", options.subject, "The customer");
    command.add_option("--plan", options.plan, "The plan, such as standard");
    command.add_option("--plugins", options.plugins, "Plugin ids, with commas")
        ->delimiter(',')
        ->allow_extra_args(false);
    command
        .add_option("--grant", options.grants,
                    "A plugin with bounds: ID[,exp=TIME][,from=VERSION][,below=VERSION]; may be repeated")
        ->allow_extra_args(false);
    command.add_option("--features", options.features, "Names of features, with commas")
        ->delimiter(',')
        ->allow_extra_args(false);
    command.add_option("--products", options.products, "Names of products, with commas")
        ->delimiter(',')
        ->allow_extra_args(false);
    command
        .add_option("--limit", options.limits,
                    "A limit as NAME=NUMBER[,kind=seats,lease=15m[,borrow=7d]][,kind=meter,per=month]"
                    "[,per_tenant=N][,tenant:SLUG=N][,overage=soft]; may be repeated")
        ->allow_extra_args(false);
    command.add_option("--soft", options.soft, "Names of limits that may be exceeded with a warning")
        ->delimiter(',')
        ->allow_extra_args(false);
    command.add_option("--model", options.model, "subscription (the default), trial or perpetual")
        ->check(CLI::IsMember({"subscription", "trial", "perpetual"}));
    command
        .add_option("--bind", options.bind,
                    "activation: counts only on machines that were activated; or none")
        ->check(CLI::IsMember({"activation", "none"}));
    command.add_option("--price", options.price, "What it costs for its whole term, such as \"1200.00 EUR\"");
    command.add_option("--note", options.note, "For the ledger; doesn't stand in the licence");
}

void add_period(CLI::App& command, TermsOptions& options) {
    options.days_given = command.add_option("--days", options.days, "Ends this many days after it begins")
                             ->check(CLI::Range(1, 36500));
    command.add_option("--not-after", options.not_after, "Ends at this time, such as 2027-12-31T23:59:59Z")
        ->excludes(options.days_given);
    command.add_option("--not-before", options.not_before, "Begins at this time instead of now");
    options.grace_given = command
                              .add_option("--grace-days", options.grace_days,
                                          "Works so long after its end, with warnings; else 14")
                              ->check(CLI::Range(0, 366));
    command.add_option("--maint-until", options.maintained_until, "End of maintenance (perpetual licences)");
    options.refresh_given = command
                                .add_option("--refresh-days", options.refresh_days,
                                            "Ends after so many days without a newer revocation list")
                                ->check(CLI::Range(1, 3660));
    command.add_option("--refresh-by", options.refresh_by, "The same as a time")
        ->excludes(options.refresh_given);
    command.add_option("--id", options.id, "The licence's id instead of a new UUIDv7");
    options.sequence_given = command.add_option(
        "--seq", options.sequence,
        "Sequence; the host keeps the highest for a customer. Else the time of issue in seconds, or the next");
}

}  // namespace

void add_terms_options(CLI::App& command, TermsOptions& options) {
    add_contents(command, options);
    add_period(command, options);
    command.add_option("--file", options.file, "A TOML file that says what stands in the licence");
    command.add_option("--catalogue", options.catalogue,
                       "A TOML file with plans, instead of plans.toml in the home");
}

Terms terms_of_options(const TermsOptions& options) {
    Terms out;
    out.subject = unless_empty(options.subject);
    out.plan = unless_empty(options.plan);
    out.note = unless_empty(options.note);
    out.id = unless_empty(options.id);
    for (const auto& [name, value] : {std::pair{"price", &options.price}, std::pair{"model", &options.model},
                                      std::pair{"bind", &options.bind}})
        set_term(out, name, *value, "--" + std::string(name));
    const std::pair<const char*, const std::string*> times[] = {{"not-before", &options.not_before},
                                                                {"not-after", &options.not_after},
                                                                {"maint-until", &options.maintained_until},
                                                                {"refresh-by", &options.refresh_by}};
    for (const auto& [name, value] : times) {
        std::string key = name;
        std::replace(key.begin(), key.end(), '-', '_');
        set_term(out, key, *value, "--" + std::string(name));
    }
    const auto given = [](const CLI::Option* option) { return option != nullptr && option->count() > 0; };
    if (given(options.days_given)) out.duration = static_cast<licenses::Seconds>(options.days) * kOneDay;
    if (given(options.grace_given)) out.grace = static_cast<licenses::Seconds>(options.grace_days) * kOneDay;
    if (given(options.refresh_given))
        out.refresh = static_cast<licenses::Seconds>(options.refresh_days) * kOneDay;
    if (given(options.sequence_given)) out.sequence = options.sequence;
    read_plugins("--plugins", options.plugins, out);
    read_plugins("--grant", options.grants, out);
    if (!options.features.empty()) out.features = options.features;
    if (!options.products.empty()) out.products = options.products;
    for (const std::string& limit : options.limits)
        read_limit_term("--limit", limit, out.limits);
    out.soft = options.soft;
    return out;
}

Catalogue catalogue_of(const TermsOptions& options, const std::filesystem::path& home) {
    if (options.catalogue.empty()) return read_catalogue(home / "plans.toml");
    if (!std::filesystem::exists(options.catalogue))
        throw Failure("io_error", options.catalogue.string() + ": No such file or directory");
    return read_catalogue(options.catalogue);
}

Terms with_plan(const Terms& terms, const Catalogue& catalogue) {
    if (catalogue.empty() || !terms.plan) return terms;
    const auto plan = catalogue.find(*terms.plan);
    if (plan == catalogue.end())
        throw Failure("unknown_plan", "The catalogue has no plan " + *terms.plan + ".");
    return overlay(plan->second, terms);
}

Terms read_terms_options(const TermsOptions& options, const Catalogue& catalogue) {
    const Terms said = terms_of_options(options);
    return with_plan(options.file.empty() ? said : overlay(read_licence_file(options.file), said), catalogue);
}

void set_term(Terms& terms, std::string_view name, const std::string& value, std::string_view where) {
    if (value.empty()) return;
    const auto setter = setters().find(name);
    if (setter == setters().end()) bad_term(where, "is no column that is known.");
    setter->second(terms, value, where);
}

bool is_term(std::string_view name) {
    return setters().contains(name);
}

}  // namespace mortise::issuer
