#include "core/flags/flag_set_builder.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <new>
#include <utility>

namespace mortise::flags {

std::uint32_t FlagSetBuilder::Numbers::number(std::string_view text) {
    if (const auto found = known_.find(text); found != known_.end()) return found->second;
    const auto kept = texts_.copy(text);
    if (kept.data() == nullptr) throw std::bad_alloc();
    list_.push_back(kept);
    return known_.emplace(kept, static_cast<std::uint32_t>(list_.size() - 1)).first->second;
}

void FlagSetBuilder::add_flag(const base::Uuid& tenant, std::shared_ptr<const CompiledFlag> flag,
                              FlagSwitch state) {
    owned_.push_back({tenant, std::move(flag), state});
}

void FlagSetBuilder::add_metadata(const base::Uuid& tenant, std::string metadata) {
    if (!metadata.empty()) set_.metadata_[tenant] = std::move(metadata);
}

void FlagSetBuilder::mark(const base::Uuid& tenant, const Mark& row) {
    (tenant.is_nil() ? set_.platform_marks_ : set_.tenants_[tenant].marks) += row.value();
}

// In their order, so that flags by number are flags by key.
void FlagSetBuilder::end_flags() {
    if (std::exchange(keys_numbered_, true)) return;
    std::vector<std::string_view> keys;
    keys.reserve(owned_.size());
    for (const auto& one : owned_)
        keys.push_back(one.flag->key());
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    set_.keys_ = TextIndex(std::move(keys));
}

void FlagSetBuilder::add_override(const base::Uuid& tenant, std::string_view key,
                                  std::string_view targeting_key, std::string_view variant) {
    end_flags();
    const auto number = set_.keys_.find(key);
    if (number == TextIndex::kNone) return;
    if (!set_.overrides_.add(tenant, number, targeting_key, variants_.number(variant)))
        throw std::bad_alloc();
    set_.tenants_[tenant].override_marks += Mark().add(key).add(targeting_key).add(variant).value();
}

void FlagSetBuilder::keep_overrides(const FlagSet& before, const std::set<base::Uuid>& without) {
    end_flags();
    std::vector<std::uint32_t> flags(before.keys_.size()), variants(before.variants_.size());
    for (std::uint32_t i = 0; i < flags.size(); ++i)
        flags[i] = set_.keys_.find(before.keys_[i]);
    for (std::uint32_t i = 0; i < variants.size(); ++i)
        variants[i] = variants_.number(before.variants_[i]);
    if (!set_.overrides_.take(before.overrides_, without, flags, variants)) throw std::bad_alloc();
    for (const auto& [tenant, parts] : before.tenants_)
        if (parts.override_marks != 0 && !without.contains(tenant))
            set_.tenants_[tenant].override_marks = parts.override_marks;
}

std::vector<std::string_view> FlagSetBuilder::keys_new(const FlagSet& before) const {
    std::vector<std::string_view> keys;
    for (std::uint32_t i = 0; i < set_.keys_.size(); ++i)
        if (before.keys_.find(set_.keys_[i]) == TextIndex::kNone) keys.push_back(set_.keys_[i]);
    return keys;
}

std::vector<bool> FlagSetBuilder::keys_gone(const FlagSet& before) const {
    std::vector<bool> gone(before.keys_.size());
    for (std::uint32_t i = 0; i < gone.size(); ++i)
        gone[i] = set_.keys_.find(before.keys_[i]) == TextIndex::kNone;
    return gone;
}

void FlagSetBuilder::add_plan_override(std::string_view plan, std::string_view key,
                                       std::string_view variant) {
    end_flags();
    const auto number = set_.keys_.find(key);
    if (number == TextIndex::kNone) return;
    mark({}, Mark().add(plan).add(key).add(variant));
    set_.plan_overrides_[std::uint64_t{plans_.number(plan)} << 32 | number] = variants_.number(variant);
}

// The platform's first, then each tenant's, each by key.
void FlagSetBuilder::place_flags() {
    std::sort(owned_.begin(), owned_.end(), [](const Owned& a, const Owned& b) {
        return a.tenant != b.tenant ? a.tenant < b.tenant : a.flag->key() < b.flag->key();
    });
    set_.flags_.reserve(owned_.size());
    for (auto& one : owned_) {
        const auto at = static_cast<std::uint32_t>(set_.flags_.size());
        auto& range = one.tenant.is_nil() ? set_.platform_ : set_.tenants_[one.tenant].own;
        if (range.count++ == 0) range.first = at;
        range.asks_time = range.asks_time || one.flag->asks_time();
        set_.flags_.push_back({.flag = std::move(one.flag),
                               .key = 0,
                               .first_variant = static_cast<std::uint32_t>(set_.variant_numbers_.size())});
        auto& slot = set_.flags_.back();
        range.cost += slot.flag->cost();
        slot.key = set_.keys_.find(slot.flag->key());
        for (const auto& variant : slot.flag->variants())
            set_.variant_numbers_.push_back(variants_.number(variant.name));
        add_gate(at, one.state);
    }
    owned_ = {};
}

void FlagSetBuilder::add_gate(std::uint32_t at, FlagSwitch state) {
    const auto* const delivery = set_.flags_[at].flag->delivery();
    if (state == FlagSwitch::kOn && (delivery == nullptr || !delivery->gated())) return;
    set_.flags_[at].gate = static_cast<std::uint32_t>(set_.gates_.size());
    set_.gates_.push_back({.state = state});
}

std::uint32_t FlagSetBuilder::place_of(const FlagSet::Range& own, std::string_view key) const {
    const auto number = set_.keys_.find(key);
    if (number == TextIndex::kNone) return FlagSet::kNoGate;
    const auto* found = set_.find(own, number);
    if (found == nullptr) found = set_.find(set_.platform_, number);
    if (found == nullptr) return FlagSet::kNoGate;
    const bool archived =
        found->gate != FlagSet::kNoGate && set_.gates_[found->gate].state == FlagSwitch::kArchived;
    return archived ? FlagSet::kNoGate : static_cast<std::uint32_t>(found - set_.flags_.data());
}

// A flag needs those of its owner, and a tenant's also the platform's.
void FlagSetBuilder::find_needed() {
    const auto find_of = [this](const FlagSet::Range& range) {
        for (auto at = range.first; at < range.first + range.count; ++at) {
            const auto& slot = set_.flags_[at];
            const auto* const delivery = slot.flag->delivery();
            if (slot.gate == FlagSet::kNoGate || delivery == nullptr) continue;
            set_.gates_[slot.gate].first_needed = static_cast<std::uint32_t>(set_.needed_.size());
            for (const auto& needed : delivery->prerequisites)
                set_.needed_.push_back(place_of(range, needed.flag));
        }
    };
    find_of(set_.platform_);
    for (const auto& [tenant, parts] : set_.tenants_)
        find_of(parts.own);
}

// In whole seconds, as evaluations count them: what begins within a second is seen with the next one. Flags
// that are switched off or archived give the same at all times.
FlagSet::Moments FlagSetBuilder::moments_of(const FlagSet::Range& range) {
    std::vector<std::int64_t> moments;
    const auto add = [&moments](base::Micros at) {
        if (at == std::numeric_limits<base::Micros>::min() || at == std::numeric_limits<base::Micros>::max())
            return;
        const auto whole = at / base::kMicrosPerSecond;
        moments.push_back(at % base::kMicrosPerSecond > 0 ? whole + 1 : whole);
    };
    for (auto at = range.first; at < range.first + range.count; ++at) {
        const auto& slot = set_.flags_[at];
        const auto* const delivery = slot.flag->delivery();
        const bool on = slot.gate == FlagSet::kNoGate || set_.gates_[slot.gate].state == FlagSwitch::kOn;
        if (delivery == nullptr || !on || !slot.flag->enabled()) continue;
        add(delivery->schedule.from);
        add(delivery->schedule.until);
        for (const auto& rollout : delivery->rollout)
            for (const auto& step : rollout.steps)
                add(step.at);
    }
    std::sort(moments.begin(), moments.end());
    moments.erase(std::unique(moments.begin(), moments.end()), moments.end());
    const FlagSet::Moments of{.first = set_.moments_.size(), .count = moments.size()};
    set_.moments_.insert(set_.moments_.end(), moments.begin(), moments.end());
    return of;
}

void FlagSetBuilder::find_moments() {
    set_.platform_moments_ = moments_of(set_.platform_);
    for (auto& [tenant, parts] : set_.tenants_)
        parts.moments = moments_of(parts.own);
}

FlagSet FlagSetBuilder::build() {
    static std::atomic<std::uint64_t> built = 0;
    set_.serial_ = ++built;
    end_flags();
    place_flags();
    find_needed();
    find_moments();
    set_.overrides_.seal();
    set_.overrides_.each_tenant([this](const base::Uuid& id, const OverrideTable::Tenant& overrides) {
        set_.tenants_[id].overrides = overrides;
    });
    set_.variants_ = variants_.index();
    set_.plans_ = plans_.index();
    set_.texts_ = std::move(texts_);
    return std::move(set_);
}

}  // namespace mortise::flags
