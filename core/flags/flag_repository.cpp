#include "core/flags/flag_repository.hpp"

#include "core/tenancy/rows.hpp"

#include <string>
#include <utility>

namespace mortise::flags::repository {
namespace {

using storage::Statement;
using storage::Type;
using tenancy::read_all;
using tenancy::read_one;

#define MORTISE_FLAG_COLUMNS "f.id, f.tenant_id, f.key, f.definition, f.created_at, f.updated_at, f.version"
const std::vector<Type> kFlagColumns{Type::kUuid, Type::kUuid, Type::kText,   Type::kText,
                                     Type::kTime, Type::kTime, Type::kInteger};
#define MORTISE_OVERRIDE_COLUMNS "id, key, targeting_key, variant, updated_at, version"
const std::vector<Type> kOverrideColumns{Type::kUuid, Type::kText, Type::kText,
                                         Type::kText, Type::kTime, Type::kInteger};

const Statement kInsert{"flags.insert",
                        "INSERT INTO flags (id, tenant_id, key, definition, created_at, updated_at, version) "
                        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                        kFlagColumns};
const Statement kUpdate{"flags.update",
                        "UPDATE flags SET definition = $2, updated_at = $3, version = $4 "
                        "WHERE id = $1 AND version = $5",
                        {Type::kUuid, Type::kText, Type::kTime, Type::kInteger, Type::kInteger}};
const Statement kDelete{"flags.delete", "DELETE FROM flags WHERE id = $1", {Type::kUuid}};
const Statement kDeleteOverridesOfFlag{"flags.delete_overrides_of_flag",
                                       "DELETE FROM flag_overrides WHERE tenant_id = $1 AND key = $2",
                                       {Type::kUuid, Type::kText}};
// A tenant that has a flag of the same key keeps its overrides: they are of its own flag.
const Statement kDeleteInheritedOverrides{
    "flags.delete_inherited_overrides",
    "DELETE FROM flag_overrides WHERE key = $1 AND NOT EXISTS (SELECT 1 FROM flags f "
    "WHERE f.tenant_id = flag_overrides.tenant_id AND f.key = flag_overrides.key)",
    {Type::kText}};
const Statement kFind{"flags.find",
                      "SELECT " MORTISE_FLAG_COLUMNS " FROM flags f WHERE f.tenant_id = $1 AND f.key = $2",
                      {Type::kUuid, Type::kText},
                      kFlagColumns};
const Statement kPage{
    "flags.list",
    "SELECT " MORTISE_FLAG_COLUMNS
    " FROM flags f WHERE f.id > $3 AND (f.tenant_id = $1 OR (f.tenant_id = $2 AND NOT EXISTS "
    "(SELECT 1 FROM flags o WHERE o.tenant_id = $1 AND o.key = f.key))) ORDER BY f.id LIMIT $4",
    {Type::kUuid, Type::kUuid, Type::kUuid, Type::kInteger},
    kFlagColumns};
const Statement kOwn{"flags.own",
                     "SELECT " MORTISE_FLAG_COLUMNS " FROM flags f WHERE f.tenant_id = $1 ORDER BY f.key",
                     {Type::kUuid},
                     kFlagColumns};
const Statement kAll{"flags.all", "SELECT " MORTISE_FLAG_COLUMNS " FROM flags f", {}, kFlagColumns};

const Statement kPutOverride{
    "flags.put_override",
    "INSERT INTO flag_overrides (id, tenant_id, key, targeting_key, variant, updated_at, version) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, key, targeting_key) DO UPDATE SET "
    "variant = excluded.variant, updated_at = excluded.updated_at, version = excluded.version",
    {Type::kUuid, Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kTime, Type::kInteger}};
const Statement kFindOverride{"flags.find_override",
                              "SELECT " MORTISE_OVERRIDE_COLUMNS
                              " FROM flag_overrides WHERE tenant_id = $1 AND key = $2 AND targeting_key = $3",
                              {Type::kUuid, Type::kText, Type::kText},
                              kOverrideColumns};
const Statement kOverrides{"flags.overrides",
                           "SELECT " MORTISE_OVERRIDE_COLUMNS
                           " FROM flag_overrides WHERE tenant_id = $1 ORDER BY key, targeting_key",
                           {Type::kUuid},
                           kOverrideColumns};
const Statement kAllOverrides{"flags.all_overrides",
                              "SELECT tenant_id, key, targeting_key, variant FROM flag_overrides",
                              {},
                              {Type::kUuid, Type::kText, Type::kText, Type::kText}};
const Statement kDeleteOverride{
    "flags.delete_override", "DELETE FROM flag_overrides WHERE id = $1", {Type::kUuid}};
const Statement kDeleteOverridesOfTenant{
    "flags.delete_overrides_of_tenant", "DELETE FROM flag_overrides WHERE tenant_id = $1", {Type::kUuid}};
const Statement kDeleteOfTenant{
    "flags.delete_of_tenant", "DELETE FROM flags WHERE tenant_id = $1", {Type::kUuid}};

base::Result<Flag> read_flag(const storage::Row& row) {
    return Flag{.id = row.uuid(0),
                .tenant = row.uuid(1),
                .key = std::string(row.text(2)),
                .definition = std::string(row.text(3)),
                .created_at = row.integer(4),
                .updated_at = row.integer(5),
                .version = row.integer(6)};
}

base::Result<Override> read_override(const storage::Row& row) {
    return Override{.id = row.uuid(0),
                    .key = std::string(row.text(1)),
                    .targeting_key = std::string(row.text(2)),
                    .variant = std::string(row.text(3)),
                    .updated_at = row.integer(4),
                    .version = row.integer(5)};
}

}  // namespace

base::Status insert(storage::Unit& unit, const Flag& flag) {
    MORTISE_TRY(unit.run(kInsert,
                         {flag.id, flag.tenant, std::string_view(flag.key), std::string_view(flag.definition),
                          flag.created_at, flag.updated_at, flag.version}));
    return {};
}

base::Result<bool> update(storage::Unit& unit, const Flag& flag) {
    MORTISE_TRY_ASSIGN(const auto changed,
                       unit.run(kUpdate, {flag.id, std::string_view(flag.definition), flag.updated_at,
                                          flag.version, flag.version - 1}));
    return changed == 1;
}

base::Status remove(storage::Unit& unit, const Flag& flag) {
    MORTISE_TRY(unit.run(kDelete, {flag.id}));
    if (flag.tenant.is_nil())
        MORTISE_TRY(unit.run(kDeleteInheritedOverrides, {std::string_view(flag.key)}));
    else
        MORTISE_TRY(unit.run(kDeleteOverridesOfFlag, {flag.tenant, std::string_view(flag.key)}));
    return {};
}

base::Result<std::optional<Flag>> find(storage::Unit& unit, const base::Uuid& tenant, std::string_view key) {
    return read_one(unit, kFind, {tenant, key}, read_flag);
}

base::Result<std::vector<Flag>> page(storage::Unit& unit, const base::Uuid& tenant,
                                     const tenancy::PageBounds& bounds) {
    return read_all(unit, kPage, {tenant, base::Uuid{}, bounds.after, std::int64_t{bounds.limit} + 1},
                    read_flag);
}

base::Result<std::vector<Flag>> own(storage::Unit& unit, const base::Uuid& tenant) {
    return read_all(unit, kOwn, {tenant}, read_flag);
}

base::Result<std::vector<Flag>> all(storage::Unit& unit) {
    return read_all(unit, kAll, {}, read_flag);
}

base::Status put(storage::Unit& unit, const base::Uuid& tenant, const Override& override) {
    MORTISE_TRY(unit.run(
        kPutOverride,
        {override.id, tenant, std::string_view(override.key), std::string_view(override.targeting_key),
         std::string_view(override.variant), override.updated_at, override.version}));
    return {};
}

base::Result<std::optional<Override>> find_override(storage::Unit& unit, const base::Uuid& tenant,
                                                    std::string_view key, std::string_view targeting_key) {
    return read_one(unit, kFindOverride, {tenant, key, targeting_key}, read_override);
}

base::Result<std::vector<Override>> overrides(storage::Unit& unit, const base::Uuid& tenant) {
    return read_all(unit, kOverrides, {tenant}, read_override);
}

base::Status each_override(storage::Unit& unit, const OverrideSink& sink) {
    MORTISE_TRY(unit.run(kAllOverrides, {}, [&sink](const storage::Row& row) {
        sink(row.uuid(0), row.text(1), row.text(2), row.text(3));
        return true;
    }));
    return {};
}

base::Status remove_override(storage::Unit& unit, const base::Uuid& id) {
    MORTISE_TRY(unit.run(kDeleteOverride, {id}));
    return {};
}

base::Status remove_all(storage::Unit& unit, const base::Uuid& tenant) {
    MORTISE_TRY(unit.run(kDeleteOverridesOfTenant, {tenant}));
    MORTISE_TRY(unit.run(kDeleteOfTenant, {tenant}));
    return {};
}

}  // namespace mortise::flags::repository
