#include "core/flags/snapshot.hpp"

#include "core/flags/flag_repository.hpp"
#include "core/flags/flag_set_builder.hpp"
#include "core/flags/flag_set_repository.hpp"

#include <utility>

namespace mortise::flags {
namespace {

// It is there, and evaluates as PARSE_ERROR, whatever overrides it has.
std::shared_ptr<const CompiledFlag> unreadable_flag(std::string_view key) {
    Definition nothing;
    nothing.enabled = true;
    nothing.targeted = true;
    return std::make_shared<const CompiledFlag>(key, nothing, std::string_view());
}

}  // namespace

// What one load() gathers.
struct FlagStore::Loading {
    storage::Unit& unit;
    FlagSetBuilder builder = {};
    KeptFlags flags = {};
    KeptSets sets = {};
    std::vector<Unreadable> unreadable = {};
};

base::Status FlagStore::load_sets(Loading& loading) const {
    MORTISE_TRY_ASSIGN(const auto rows, repository::all_sets(loading.unit));
    for (const auto& row : rows) {
        auto& set = loading.sets[row.tenant];
        set.version = row.version;
        auto definition = read_stored_set(row.definition);
        if (definition.ok()) {
            set.definition = std::move(*definition);
        } else {
            const auto before = kept_sets_.find(row.tenant);
            if (before != kept_sets_.end()) set.definition = before->second.definition;
            loading.unreadable.push_back(
                {row.tenant, "", definition.error().code, before != kept_sets_.end()});
        }
        loading.builder.add_metadata(row.tenant, set.definition.metadata);
        loading.builder.mark(row.tenant, Mark().add(static_cast<std::uint64_t>(row.version)));
    }
    return {};
}

void FlagStore::compile(Kept& kept, const Flag& row, const SetDefinition& set) const {
    const auto definition = parse_definition(row.definition, set.rules, Strictness::kFlagd);
    if (definition.ok()) {
        kept.flag = std::make_shared<const CompiledFlag>(row.key, *definition,
                                                         merge_metadata(set.metadata, definition->metadata));
        return;
    }
    kept.fault = definition.error().code;
    const auto before = kept_.find(row.id);
    kept.stale = before != kept_.end() && (before->second.fault.empty() || before->second.stale);
    kept.flag = kept.stale ? before->second.flag : unreadable_flag(row.key);
}

base::Status FlagStore::load_flags(Loading& loading) const {
    MORTISE_TRY_ASSIGN(const auto rows, repository::all(loading.unit));
    static const KeptSet kNothing;
    for (const auto& row : rows) {
        const auto of_owner = loading.sets.find(row.tenant);
        const auto& set = of_owner == loading.sets.end() ? kNothing : of_owner->second;
        auto& now = loading.flags[row.id];
        const auto before = kept_.find(row.id);
        if (before != kept_.end() && before->second.flag_version == row.version &&
            before->second.set_version == set.version) {
            now = before->second;
        } else {
            now = {row.version, set.version, nullptr};
            compile(now, row, set.definition);
        }
        if (!now.fault.empty()) loading.unreadable.push_back({row.tenant, row.key, now.fault, now.stale});
        loading.builder.add_flag(row.tenant, now.flag);
        loading.builder.mark(row.tenant,
                             Mark().add(row.id.as_bytes()).add(static_cast<std::uint64_t>(row.version)));
    }
    return {};
}

base::Status FlagStore::load(storage::Unit& unit) {
    Loading loading{unit};
    MORTISE_TRY_ASSIGN(const auto version, tenancy::snapshot_version(unit, kName));
    loading.builder.set_version(version);
    MORTISE_TRY(load_sets(loading));
    MORTISE_TRY(load_flags(loading));
    MORTISE_TRY(repository::each_override(
        unit, [&builder = loading.builder](const base::Uuid& tenant, std::string_view key,
                                           std::string_view user, std::string_view variant) {
            builder.add_override(tenant, key, user, variant);
        }));
    MORTISE_TRY_ASSIGN(const auto plans, repository::all_plan_overrides(unit));
    for (const auto& row : plans)
        loading.builder.add_plan_override(row.plan, row.key, row.variant);
    set_.replace(std::make_shared<const FlagSet>(loading.builder.build()));
    unreadable_.replace(std::make_shared<const std::vector<Unreadable>>(std::move(loading.unreadable)));
    kept_ = std::move(loading.flags);
    kept_sets_ = std::move(loading.sets);
    return {};
}

}  // namespace mortise::flags
