#include "licenses/issuer/terms.hpp"

#include "licenses/issuer/failure.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

namespace mortise::issuer {
namespace {

using licenses::Limit;
using licenses::Seconds;

constexpr Seconds kDaySeconds = 86400;
constexpr Seconds kLongest = 200LL * 366 * kDaySeconds;

template <class T>
void prefer(std::optional<T>& below, const std::optional<T>& above) {
    if (above) below = above;
}

std::uint64_t read_number(std::string_view where, std::string_view text, std::string_view why) {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end || text.empty()) bad_term(where, why);
    return value;
}

// "name=value" in its two parts; the second has no value if there is no '='.
struct Part {
    std::string_view name;
    std::optional<std::string_view> value;
};

Part split_part(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return {text, std::nullopt};
    return {text.substr(0, equals), text.substr(equals + 1)};
}

void read_limit_part(std::string_view where, const Part& part, Limit& out) {
    const std::string_view value = part.value.value_or(std::string_view());
    constexpr std::string_view kNumber = "has a part that must be a whole number.";
    if (part.name == "kind") {
        const auto kind = licenses::parse_limit_kind(value);
        if (!kind) bad_term(where, "has a kind that is not count, seats or meter.");
        out.kind = *kind;
    } else if (part.name == "per") {
        const auto period = licenses::parse_period(value);
        if (!period) bad_term(where, "has a period (per) that is not term, day, month or year.");
        out.per = *period;
    } else if (part.name == "lease") {
        out.lease = read_duration(where, value);
    } else if (part.name == "borrow") {
        out.borrow = read_duration(where, value);
    } else if (part.name == "per_tenant") {
        out.per_tenant = read_number(where, value, kNumber);
    } else if (part.name.starts_with("tenant:")) {
        out.tenants[std::string(part.name.substr(7))] = read_number(where, value, kNumber);
    } else if (part.name == "overage" && (value == "soft" || value == "hard")) {
        out.overage = value == "soft" ? licenses::Overage::kSoft : licenses::Overage::kHard;
    } else {
        bad_term(where,
                 "has a part that is none of kind, per, lease, borrow, per_tenant, tenant:… and overage.");
    }
}

void set_period(const Terms& terms, licenses::Licence& out) {
    out.not_before = terms.not_before.value_or(out.issued_at);
    if (terms.not_after && terms.duration)
        bad_term("The end", "is said twice, as a time and as a number of days.");
    out.not_after = terms.not_after;
    if (terms.duration) out.not_after = out.not_before + *terms.duration;
    if (!out.not_after && out.model != licenses::Model::kPerpetual)
        bad_term("--days or --not-after", "is needed unless --model is perpetual.");
    out.maintained_until = terms.maintained_until;
    if (terms.maintenance) out.maintained_until = out.not_before + *terms.maintenance;
    out.refresh_by = terms.refresh_by;
    if (terms.refresh) out.refresh_by = out.issued_at + *terms.refresh;
    out.grace = terms.grace.value_or(14 * kDaySeconds);
}

}  // namespace

void bad_term(std::string_view where, std::string_view why) {
    throw Failure("bad_option", std::string(where) + " " + std::string(why));
}

Terms overlay(Terms below, const Terms& above) {
    for (const auto member : {&Terms::subject, &Terms::plan, &Terms::price, &Terms::note, &Terms::id})
        prefer(below.*member, above.*member);
    prefer(below.model, above.model);
    // Of an end and a length, what is said later counts, not both.
    if (above.not_after || above.duration) below.not_after = below.duration = std::nullopt;
    if (above.maintained_until || above.maintenance)
        below.maintained_until = below.maintenance = std::nullopt;
    if (above.refresh_by || above.refresh) below.refresh_by = below.refresh = std::nullopt;
    for (const auto member :
         {&Terms::not_before, &Terms::not_after, &Terms::maintained_until, &Terms::refresh_by,
          &Terms::duration, &Terms::grace, &Terms::maintenance, &Terms::refresh})
        prefer(below.*member, above.*member);
    prefer(below.products, above.products);
    prefer(below.features, above.features);
    prefer(below.plugins, above.plugins);
    for (const auto& [name, limit] : above.limits)
        below.limits[name] = limit;
    below.soft.insert(below.soft.end(), above.soft.begin(), above.soft.end());
    prefer(below.by_activation, above.by_activation);
    prefer(below.sequence, above.sequence);
    return below;
}

Seconds read_duration(std::string_view where, std::string_view text) {
    Seconds unit = 1;
    constexpr std::pair<char, Seconds> kUnits[] = {
        {'s', 1}, {'m', 60}, {'h', 3600}, {'d', kDaySeconds}, {'y', 365 * kDaySeconds}};
    std::string_view digits = text;
    for (const auto& [letter, seconds] : kUnits)
        if (!text.empty() && text.back() == letter) {
            unit = seconds;
            digits.remove_suffix(1);
        }
    constexpr std::string_view kWhy = "must be a length of time such as 900s, 15m, 12h, 7d or 1y.";
    const std::uint64_t count = read_number(where, digits, kWhy);
    if (count > static_cast<std::uint64_t>(kLongest / unit)) bad_term(where, kWhy);
    return static_cast<Seconds>(count) * unit;
}

Seconds read_time_term(std::string_view where, std::string_view text) {
    const auto time = licenses::parse_time(text);
    if (!time) bad_term(where, "must be a time such as 2027-12-31T23:59:59Z.");
    return *time;
}

licenses::Model read_model_term(std::string_view where, std::string_view text) {
    const auto model = licenses::parse_model(text);
    if (!model) bad_term(where, "must be subscription, trial or perpetual.");
    return *model;
}

void read_limit_term(std::string_view where, std::string_view text,
                     std::map<std::string, Limit, std::less<>>& out) {
    const std::vector<std::string> parts = split_list(text, ",");
    const Part first = split_part(parts.empty() ? std::string_view() : std::string_view(parts.front()));
    if (!first.value) bad_term(where, "must be NAME=NUMBER, such as users=10.");
    Limit limit(read_number(where, *first.value, "must be NAME=NUMBER, such as users=10."));
    for (std::size_t i = 1; i < parts.size(); ++i)
        read_limit_part(where, split_part(parts[i]), limit);
    if (!out.emplace(first.name, limit).second)
        bad_term(where, "names " + std::string(first.name) + " twice.");
}

void read_grant_term(std::string_view where, std::string_view text,
                     std::map<std::string, licenses::PluginGrant, std::less<>>& out) {
    const std::vector<std::string> parts = split_list(text, ",");
    if (parts.empty() || split_part(parts.front()).value) bad_term(where, "must begin with a plugin's id.");
    licenses::PluginGrant grant;
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const Part part = split_part(parts[i]);
        const std::string value(part.value.value_or(std::string_view()));
        if (part.name == "exp")
            grant.not_after = read_time_term(where, value);
        else if (part.name == "from")
            grant.from = value;
        else if (part.name == "below")
            grant.below = value;
        else
            bad_term(where, "has a part that is none of exp, from and below.");
    }
    if (!out.emplace(parts.front(), grant).second) bad_term(where, "names " + parts.front() + " twice.");
}

std::vector<std::string> split_list(std::string_view text, std::string_view separators) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        if (end > 0) out.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

licenses::Licence make_licence(const Terms& terms, const std::string& issuer, Seconds now,
                               std::uint64_t sequence) {
    licenses::Licence out;
    if (!terms.subject) bad_term("--sub", "is needed: the customer.");
    if (!terms.plan) bad_term("--plan", "is needed.");
    out.issuer = issuer;
    out.subject = *terms.subject;
    out.issued_at = now;
    out.sequence = terms.sequence.value_or(sequence);
    out.model = terms.model.value_or(licenses::Model::kSubscription);
    out.plan = *terms.plan;
    out.plugins = terms.plugins.value_or(std::map<std::string, licenses::PluginGrant, std::less<>>());
    out.features = terms.features.value_or(std::vector<std::string>());
    out.products = terms.products.value_or(std::vector<std::string>());
    std::sort(out.features.begin(), out.features.end());
    std::sort(out.products.begin(), out.products.end());
    out.limits = terms.limits;
    for (const std::string& name : terms.soft) {
        const auto limit = out.limits.find(name);
        if (limit == out.limits.end())
            throw Failure("bad_claims", "--soft names " + name + ", which is no limit of the licence.");
        limit->second.overage = licenses::Overage::kSoft;
    }
    set_period(terms, out);
    if (terms.by_activation.value_or(false)) out.binding = licenses::Binding{.by_activation = true};
    return out;
}

void check_licence(const licenses::Licence& licence) {
    take(licenses::decode_licence(licenses::encode_licence(licence)));
}

}  // namespace mortise::issuer
