#include "core/flags/environment_repository.hpp"

#include "core/tenancy/rows.hpp"

namespace mortise::flags::repository {
namespace {

using storage::Statement;
using storage::Type;
using tenancy::read_all;
using tenancy::read_one;

const Statement kEnvironmentNames{"flags.environment_names",
                                  "SELECT name FROM flag_environments WHERE tenant_id = $1 ORDER BY name",
                                  {Type::kUuid},
                                  {Type::kText}};
#define MORTISE_ENVIRONMENT_COLUMNS "name, description, approvals_required, created_at, updated_at, version"
const std::vector<Type> kEnvironmentColumns{Type::kText, Type::kText, Type::kInteger,
                                            Type::kTime, Type::kTime, Type::kInteger};
const Statement kEnvironmentsOfOwner{"flags.environments_of",
                                     "SELECT " MORTISE_ENVIRONMENT_COLUMNS
                                     " FROM flag_environments WHERE tenant_id = $1 ORDER BY name",
                                     {Type::kUuid},
                                     kEnvironmentColumns};
const Statement kFindEnvironment{"flags.find_environment",
                                 "SELECT " MORTISE_ENVIRONMENT_COLUMNS
                                 " FROM flag_environments WHERE tenant_id = $1 AND name = $2",
                                 {Type::kUuid, Type::kText},
                                 kEnvironmentColumns};
const Statement kInsertEnvironment{
    "flags.insert_environment",
    "INSERT INTO flag_environments (tenant_id, " MORTISE_ENVIRONMENT_COLUMNS
    ") VALUES ($1, $2, $3, $4, $5, $6, $7)",
    {Type::kUuid, Type::kText, Type::kText, Type::kInteger, Type::kTime, Type::kTime, Type::kInteger}};
const Statement kUpdateEnvironment{
    "flags.update_environment",
    "UPDATE flag_environments SET description = $3, approvals_required = $4, updated_at = $5, version = $6 "
    "WHERE tenant_id = $1 AND name = $2 AND version = $7",
    {Type::kUuid, Type::kText, Type::kText, Type::kInteger, Type::kTime, Type::kInteger, Type::kInteger}};
const Statement kMostApprovals{
    "flags.most_approvals",
    "SELECT coalesce(max(approvals_required), 0) FROM flag_environments WHERE name = $1",
    {Type::kText},
    {Type::kInteger}};
const Statement kDeleteEnvironmentRows{
    "flags.delete_environment_rows", "DELETE FROM flag_environments WHERE name = $1", {Type::kText}};
const Statement kDeleteEnvironmentsOf{
    "flags.delete_environments_of", "DELETE FROM flag_environments WHERE tenant_id = $1", {Type::kUuid}};

base::Result<Environment> read_environment(const storage::Row& row) {
    return Environment{.name = std::string(row.text(0)),
                       .description = std::string(row.text(1)),
                       .approvals_required = row.integer(2),
                       .created_at = row.integer(3),
                       .updated_at = row.integer(4),
                       .version = row.integer(5)};
}

}  // namespace

base::Result<std::vector<std::string>> environment_names(storage::Unit& unit) {
    return read_all(unit, kEnvironmentNames, {base::Uuid{}}, [](const storage::Row& row) {
        return base::Result<std::string>(std::string(row.text(0)));
    });
}

base::Result<std::vector<Environment>> environments_of(storage::Unit& unit, const base::Uuid& tenant) {
    return read_all(unit, kEnvironmentsOfOwner, {tenant}, read_environment);
}

base::Result<std::optional<Environment>> find_environment(storage::Unit& unit, const base::Uuid& tenant,
                                                          std::string_view name) {
    return read_one(unit, kFindEnvironment, {tenant, name}, read_environment);
}

base::Status insert_environment(storage::Unit& unit, const base::Uuid& tenant, const Environment& made) {
    MORTISE_TRY(unit.run(kInsertEnvironment,
                         {tenant, std::string_view(made.name), std::string_view(made.description),
                          made.approvals_required, made.created_at, made.updated_at, made.version}));
    return {};
}

base::Result<bool> update_environment(storage::Unit& unit, const base::Uuid& tenant,
                                      const Environment& made) {
    MORTISE_TRY_ASSIGN(const auto changed,
                       unit.run(kUpdateEnvironment,
                                {tenant, std::string_view(made.name), std::string_view(made.description),
                                 made.approvals_required, made.updated_at, made.version, made.version - 1}));
    return changed == 1;
}

base::Result<std::int64_t> most_approvals(storage::Unit& unit, std::string_view name) {
    return tenancy::read_count(unit, kMostApprovals, {name});
}

base::Status remove_environment_rows(storage::Unit& unit, std::string_view name) {
    MORTISE_TRY(unit.run(kDeleteEnvironmentRows, {name}));
    return {};
}

base::Status remove_environments_of(storage::Unit& unit, const base::Uuid& tenant) {
    MORTISE_TRY(unit.run(kDeleteEnvironmentsOf, {tenant}));
    return {};
}

}  // namespace mortise::flags::repository
