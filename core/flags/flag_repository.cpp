#include "core/flags/flag_repository.hpp"

#include "core/tenancy/rows.hpp"

#include <iterator>
#include <string>
#include <utility>

namespace mortise::flags::repository {
namespace {

using storage::Statement;
using storage::Type;
using tenancy::read_all;
using tenancy::read_both;
using tenancy::read_one;

#define MORTISE_FLAG_COLUMNS                                                             \
    "f.id, f.tenant_id, f.key, f.definition, f.created_at, f.updated_at, f.version, "    \
    "COALESCE(s.killed_at, 0), COALESCE(s.killed_by, ''), COALESCE(s.kill_reason, ''), " \
    "COALESCE(s.archived_at, 0)"
#define MORTISE_FLAG_STATE " LEFT JOIN flag_states s ON s.tenant_id = f.tenant_id AND s.key = f.key "
const std::vector<Type> kFlagColumns{Type::kUuid, Type::kUuid, Type::kText,    Type::kText,
                                     Type::kTime, Type::kTime, Type::kInteger, Type::kInteger,
                                     Type::kText, Type::kText, Type::kInteger};
const std::vector<Type> kFlagColumnsIn{Type::kUuid, Type::kUuid, Type::kText,    Type::kText,
                                       Type::kTime, Type::kTime, Type::kInteger, Type::kInteger,
                                       Type::kText, Type::kText, Type::kInteger, Type::kText};

const Statement kInsert{
    "flags.insert",
    "INSERT INTO flags (id, tenant_id, key, definition, created_at, updated_at, version) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)",
    {Type::kUuid, Type::kUuid, Type::kText, Type::kText, Type::kTime, Type::kTime, Type::kInteger}};
const Statement kInsertIn{
    "flags.insert_in",
    "INSERT INTO environment_flags (id, tenant_id, key, definition, created_at, updated_at, version, "
    "environment) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    {Type::kUuid, Type::kUuid, Type::kText, Type::kText, Type::kTime, Type::kTime, Type::kInteger,
     Type::kText}};
const std::vector<Type> kUpdateTypes{Type::kUuid, Type::kText, Type::kTime, Type::kInteger, Type::kInteger};
const Statement kUpdate{"flags.update",
                        "UPDATE flags SET definition = $2, updated_at = $3, version = $4 "
                        "WHERE id = $1 AND version = $5",
                        kUpdateTypes};
const Statement kUpdateIn{"flags.update_in",
                          "UPDATE environment_flags SET definition = $2, updated_at = $3, version = $4 "
                          "WHERE id = $1 AND version = $5",
                          kUpdateTypes};
const Statement kDelete{"flags.delete", "DELETE FROM flags WHERE id = $1", {Type::kUuid}};
const Statement kDeleteIn{"flags.delete_in", "DELETE FROM environment_flags WHERE id = $1", {Type::kUuid}};

const std::vector<Type> kOwnerAndKey{Type::kUuid, Type::kText};
const Statement kFind{"flags.find",
                      "SELECT " MORTISE_FLAG_COLUMNS " FROM flags f" MORTISE_FLAG_STATE
                      "WHERE f.tenant_id = $1 AND f.key = $2",
                      kOwnerAndKey, kFlagColumns};
const Statement kFindIn{"flags.find_in",
                        "SELECT " MORTISE_FLAG_COLUMNS
                        ", f.environment FROM environment_flags f" MORTISE_FLAG_STATE
                        "WHERE f.tenant_id = $1 AND f.key = $2 AND f.environment = $3",
                        {Type::kUuid, Type::kText, Type::kText},
                        kFlagColumnsIn};

const Statement kCount{"flags.count_definitions",
                       "SELECT (SELECT COUNT(*) FROM flags WHERE tenant_id = $1 AND key = $2) + "
                       "(SELECT COUNT(*) FROM environment_flags WHERE tenant_id = $1 AND key = $2)",
                       kOwnerAndKey,
                       {Type::kInteger}};

#define MORTISE_ARCHIVED "CASE WHEN COALESCE(s.archived_at, 0) > 0 THEN 1 ELSE 0 END"
const Statement kPage{
    "flags.list",
    "SELECT " MORTISE_FLAG_COLUMNS " FROM flags f" MORTISE_FLAG_STATE "WHERE f.id > $3 AND " MORTISE_ARCHIVED
    " = $5 AND (f.tenant_id = $1 OR (f.tenant_id = $2 AND NOT EXISTS "
    "(SELECT 1 FROM flags o WHERE o.tenant_id = $1 AND o.key = f.key))) ORDER BY f.id LIMIT $4",
    {Type::kUuid, Type::kUuid, Type::kUuid, Type::kInteger, Type::kInteger},
    kFlagColumns};
// What the environment has itself, then what of production nothing there stands before.
const Statement kPageIn{
    "flags.list_in",
    "SELECT " MORTISE_FLAG_COLUMNS
    ", f.environment FROM (SELECT e.id, e.tenant_id, e.key, e.definition, e.created_at, e.updated_at, "
    "e.version, e.environment FROM environment_flags e WHERE e.environment = $6 "
    "UNION ALL SELECT p.id, p.tenant_id, p.key, p.definition, p.created_at, p.updated_at, p.version, "
    "'production' FROM flags p WHERE NOT EXISTS (SELECT 1 FROM environment_flags e "
    "WHERE e.tenant_id = p.tenant_id AND e.key = p.key AND e.environment = $6)) f" MORTISE_FLAG_STATE
    "WHERE f.id > $3 AND " MORTISE_ARCHIVED
    " = $5 AND (f.tenant_id = $1 OR (f.tenant_id = $2 "
    "AND NOT EXISTS (SELECT 1 FROM flags o WHERE o.tenant_id = $1 AND o.key = f.key) "
    "AND NOT EXISTS (SELECT 1 FROM environment_flags o WHERE o.tenant_id = $1 AND o.key = f.key "
    "AND o.environment = $6))) ORDER BY f.id LIMIT $4",
    {Type::kUuid, Type::kUuid, Type::kUuid, Type::kInteger, Type::kInteger, Type::kText},
    kFlagColumnsIn};
const Statement kOwn{"flags.own",
                     "SELECT " MORTISE_FLAG_COLUMNS " FROM flags f" MORTISE_FLAG_STATE
                     "WHERE f.tenant_id = $1 ORDER BY f.key",
                     {Type::kUuid},
                     kFlagColumns};
const Statement kOwnIn{"flags.own_in",
                       "SELECT " MORTISE_FLAG_COLUMNS
                       ", f.environment FROM environment_flags f" MORTISE_FLAG_STATE
                       "WHERE f.tenant_id = $1 ORDER BY f.key, f.environment",
                       {Type::kUuid},
                       kFlagColumnsIn};
const Statement kAll{
    "flags.all", "SELECT " MORTISE_FLAG_COLUMNS " FROM flags f" MORTISE_FLAG_STATE, {}, kFlagColumns};
const Statement kAllIn{"flags.all_in",
                       "SELECT " MORTISE_FLAG_COLUMNS
                       ", f.environment FROM environment_flags f" MORTISE_FLAG_STATE,
                       {},
                       kFlagColumnsIn};

#define MORTISE_HAS_PREREQUISITES " WHERE tenant_id <> $1 AND definition LIKE '%\"prerequisites\"%'"
const Statement kWithPrerequisites{
    "flags.with_prerequisites",
    "SELECT tenant_id, definition FROM flags" MORTISE_HAS_PREREQUISITES
    " UNION ALL SELECT tenant_id, definition FROM environment_flags" MORTISE_HAS_PREREQUISITES,
    {Type::kUuid},
    {Type::kUuid, Type::kText}};

const Statement kFindState{
    "flags.find_state",
    "SELECT killed_at, killed_by, kill_reason, archived_at FROM flag_states WHERE tenant_id = $1 AND key = $2",
    kOwnerAndKey,
    {Type::kTime, Type::kText, Type::kText, Type::kTime}};
const Statement kPutState{
    "flags.put_state",
    "INSERT INTO flag_states (tenant_id, key, killed_at, killed_by, kill_reason, archived_at) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, key) DO UPDATE SET "
    "killed_at = excluded.killed_at, killed_by = excluded.killed_by, kill_reason = excluded.kill_reason, "
    "archived_at = excluded.archived_at",
    {Type::kUuid, Type::kText, Type::kTime, Type::kText, Type::kText, Type::kTime}};
const std::vector<Type> kTouchTypes{Type::kUuid, Type::kText, Type::kTime};
const Statement kTouch{
    "flags.touch",
    "UPDATE flags SET updated_at = $3, version = version + 1 WHERE tenant_id = $1 AND key = $2", kTouchTypes};
const Statement kTouchIn{
    "flags.touch_in",
    "UPDATE environment_flags SET updated_at = $3, version = version + 1 WHERE tenant_id = $1 AND key = $2",
    kTouchTypes};

const Statement kRaise{"flags.raise_version",
                       "UPDATE flags SET version = $3 WHERE tenant_id = $1 AND key = $2 AND version < $3",
                       {Type::kUuid, Type::kText, Type::kInteger}};
const Statement kFindInAll{"flags.find_in_all",
                           "SELECT " MORTISE_FLAG_COLUMNS
                           ", f.environment FROM environment_flags f" MORTISE_FLAG_STATE
                           "WHERE f.tenant_id = $1 AND f.key = $2 ORDER BY f.environment",
                           kOwnerAndKey, kFlagColumnsIn};

const std::vector<Statement> kDeleteEverywhere{
    {"flags.delete_key", "DELETE FROM flags WHERE tenant_id = $1 AND key = $2", kOwnerAndKey},
    {"flags.delete_key_in", "DELETE FROM environment_flags WHERE tenant_id = $1 AND key = $2", kOwnerAndKey},
    {"flags.delete_state", "DELETE FROM flag_states WHERE tenant_id = $1 AND key = $2", kOwnerAndKey}};
const std::vector<Statement> kDeleteOfTenant{
    {"flags.delete_of_tenant", "DELETE FROM flags WHERE tenant_id = $1", {Type::kUuid}},
    {"flags.delete_of_tenant_in", "DELETE FROM environment_flags WHERE tenant_id = $1", {Type::kUuid}},
    {"flags.delete_states", "DELETE FROM flag_states WHERE tenant_id = $1", {Type::kUuid}}};
const Statement kDeleteEnvironment{
    "flags.delete_environment", "DELETE FROM environment_flags WHERE environment = $1", {Type::kText}};

base::Result<Flag> read_flag(const storage::Row& row) {
    return Flag{.id = row.uuid(0),
                .tenant = row.uuid(1),
                .key = std::string(row.text(2)),
                .definition = std::string(row.text(3)),
                .created_at = row.integer(4),
                .updated_at = row.integer(5),
                .version = row.integer(6),
                .environment = std::string(row.size() > 11 ? row.text(11) : kProduction),
                .state = {.killed_at = row.integer(7),
                          .killed_by = std::string(row.text(8)),
                          .kill_reason = std::string(row.text(9)),
                          .archived_at = row.integer(10)}};
}

}  // namespace

base::Status insert(storage::Unit& unit, const Flag& flag) {
    const std::string_view key = flag.key, definition = flag.definition;
    if (in_production(flag.environment)) {
        MORTISE_TRY(unit.run(kInsert, {flag.id, flag.tenant, key, definition, flag.created_at,
                                       flag.updated_at, flag.version}));
    } else {
        MORTISE_TRY(unit.run(kInsertIn, {flag.id, flag.tenant, key, definition, flag.created_at,
                                         flag.updated_at, flag.version, std::string_view(flag.environment)}));
    }
    return {};
}

base::Result<bool> update(storage::Unit& unit, const Flag& flag) {
    MORTISE_TRY_ASSIGN(const auto changed, unit.run(in_production(flag.environment) ? kUpdate : kUpdateIn,
                                                    {flag.id, std::string_view(flag.definition),
                                                     flag.updated_at, flag.version, flag.version - 1}));
    return changed == 1;
}

base::Status remove(storage::Unit& unit, const Flag& flag) {
    MORTISE_TRY(unit.run(in_production(flag.environment) ? kDelete : kDeleteIn, {flag.id}));
    return {};
}

base::Status raise_version(storage::Unit& unit, const base::Uuid& tenant, std::string_view key,
                           std::int64_t least) {
    MORTISE_TRY(unit.run(kRaise, {tenant, key, least}));
    return {};
}

base::Result<std::vector<Flag>> outside_production(storage::Unit& unit, const base::Uuid& tenant,
                                                   std::string_view key) {
    return read_all(unit, kFindInAll, {tenant, key}, read_flag);
}

base::Status remove_everywhere(storage::Unit& unit, const base::Uuid& tenant, std::string_view key) {
    for (const auto& statement : kDeleteEverywhere)
        MORTISE_TRY(unit.run(statement, {tenant, key}));
    return {};
}

base::Result<std::optional<Flag>> find(storage::Unit& unit, const base::Uuid& tenant, std::string_view key,
                                       std::string_view environment) {
    if (in_production(environment)) return read_one(unit, kFind, {tenant, key}, read_flag);
    return read_one(unit, kFindIn, {tenant, key, environment}, read_flag);
}

base::Result<std::optional<Flag>> find_effective(storage::Unit& unit, const base::Uuid& tenant,
                                                 std::string_view key, std::string_view environment) {
    MORTISE_TRY_ASSIGN(auto found, find(unit, tenant, key, environment));
    if (found || in_production(environment)) return found;
    return find(unit, tenant, key, kProduction);
}

base::Result<bool> exists(storage::Unit& unit, const base::Uuid& tenant, std::string_view key) {
    MORTISE_TRY_ASSIGN(const auto count, tenancy::read_count(unit, kCount, {tenant, key}));
    return count > 0;
}

base::Result<std::vector<Flag>> page(storage::Unit& unit, const PageOf& of,
                                     const tenancy::PageBounds& bounds) {
    const std::int64_t archived = of.archived ? 1 : 0;
    if (in_production(of.environment))
        return read_all(unit, kPage,
                        {of.tenant, base::Uuid{}, bounds.after, std::int64_t{bounds.limit} + 1, archived},
                        read_flag);
    return read_all(
        unit, kPageIn,
        {of.tenant, base::Uuid{}, bounds.after, std::int64_t{bounds.limit} + 1, archived, of.environment},
        read_flag);
}

base::Result<std::vector<Flag>> own(storage::Unit& unit, const base::Uuid& tenant) {
    return read_both(unit, kOwn, kOwnIn, {tenant}, read_flag);
}

base::Result<std::vector<Flag>> all(storage::Unit& unit) {
    return read_both(unit, kAll, kAllIn, {}, read_flag);
}

base::Status each_with_prerequisites(storage::Unit& unit, const DefinitionSink& sink) {
    MORTISE_TRY(unit.run(kWithPrerequisites, {base::Uuid{}}, [&sink](const storage::Row& row) {
        sink(row.uuid(0), row.text(1));
        return true;
    }));
    return {};
}

base::Result<FlagState> find_state(storage::Unit& unit, const base::Uuid& tenant, std::string_view key) {
    MORTISE_TRY_ASSIGN(auto found, read_one(unit, kFindState, {tenant, key}, [](const storage::Row& row) {
                           return base::Result<FlagState>(FlagState{.killed_at = row.integer(0),
                                                                    .killed_by = std::string(row.text(1)),
                                                                    .kill_reason = std::string(row.text(2)),
                                                                    .archived_at = row.integer(3)});
                       }));
    return std::move(found).value_or(FlagState());
}

base::Status put_state(storage::Unit& unit, const base::Uuid& tenant, std::string_view key,
                       const FlagState& state) {
    MORTISE_TRY(unit.run(kPutState, {tenant, key, state.killed_at, std::string_view(state.killed_by),
                                     std::string_view(state.kill_reason), state.archived_at}));
    return {};
}

base::Status touch(storage::Unit& unit, const base::Uuid& tenant, std::string_view key, base::Micros now) {
    MORTISE_TRY(unit.run(kTouch, {tenant, key, now}));
    MORTISE_TRY(unit.run(kTouchIn, {tenant, key, now}));
    return {};
}

base::Status remove_all(storage::Unit& unit, const base::Uuid& tenant) {
    for (const auto& statement : kDeleteOfTenant)
        MORTISE_TRY(unit.run(statement, {tenant}));
    return {};
}

base::Status remove_environment(storage::Unit& unit, std::string_view environment) {
    MORTISE_TRY(unit.run(kDeleteEnvironment, {environment}));
    return {};
}

}  // namespace mortise::flags::repository
