#include "tables/table.hpp"

#include <algorithm>
#include <utility>

namespace rules::tables {
namespace {

using dmn::Aggregation;
using dmn::HitPolicy;

constexpr std::pair<std::string_view, HitPolicy> kPolicies[] = {
    {"UNIQUE", HitPolicy::kUnique},
    {"FIRST", HitPolicy::kFirst},
    {"PRIORITY", HitPolicy::kPriority},
    {"ANY", HitPolicy::kAny},
    {"COLLECT", HitPolicy::kCollect},
    {"RULE ORDER", HitPolicy::kRuleOrder},
    {"OUTPUT ORDER", HitPolicy::kOutputOrder},
};

constexpr std::pair<std::string_view, Aggregation> kAggregations[] = {
    {"", Aggregation::kNone},   {"SUM", Aggregation::kSum}, {"COUNT", Aggregation::kCount},
    {"MIN", Aggregation::kMin}, {"MAX", Aggregation::kMax},
};

std::string normalised(std::string_view name) {
    std::string text(name);
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        if (c == '_') return ' ';
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return text;
}

template <class Kind, std::size_t Size>
std::string_view name_in(const std::pair<std::string_view, Kind> (&names)[Size], Kind kind) {
    for (const auto& [name, named] : names)
        if (named == kind) return name;
    return {};
}

template <class Kind, std::size_t Size>
std::optional<Kind> find_in(const std::pair<std::string_view, Kind> (&names)[Size], std::string_view name) {
    const std::string wanted = normalised(name);
    for (const auto& [known, kind] : names)
        if (known == wanted) return kind;
    return std::nullopt;
}

}  // namespace

std::string_view name_of(HitPolicy policy) {
    return name_in(kPolicies, policy);
}

std::string_view name_of(Aggregation aggregation) {
    return name_in(kAggregations, aggregation);
}

std::optional<HitPolicy> find_hit_policy(std::string_view name) {
    return find_in(kPolicies, name);
}

std::optional<Aggregation> find_aggregation(std::string_view name) {
    return find_in(kAggregations, name);
}

}  // namespace rules::tables
