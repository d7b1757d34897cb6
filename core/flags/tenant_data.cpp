#include "core/flags/tenant_data.hpp"

#include "core/flags/change_request.hpp"
#include "core/flags/environment_repository.hpp"
#include "core/flags/flag_repository.hpp"
#include "core/flags/flag_set_repository.hpp"
#include "core/flags/flag_usage_repository.hpp"
#include "core/flags/gone_flag_repository.hpp"
#include "core/flags/history.hpp"
#include "core/flags/override_repository.hpp"
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

json entry_json(const HistoryOf& of, const HistoryEntry& entry) {
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

// Sets, segments and what is required in environments.
static base::Status export_shared(storage::Unit& unit, const base::Uuid& tenant,
                                  const tenancy::ExportSink& sink) {
    MORTISE_TRY_ASSIGN(const auto sets, repository::sets_of(unit, tenant));
    for (const auto& set : sets) {
        const json row{{"environment", set.environment},
                       {"definition", json::parse(set.definition)},
                       {"updated_at", set.updated_at}};
        const auto id = tenant.to_string() + (in_production(set.environment) ? "" : "/" + set.environment);
        MORTISE_TRY(sink("flag_set", id, row.dump()));
    }
    MORTISE_TRY_ASSIGN(const auto segments, repository::segments_of(unit, tenant));
    for (const auto& segment : segments) {
        const json row{{"key", segment.key},
                       {"environment", segment.environment},
                       {"definition", json::parse(segment.definition)},
                       {"created_at", segment.created_at},
                       {"updated_at", segment.updated_at}};
        MORTISE_TRY(sink("flag_segment", segment.id.to_string(), row.dump()));
    }
    MORTISE_TRY_ASSIGN(const auto environments, repository::environments_of(unit, tenant));
    for (const auto& one : environments) {
        const json row{{"description", one.description},
                       {"approvals_required", one.approvals_required},
                       {"updated_at", one.updated_at}};
        MORTISE_TRY(sink("flag_environment", one.name, row.dump()));
    }
    return {};
}

base::Status FlagData::export_rows(storage::Unit& unit, const base::Uuid& tenant,
                                   const tenancy::ExportSink& sink) {
    MORTISE_TRY_ASSIGN(const auto flags, repository::own(unit, tenant));
    for (const auto& flag : flags) {
        const auto& state = flag.state;
        const json row{{"key", flag.key},
                       {"environment", flag.environment},
                       {"definition", json::parse(flag.definition)},
                       {"killed_at", state.killed_at},
                       {"kill_reason", state.kill_reason},
                       {"archived_at", state.archived_at},
                       {"created_at", flag.created_at},
                       {"updated_at", flag.updated_at}};
        MORTISE_TRY(sink("flag", flag.id.to_string(), row.dump()));
    }
    MORTISE_TRY(export_shared(unit, tenant, sink));
    MORTISE_TRY_ASSIGN(const auto overrides, repository::overrides(unit, tenant));
    for (const auto& override : overrides) {
        const json row{{"key", override.key},
                       {"environment", override.environment},
                       {"targeting_key", override.targeting_key},
                       {"variant", override.variant},
                       {"updated_at", override.updated_at}};
        MORTISE_TRY(sink("flag_override", override.id.to_string(), row.dump()));
    }
    return repository::each_history(unit, tenant, [&sink](const HistoryOf& of, const HistoryEntry& entry) {
        return sink("flag_history", id_of(of, entry), entry_json(of, entry).dump());
    });
}

base::Status FlagData::remove_rows(storage::Unit& unit, const base::Uuid& tenant) {
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    MORTISE_TRY(repository::remove_shared(unit, tenant));
    MORTISE_TRY(repository::remove_history(unit, tenant));
    MORTISE_TRY(repository::forget_gone_of(unit, tenant));
    MORTISE_TRY(repository::remove_flag_usage(unit, tenant));
    MORTISE_TRY(repository::remove_requests(unit, tenant));
    MORTISE_TRY(repository::remove_environments_of(unit, tenant));
    MORTISE_TRY(repository::remove_overrides_of_tenant(unit, tenant));
    return repository::remove_all(unit, tenant);
}

}  // namespace mortise::flags
