#include "tables/table.hpp"

#include "dmn/policy_names.hpp"

#include <algorithm>
#include <utility>

namespace rules::tables {
namespace {

using dmn::Aggregation;
using dmn::HitPolicy;

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
    return name_in(dmn::kHitPolicyNames, policy);
}

std::string_view name_of(Aggregation aggregation) {
    return name_in(dmn::kAggregationNames, aggregation);
}

std::optional<HitPolicy> find_hit_policy(std::string_view name) {
    return find_in(dmn::kHitPolicyNames, name);
}

std::optional<Aggregation> find_aggregation(std::string_view name) {
    return find_in(dmn::kAggregationNames, name);
}

}  // namespace rules::tables
