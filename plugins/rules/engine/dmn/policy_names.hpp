#pragma once

#include "dmn/model.hpp"

#include <string_view>
#include <utility>

namespace rules::dmn {

// As DMN's schema writes them (tHitPolicy, tBuiltinAggregator); an aggregation that isn't there is empty.
inline constexpr std::pair<std::string_view, HitPolicy> kHitPolicyNames[] = {
    {"UNIQUE", HitPolicy::kUnique},
    {"FIRST", HitPolicy::kFirst},
    {"PRIORITY", HitPolicy::kPriority},
    {"ANY", HitPolicy::kAny},
    {"COLLECT", HitPolicy::kCollect},
    {"RULE ORDER", HitPolicy::kRuleOrder},
    {"OUTPUT ORDER", HitPolicy::kOutputOrder},
};
inline constexpr std::pair<std::string_view, Aggregation> kAggregationNames[] = {
    {"", Aggregation::kNone},   {"SUM", Aggregation::kSum}, {"COUNT", Aggregation::kCount},
    {"MIN", Aggregation::kMin}, {"MAX", Aggregation::kMax},
};

}  // namespace rules::dmn
