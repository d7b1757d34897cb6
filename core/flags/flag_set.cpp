#include "core/flags/flag_set.hpp"

#include "core/flags/flag_set_builder.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace mortise::flags {

FlagSet::FlagSet(std::vector<FlagRow> flags, const std::vector<OverrideRow>& overrides) {
    FlagSetBuilder builder;
    for (const auto& row : flags)
        builder.add_flag(row.tenant, std::make_shared<const CompiledFlag>(row.key, row.definition,
                                                                          row.definition.metadata));
    for (const auto& row : overrides)
        builder.add_override(row.tenant, row.key, row.targeting_key, row.variant);
    *this = builder.build();
}

FlagSet::Prepared FlagSet::prepare(const Subject& subject) const noexcept {
    Prepared prepared{.subject = subject,
                      .of_tenant = {},
                      .input = {.attributes = subject.attributes,
                                .flag_key = {},
                                .targeting_key = subject.targeting_key,
                                .tenant = subject.tenant_slug,
                                .plan = subject.plan,
                                .timestamp = subject.now}};
    if (const auto found = tenants_.find(subject.tenant); found != tenants_.end())
        prepared.of_tenant = found->second;
    if (plans_.size() > 0) prepared.plan = plans_.find(subject.plan);
    return prepared;
}

const FlagSet::Slot* FlagSet::find(const Range& range, std::uint32_t key) const noexcept {
    if (range.count == 0) return nullptr;
    const auto* const begin = flags_.data() + range.first;
    const auto* const end = begin + range.count;
    const auto* const found = std::lower_bound(
        begin, end, key, [](const Slot& slot, std::uint32_t wanted) { return slot.key < wanted; });
    return found == end || found->key != key ? nullptr : found;
}

const CompiledFlag::Variant* FlagSet::numbered(const Slot& slot, std::uint32_t number) const noexcept {
    if (number == OverrideTable::kNone) return nullptr;
    const auto variants = slot.flag->variants();
    for (std::size_t i = 0; i < variants.size(); ++i)
        if (variant_numbers_[slot.first_variant + i] == number) return &variants[i];
    return nullptr;
}

// The nearest override whose variant the flag has.
const CompiledFlag::Variant* FlagSet::overriding(const Slot& slot, const Prepared& prepared) const noexcept {
    const auto& tenant = prepared.of_tenant.overrides;
    if (tenant.count > 0) {
        const auto user = overrides_.for_user(tenant, slot.key, prepared.subject.targeting_key);
        if (const auto* const variant = numbered(slot, user)) return variant;
        if (const auto* const variant = numbered(slot, overrides_.for_tenant(tenant, slot.key)))
            return variant;
    }
    return numbered(slot, of_plan(slot, prepared));
}

// A plan gives of the platform's flags, which stand first; a tenant may have its own of the same key.
std::uint32_t FlagSet::of_plan(const Slot& slot, const Prepared& prepared) const noexcept {
    const bool inherited = &slot < flags_.data() + platform_.count;
    if (prepared.plan == TextIndex::kNone || !inherited) return OverrideTable::kNone;
    const auto found = plan_overrides_.find(std::uint64_t{prepared.plan} << 32 | slot.key);
    return found == plan_overrides_.end() ? OverrideTable::kNone : found->second;
}

bool FlagSet::hidden(const Slot& slot, const Subject& subject) const noexcept {
    if (subject.client_only && !slot.flag->client_visible()) return true;
    return slot.gate != kNoGate && gates_[slot.gate].state == FlagSwitch::kArchived;
}

// What another flag gave before, if asking it anew couldn't pass a limit.
const FlagSet::Given* FlagSet::known(std::uint32_t place, const Prepared& prepared,
                                     std::uint32_t depth) const noexcept {
    if (prepared.given == nullptr) return nullptr;
    const auto found = prepared.given->find(place);
    if (found == prepared.given->end()) return nullptr;
    const auto& given = found->second;
    const bool within = depth + given.height <= kMaxPrerequisiteDepth &&
                        prepared.asked + given.asked <= kMaxPrerequisiteAsked && given.steps < prepared.steps;
    return within ? &given : nullptr;
}

// The variant of a flag that another needs, which is `depth` deep in the chain.
std::string_view FlagSet::ask(std::uint32_t place, Prepared& prepared, Arena& scratch,
                              std::uint32_t depth) const noexcept {
    if (const auto* const before = known(place, prepared, depth)) {
        prepared.asked += before->asked;
        prepared.steps -= before->steps;
        prepared.deepest = std::max(prepared.deepest, depth + before->height);
        return before->variant;
    }
    const auto asked = prepared.asked;
    const auto steps = prepared.steps;
    const auto deepest = std::exchange(prepared.deepest, depth);
    const auto variant = evaluate(flags_[place], prepared, scratch, depth).variant;
    scratch.reset();  // nothing that is under way is in it: rules come after all prerequisites
    prepared.limited = prepared.limited || prepared.steps == 0 || prepared.steps_of_all == 0;
    if (prepared.given != nullptr && !prepared.limited) {
        try {
            prepared.given->try_emplace(place, Given{variant, steps - prepared.steps, prepared.asked - asked,
                                                     prepared.deepest - depth});
        } catch (const std::bad_alloc&) {  // it is asked again
        }
    }
    prepared.deepest = std::max(prepared.deepest, deepest);
    return variant;
}

// Whether something stands before overrides and the rule; then `out` is the answer. Prerequisites are
// evaluated for the same subject. Whatever was stored, no more of them are asked for than is allowed.
bool FlagSet::closed(const Slot& slot, Prepared& prepared, Arena& scratch, std::uint32_t depth,
                     Evaluation& out) const noexcept {
    const auto& gate = gates_[slot.gate];
    const auto& flag = *slot.flag;
    out = flag.disabled();
    if (gate.state != FlagSwitch::kOn || !flag.enabled()) return true;
    if (flag.delivery() == nullptr) return false;
    const auto& delivery = *flag.delivery();
    for (std::size_t i = 0; i < delivery.prerequisites.size(); ++i) {
        if (depth == kMaxPrerequisiteDepth || ++prepared.asked > kMaxPrerequisiteAsked) {
            prepared.limited = true;
            out = flag.failure(ErrorCode::kGeneral, "The flag needs too many other flags.");
            return true;
        }
        out = flag.off();
        const auto needed = needed_[gate.first_needed + i];
        if (needed == kNoGate) return true;
        const auto given = ask(needed, prepared, scratch, depth + 1);
        if (prepared.steps == 0 || prepared.steps_of_all == 0) {  // what it gave is not what it would give
            out = flag.failure(ErrorCode::kGeneral, to_string(RuleFault::kTooManySteps));
            return true;
        }
        const auto& wanted = delivery.prerequisites[i].variants;
        if (given.empty() || std::find(wanted.begin(), wanted.end(), given) == wanted.end()) return true;
    }
    out = flag.off();
    const auto now = prepared.subject.now * base::kMicrosPerSecond;
    return now < delivery.schedule.from || now >= delivery.schedule.until;
}

Evaluation FlagSet::evaluate(const Slot& slot, Prepared& prepared, Arena& scratch,
                             std::uint32_t depth) const noexcept {
    if (slot.gate != kNoGate) {
        Evaluation out;
        if (closed(slot, prepared, scratch, depth, out)) return out;
    }
    if (const auto* const variant = overriding(slot, prepared))
        return slot.flag->with_variant(*variant, Reason::kTargetingMatch);
    prepared.input.flag_key = slot.flag->key();
    const auto may = std::min(prepared.steps, prepared.steps_of_all);
    auto left = may;
    const auto evaluation = slot.flag->evaluate(prepared.input, scratch, left);
    prepared.steps -= may - left;
    prepared.steps_of_all -= may - left;
    return evaluation;
}

Evaluation FlagSet::evaluate(const Subject& subject, std::string_view key) const noexcept {
    const Evaluation missing{.key = key, .detail = "There is no flag with this key."};
    const auto number = keys_.find(key);
    if (number == TextIndex::kNone) return missing;
    auto prepared = prepare(subject);
    const auto* slot = find(prepared.of_tenant.own, number);
    if (slot == nullptr) slot = find(platform_, number);
    if (slot == nullptr || hidden(*slot, subject)) return missing;
    std::array<std::byte, kScratchOnStack> memory;
    Arena scratch(memory, kMaxScratch);
    return evaluate(*slot, prepared, scratch);
}

const CompiledFlag* FlagSet::find(const base::Uuid& tenant, std::string_view key) const noexcept {
    const auto number = keys_.find(key);
    if (number == TextIndex::kNone) return nullptr;
    const auto own = tenants_.find(tenant);
    const auto* slot = own == tenants_.end() ? nullptr : find(own->second.own, number);
    if (slot == nullptr) slot = find(platform_, number);
    return slot == nullptr || hidden(*slot, {}) ? nullptr : slot->flag.get();
}

FlagPart FlagSet::part(const Subject& subject, std::string_view key, std::size_t most_users) const {
    FlagPart part{.key = key};
    const auto number = keys_.find(key);
    if (number == TextIndex::kNone) return part;
    const auto prepared = prepare(subject);
    const auto* slot = find(prepared.of_tenant.own, number);
    part.own = slot != nullptr;
    if (slot == nullptr) slot = find(platform_, number);
    if (slot == nullptr || hidden(*slot, subject)) return part;
    part.flag = slot->flag.get();
    part.killed = slot->gate != kNoGate && gates_[slot->gate].state == FlagSwitch::kKilled;
    part.whole = part.flag->portable();
    if (!part.whole) return part;
    const auto name = [&](std::uint32_t variant) {
        const auto* const found = numbered(*slot, variant);
        return found == nullptr ? std::string_view() : found->name;
    };
    const auto& overrides = prepared.of_tenant.overrides;
    part.tenant_variant = name(overrides_.for_tenant(overrides, number));
    part.plan_variant = name(of_plan(*slot, prepared));
    overrides_.each_user(overrides, number, [&](std::string_view user, std::uint32_t variant) {
        part.whole = part.users.size() < most_users;
        if (part.whole && !name(variant).empty()) part.users.emplace_back(user, name(variant));
        return part.whole;
    });
    if (!part.whole) part.users.clear();
    return part;
}

// Two sorted ranges side by side; the tenant's own goes before what it would inherit.
void FlagSet::evaluate_all(const Subject& subject, const std::function<void(const Evaluation&)>& sink) const {
    auto prepared = prepare(subject);
    GivenFlags given;
    prepared.given = &given;
    const auto mine_all = prepared.of_tenant.own;
    std::array<std::byte, kScratchOnStack> memory;
    Arena scratch(memory, kMaxScratch);
    std::uint32_t own = 0, inherited = 0;
    while (own < mine_all.count || inherited < platform_.count) {
        const auto* const mine = own < mine_all.count ? &flags_[mine_all.first + own] : nullptr;
        const auto* const theirs =
            inherited < platform_.count ? &flags_[platform_.first + inherited] : nullptr;
        const bool take_own = theirs == nullptr || (mine != nullptr && mine->key <= theirs->key);
        if (theirs != nullptr && (!take_own || theirs->key == mine->key)) ++inherited;
        if (take_own) ++own;
        const auto& slot = take_own ? *mine : *theirs;
        if (hidden(slot, subject)) continue;
        scratch.reset();
        prepared.steps = kMaxSteps;
        prepared.asked = prepared.deepest = 0;
        prepared.limited = false;
        sink(evaluate(slot, prepared, scratch));
    }
}

// A value takes two bytes at least, with what parts it from the next.
std::uint64_t FlagSet::cost_of_all(const base::Uuid& tenant, std::size_t context_bytes) const noexcept {
    RuleCost cost = platform_.cost;
    if (const auto found = tenants_.find(tenant); found != tenants_.end()) cost += found->second.own.cost;
    return cost.fixed + cost.per_value * (context_bytes / 2);
}

std::optional<std::int64_t> FlagSet::next_change(const base::Uuid& tenant, std::int64_t now) const noexcept {
    std::optional<std::int64_t> first;
    const auto look = [&](const Moments& of) {
        const auto all = moments(of);
        const auto next = std::upper_bound(all.begin(), all.end(), now);
        if (next != all.end() && (!first || *next < *first)) first = *next;
    };
    look(platform_moments_);
    if (const auto found = tenants_.find(tenant); found != tenants_.end()) look(found->second.moments);
    return first;
}

bool FlagSet::asks_time(const base::Uuid& tenant) const noexcept {
    const auto found = tenants_.find(tenant);
    return platform_.asks_time || (found != tenants_.end() && found->second.own.asks_time);
}

std::string_view FlagSet::metadata(const base::Uuid& tenant) const noexcept {
    const auto found = metadata_.find(tenant);
    return found == metadata_.end() ? std::string_view() : found->second;
}

// What a tenant inherits is the platform's: a change there concerns everybody.
ConfigTag FlagSet::config_tag(const base::Uuid& tenant, std::int64_t now) const noexcept {
    Mark mark;
    const auto add = [&](std::uint64_t marks, const Moments& of) {
        const auto all = moments(of);
        const auto passed = std::upper_bound(all.begin(), all.end(), now) - all.begin();
        mark.add(marks).add(static_cast<std::uint64_t>(passed));
    };
    add(platform_marks_, platform_moments_);
    if (const auto found = tenants_.find(tenant); found != tenants_.end())
        add(found->second.marks + found->second.override_marks, found->second.moments);
    return {.version = version_, .fingerprint = mark.value()};
}

void FlagSet::add_tenants_overriding(const std::vector<bool>& keys, std::set<base::Uuid>& tenants) const {
    if (std::find(keys.begin(), keys.end(), true) == keys.end()) return;
    overrides_.each_tenant([&](const base::Uuid& id, const OverrideTable::Tenant& overrides) {
        if (overrides_.any_of(overrides, keys)) tenants.insert(id);
    });
}

std::size_t FlagSet::bytes() const noexcept {
    constexpr std::size_t kNode = 4 * sizeof(void*);  // what a map has beside its values
    std::size_t sum = sizeof(FlagSet) + flags_.capacity() * sizeof(Slot) + keys_.bytes() + variants_.bytes() +
                      plans_.bytes() + variant_numbers_.capacity() * sizeof(std::uint32_t) +
                      gates_.capacity() * sizeof(Gate) + needed_.capacity() * sizeof(std::uint32_t) +
                      moments_.capacity() * sizeof(std::int64_t) + overrides_.bytes() +
                      tenants_.size() * (sizeof(base::Uuid) + sizeof(TenantParts) + kNode) +
                      plan_overrides_.size() * (2 * sizeof(std::uint64_t) + kNode) +
                      (texts_ == nullptr ? 0 : texts_->block_bytes());
    for (const auto& slot : flags_)
        sum += slot.flag->bytes();
    return sum;
}

}  // namespace mortise::flags
