#include "core/flags/snapshot.hpp"

#include "core/flags/flag_repository.hpp"

#include <array>
#include <utility>

namespace mortise::flags {

std::string_view to_string(Reason reason) noexcept {
    constexpr std::array<std::string_view, 4> kNames{"STATIC", "TARGETING_MATCH", "DEFAULT", "DISABLED"};
    return kNames[static_cast<std::size_t>(reason)];
}

FlagSet::FlagSet(std::vector<FlagRow> flags, std::vector<OverrideRow> overrides) {
    for (auto& flag : flags)
        tenants_[flag.tenant].own.emplace(std::move(flag.key), std::move(flag.definition));
    for (auto& row : overrides) {
        auto& of_flag = tenants_[row.tenant].overrides[std::move(row.key)];
        if (row.targeting_key.empty())
            of_flag.tenant_variant = std::move(row.variant);
        else
            of_flag.by_user.emplace(std::move(row.targeting_key), std::move(row.variant));
    }
}

const FlagSet::TenantFlags* FlagSet::tenant(const base::Uuid& id) const noexcept {
    const auto found = tenants_.find(id);
    return found == tenants_.end() ? nullptr : &found->second;
}

const Variant* FlagSet::overriding(std::string_view key, const Definition& flag, const TenantFlags* tenant,
                                   std::string_view targeting_key) noexcept {
    if (tenant == nullptr) return nullptr;
    const auto of_flag = tenant->overrides.find(key);
    if (of_flag == tenant->overrides.end()) return nullptr;
    const auto of_user = of_flag->second.by_user.find(targeting_key);
    if (of_user != of_flag->second.by_user.end()) {
        if (const auto* const variant = flag.find(of_user->second)) return variant;
    }
    return flag.find(of_flag->second.tenant_variant);
}

Evaluation FlagSet::evaluate(std::string_view key, const Definition& flag, const TenantFlags* tenant,
                             std::string_view targeting_key) noexcept {
    Evaluation evaluation{.found = true, .key = key, .metadata = flag.metadata};
    if (!flag.enabled) {
        evaluation.reason = Reason::kDisabled;
        return evaluation;
    }
    const Variant* variant = overriding(key, flag, tenant, targeting_key);
    if (variant != nullptr) {
        evaluation.reason = Reason::kTargetingMatch;
    } else if (flag.default_variant) {
        evaluation.reason = Reason::kStatic;
        variant = &flag.variants[*flag.default_variant];
    } else {
        evaluation.reason = Reason::kDefault;
        return evaluation;
    }
    evaluation.variant = variant->name;
    evaluation.value = variant->value;
    return evaluation;
}

Evaluation FlagSet::evaluate(const Subject& subject, std::string_view key) const noexcept {
    const auto* const own = subject.tenant.is_nil() ? nullptr : tenant(subject.tenant);
    if (own != nullptr) {
        const auto found = own->own.find(key);
        if (found != own->own.end()) return evaluate(found->first, found->second, own, subject.targeting_key);
    }
    if (const auto* const platform = tenant(base::Uuid{})) {
        const auto found = platform->own.find(key);
        if (found != platform->own.end())
            return evaluate(found->first, found->second, own, subject.targeting_key);
    }
    return Evaluation{.found = false, .key = key};
}

void FlagSet::evaluate_all(const Subject& subject, const std::function<void(const Evaluation&)>& sink) const {
    static const Flags kNone;
    const auto* const own = subject.tenant.is_nil() ? nullptr : tenant(subject.tenant);
    const auto* const platform = tenant(base::Uuid{});
    const Flags& mine = own == nullptr ? kNone : own->own;
    const Flags& inherited = platform == nullptr ? kNone : platform->own;
    // Two sorted lists side by side; the tenant's own goes before what it would inherit.
    auto a = mine.begin();
    auto b = inherited.begin();
    while (a != mine.end() || b != inherited.end()) {
        const bool take_own = b == inherited.end() || (a != mine.end() && a->first <= b->first);
        const auto& [key, flag] = take_own ? *a : *b;
        sink(evaluate(key, flag, own, subject.targeting_key));
        if (take_own && b != inherited.end() && b->first == key) ++b;
        if (take_own)
            ++a;
        else
            ++b;
    }
}

base::Status FlagStore::load(storage::Unit& unit) {
    MORTISE_TRY_ASSIGN(auto flags, repository::all(unit));
    MORTISE_TRY_ASSIGN(auto overrides, repository::all_overrides(unit));
    std::vector<FlagRow> rows;
    rows.reserve(flags.size());
    for (auto& flag : flags) {
        auto definition = parse_definition(flag.definition);
        if (!definition)
            return base::internal_error("the stored flag " + flag.key +
                                        " can't be read: " + definition.error().code);
        rows.push_back({flag.tenant, std::move(flag.key), std::move(definition).value()});
    }
    set_.replace(std::make_shared<const FlagSet>(std::move(rows), std::move(overrides)));
    return {};
}

}  // namespace mortise::flags
