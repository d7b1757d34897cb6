#include "core/flags/tenant_data.hpp"

#include "core/flags/flag_repository.hpp"
#include "core/flags/flag_set_repository.hpp"
#include "core/flags/snapshot.hpp"
#include "core/tenancy/snapshots.hpp"

#include <nlohmann/json.hpp>

namespace mortise::flags {

using nlohmann::json;

base::Status FlagData::export_rows(storage::Unit& unit, const base::Uuid& tenant,
                                   const tenancy::ExportSink& sink) {
    MORTISE_TRY_ASSIGN(const auto flags, repository::own(unit, tenant));
    for (const auto& flag : flags) {
        const json row{{"key", flag.key},
                       {"definition", json::parse(flag.definition)},
                       {"created_at", flag.created_at},
                       {"updated_at", flag.updated_at}};
        MORTISE_TRY(sink("flag", flag.id.to_string(), row.dump()));
    }
    MORTISE_TRY_ASSIGN(const auto set, repository::find_set(unit, tenant));
    if (set) {
        const json row{{"definition", json::parse(set->definition)}, {"updated_at", set->updated_at}};
        MORTISE_TRY(sink("flag_set", tenant.to_string(), row.dump()));
    }
    MORTISE_TRY_ASSIGN(const auto overrides, repository::overrides(unit, tenant));
    for (const auto& override : overrides) {
        const json row{{"key", override.key},
                       {"targeting_key", override.targeting_key},
                       {"variant", override.variant},
                       {"updated_at", override.updated_at}};
        MORTISE_TRY(sink("flag_override", override.id.to_string(), row.dump()));
    }
    return {};
}

base::Status FlagData::remove_rows(storage::Unit& unit, const base::Uuid& tenant) {
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    MORTISE_TRY(repository::remove_set(unit, tenant));
    return repository::remove_all(unit, tenant);
}

}  // namespace mortise::flags
