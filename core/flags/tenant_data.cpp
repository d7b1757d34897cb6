#include "core/flags/tenant_data.hpp"

#include "core/flags/change_request.hpp"
#include "core/flags/flag_repository.hpp"
#include "core/flags/flag_set_repository.hpp"
#include "core/flags/flag_usage_repository.hpp"
#include "core/flags/history.hpp"
#include "core/flags/snapshot.hpp"
#include "core/tenancy/snapshots.hpp"

#include <nlohmann/json.hpp>

namespace mortise::flags {

using nlohmann::json;

namespace {

std::string id_of(const HistoryOf& of, const HistoryEntry& entry) {
    return std::string(of.environment) + '/' + std::string(of.space) + '/' + std::string(of.key) + '/' +
           std::to_string(entry.number);
}

json to_json(const HistoryOf& of, const HistoryEntry& entry) {
    return {{"environment", of.environment},
            {"key", of.key},
            {"number", entry.number},
            {"kind", entry.kind},
            {"subject", entry.subject},
            {"action", entry.action},
            {"was", entry.was ? json(*entry.was) : json()},
            {"became", entry.became ? json(*entry.became) : json()},
            {"author", entry.author.id.is_nil() ? json() : json(entry.author.id.to_string())},
            {"comment", entry.comment},
            {"done_at", entry.done_at}};
}

}  // namespace

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
    return repository::each_history(unit, tenant, [&sink](const HistoryOf& of, const HistoryEntry& entry) {
        return sink("flag_history", id_of(of, entry), to_json(of, entry).dump());
    });
}

base::Status FlagData::remove_rows(storage::Unit& unit, const base::Uuid& tenant) {
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    MORTISE_TRY(repository::remove_set(unit, tenant));
    MORTISE_TRY(repository::remove_history(unit, tenant));
    MORTISE_TRY(repository::remove_flag_usage(unit, tenant));
    MORTISE_TRY(repository::remove_requests(unit, tenant));
    return repository::remove_all(unit, tenant);
}

}  // namespace mortise::flags
