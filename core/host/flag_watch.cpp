#include "core/host/flag_watch.hpp"

#include <algorithm>
#include <utility>

namespace mortise::host {

bool FlagWatch::knows(const flags::FlagSet& set, const base::RequestContext& context, std::int64_t now) {
    const std::lock_guard lock(mutex_);
    const auto found = told_.find(context.tenant);
    if (found == told_.end() || !found->second.moment.is(set, context, now)) return false;
    found->second.used = ++calls_;
    return true;
}

void FlagWatch::keep(const base::RequestContext& context, Told told) {
    const std::lock_guard lock(mutex_);
    told.used = ++calls_;
    told_[context.tenant] = std::move(told);
    if (told_.size() <= kMaxTenants) return;
    told_.erase(std::min_element(told_.begin(), told_.end(),
                                 [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
}

// What is told and what is remembered of it must have one order, or a plugin would keep what came first.
bool FlagWatch::tell(const flags::FlagSet& set, const base::RequestContext& context,
                     std::span<const std::string> keys, std::int64_t now,
                     base::FunctionRef<void(std::size_t)> tell) {
    if (knows(set, context, now)) return true;
    const std::unique_lock telling(telling_, context.deadline);
    if (!telling.owns_lock()) return false;
    std::vector<FlagState> before;
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = told_.find(context.tenant); found != told_.end())
            before = found->second.states;
    }
    FlagView view = view_of(set, context, keys, now);
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (before.empty() || before[i] != view.states[i]) tell(i);
    keep(context, {FlagMoment::of(set, context, now), std::move(view.states)});
    return true;
}

}  // namespace mortise::host
