#include "core/flags/var_path.hpp"

#include "core/flags/paths.hpp"

#include <utility>

namespace mortise::flags {
namespace {

std::vector<std::string> split_path(std::string_view key) {
    std::vector<std::string> steps;
    std::string room(key.size(), '\0');
    PathReader reader(key);
    std::string_view step;
    while (reader.next(step, room.data()))
        steps.emplace_back(step);
    return steps;
}

// The context's own names are its scalars, and nothing stands below them.
Root context_root(const std::vector<std::string>& steps) {
    const auto& name = steps.front();
    const bool alone = steps.size() == 1;
    if (name == kTargetingKeyName) return alone ? Root::kTargetingKey : Root::kNothing;
    if (name == kTenantName) return alone ? Root::kTenant : Root::kNothing;
    if (name == kPlanName) return alone ? Root::kPlan : Root::kNothing;
    if (name != kFlagdName) return Root::kAttribute;
    if (alone) return Root::kFlagd;
    if (steps.size() > 2) return Root::kNothing;
    return steps[1] == kFlagKeyName     ? Root::kFlagKey
           : steps[1] == kTimestampName ? Root::kTimestamp
                                        : Root::kNothing;
}

}  // namespace

VarPath resolve_path(std::string_view key, Scope scope) {
    if (key.empty()) {
        return {scope == Scope::kRoot      ? Root::kWhole
                : scope == Scope::kElement ? Root::kElement
                                           : Root::kReduction,
                {}};
    }
    auto steps = split_path(key);
    if (scope == Scope::kElement) return {Root::kElement, std::move(steps)};
    if (scope == Scope::kReduction) {
        const auto root = steps.front() == kCurrentName       ? Root::kCurrent
                          : steps.front() == kAccumulatorName ? Root::kAccumulator
                                                              : Root::kNothing;
        steps.erase(steps.begin());
        return {root, std::move(steps)};
    }
    const auto root = context_root(steps);
    if (root == Root::kAttribute) return {root, std::move(steps)};
    return {root, {}};
}

}  // namespace mortise::flags
