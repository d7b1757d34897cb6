#include "core/flags/snapshot.hpp"

#include "core/flags/flag_repository.hpp"
#include "core/flags/flag_set_builder.hpp"
#include "core/flags/flag_set_repository.hpp"
#include "core/flags/set_definition.hpp"

#include <utility>

namespace mortise::flags {
namespace {

struct LoadedSet {
    SetDefinition definition;
    std::int64_t version = 0;
    std::shared_ptr<const std::string> rules = nullptr;
};
using LoadedSets = std::map<base::Uuid, LoadedSet>;

base::Result<LoadedSets> load_sets(storage::Unit& unit, FlagSetBuilder& builder) {
    MORTISE_TRY_ASSIGN(const auto rows, repository::all_sets(unit));
    LoadedSets sets;
    for (const auto& row : rows) {
        MORTISE_TRY_ASSIGN(auto definition, read_stored_set(row.definition));
        builder.add_metadata(row.tenant, definition.metadata);
        auto rules = rules_json(definition.rules);
        sets[row.tenant] = {std::move(definition), row.version, std::move(rules)};
    }
    return sets;
}

base::Result<std::shared_ptr<const CompiledFlag>> compile(const Flag& row, const LoadedSet& set) {
    const auto definition = parse_definition(row.definition, set.definition.rules, Strictness::kFlagd);
    if (!definition)
        return base::internal_error("the stored flag " + row.key +
                                    " can't be read: " + definition.error().code);
    return std::make_shared<const CompiledFlag>(
        row.key, *definition, merge_metadata(set.definition.metadata, definition->metadata), set.rules);
}

}  // namespace

base::Status FlagStore::add_flags(storage::Unit& unit, FlagSetBuilder& builder, KeptFlags& kept) const {
    MORTISE_TRY_ASSIGN(const auto sets, load_sets(unit, builder));
    MORTISE_TRY_ASSIGN(const auto flags, repository::all(unit));
    static const LoadedSet kNothing;
    for (const auto& row : flags) {
        const auto of_owner = sets.find(row.tenant);
        const auto& set = of_owner == sets.end() ? kNothing : of_owner->second;
        const auto before = kept_.find(row.id);
        auto& now = kept[row.id];
        now = {row.version, set.version, nullptr};
        if (before != kept_.end() && before->second.flag_version == row.version &&
            before->second.set_version == set.version) {
            now.flag = before->second.flag;
        } else {
            MORTISE_TRY_ASSIGN(now.flag, compile(row, set));
        }
        builder.add_flag(row.tenant, now.flag);
    }
    return {};
}

base::Status FlagStore::load(storage::Unit& unit) {
    FlagSetBuilder builder;
    KeptFlags kept;
    MORTISE_TRY(add_flags(unit, builder, kept));
    MORTISE_TRY(repository::each_override(
        unit, [&builder](const base::Uuid& tenant, std::string_view key, std::string_view user,
                         std::string_view variant) { builder.add_override(tenant, key, user, variant); }));
    MORTISE_TRY_ASSIGN(const auto plans, repository::all_plan_overrides(unit));
    for (const auto& row : plans)
        builder.add_plan_override(row.plan, row.key, row.variant);
    set_.replace(std::make_shared<const FlagSet>(builder.build()));
    kept_ = std::move(kept);
    return {};
}

}  // namespace mortise::flags
