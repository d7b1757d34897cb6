#include "core/flags/flag_set_repository.hpp"

#include "core/tenancy/rows.hpp"

#include <string>

namespace mortise::flags::repository {
namespace {

using storage::Statement;
using storage::Type;
using tenancy::read_all;
using tenancy::read_one;

const std::vector<Type> kSetColumns{Type::kUuid, Type::kText, Type::kTime, Type::kInteger};
const Statement kFindSet{
    "flags.find_set",
    "SELECT tenant_id, definition, updated_at, version FROM flag_sets WHERE tenant_id = $1",
    {Type::kUuid},
    kSetColumns};
const Statement kAllSets{
    "flags.all_sets", "SELECT tenant_id, definition, updated_at, version FROM flag_sets", {}, kSetColumns};
const Statement kInsertSet{
    "flags.insert_set",
    "INSERT INTO flag_sets (tenant_id, definition, updated_at, version) VALUES ($1, $2, $3, $4)",
    kSetColumns};
const Statement kUpdateSet{"flags.update_set",
                           "UPDATE flag_sets SET definition = $2, updated_at = $3, version = $4 "
                           "WHERE tenant_id = $1 AND version = $5",
                           {Type::kUuid, Type::kText, Type::kTime, Type::kInteger, Type::kInteger}};
const Statement kDeleteSet{"flags.delete_set", "DELETE FROM flag_sets WHERE tenant_id = $1", {Type::kUuid}};

const std::vector<Type> kPlanColumns{Type::kUuid, Type::kText, Type::kText,
                                     Type::kText, Type::kTime, Type::kInteger};
const Statement kPutPlan{
    "flags.put_plan_override",
    "INSERT INTO flag_plan_overrides (id, plan, key, variant, updated_at, version) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key, plan) DO UPDATE SET "
    "variant = excluded.variant, updated_at = excluded.updated_at, version = excluded.version",
    kPlanColumns};
const Statement kFindPlan{"flags.find_plan_override",
                          "SELECT id, plan, key, variant, updated_at, version FROM flag_plan_overrides "
                          "WHERE key = $1 AND plan = $2",
                          {Type::kText, Type::kText},
                          kPlanColumns};
const Statement kAllPlans{"flags.all_plan_overrides",
                          "SELECT id, plan, key, variant, updated_at, version FROM flag_plan_overrides",
                          {},
                          kPlanColumns};
const Statement kDeletePlan{
    "flags.delete_plan_override", "DELETE FROM flag_plan_overrides WHERE id = $1", {Type::kUuid}};
const Statement kDeletePlansOf{
    "flags.delete_plan_overrides_of", "DELETE FROM flag_plan_overrides WHERE key = $1", {Type::kText}};

base::Result<StoredSet> read_set(const storage::Row& row) {
    return StoredSet{.tenant = row.uuid(0),
                     .definition = std::string(row.text(1)),
                     .updated_at = row.integer(2),
                     .version = row.integer(3)};
}

base::Result<PlanOverride> read_plan_override(const storage::Row& row) {
    return PlanOverride{.id = row.uuid(0),
                        .plan = std::string(row.text(1)),
                        .key = std::string(row.text(2)),
                        .variant = std::string(row.text(3)),
                        .updated_at = row.integer(4),
                        .version = row.integer(5)};
}

}  // namespace

base::Result<std::optional<StoredSet>> find_set(storage::Unit& unit, const base::Uuid& tenant) {
    return read_one(unit, kFindSet, {tenant}, read_set);
}

base::Result<std::vector<StoredSet>> all_sets(storage::Unit& unit) {
    return read_all(unit, kAllSets, {}, read_set);
}

base::Result<bool> put_set(storage::Unit& unit, const StoredSet& set) {
    const std::string_view definition = set.definition;
    if (set.version == 1) {
        MORTISE_TRY(unit.run(kInsertSet, {set.tenant, definition, set.updated_at, set.version}));
        return true;
    }
    MORTISE_TRY_ASSIGN(const auto changed, unit.run(kUpdateSet, {set.tenant, definition, set.updated_at,
                                                                 set.version, set.version - 1}));
    return changed == 1;
}

base::Status remove_set(storage::Unit& unit, const base::Uuid& tenant) {
    MORTISE_TRY(unit.run(kDeleteSet, {tenant}));
    return {};
}

base::Status put_plan_override(storage::Unit& unit, const PlanOverride& override) {
    MORTISE_TRY(
        unit.run(kPutPlan, {override.id, std::string_view(override.plan), std::string_view(override.key),
                            std::string_view(override.variant), override.updated_at, override.version}));
    return {};
}

base::Result<std::optional<PlanOverride>> find_plan_override(storage::Unit& unit, std::string_view key,
                                                             std::string_view plan) {
    return read_one(unit, kFindPlan, {key, plan}, read_plan_override);
}

base::Result<std::vector<PlanOverride>> all_plan_overrides(storage::Unit& unit) {
    return read_all(unit, kAllPlans, {}, read_plan_override);
}

base::Status remove_plan_override(storage::Unit& unit, const base::Uuid& id) {
    MORTISE_TRY(unit.run(kDeletePlan, {id}));
    return {};
}

base::Status remove_plan_overrides_of(storage::Unit& unit, std::string_view key) {
    MORTISE_TRY(unit.run(kDeletePlansOf, {key}));
    return {};
}

}  // namespace mortise::flags::repository
