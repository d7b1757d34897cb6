#include "core/flags/flag_service.hpp"

#include "core/flags/document.hpp"
#include "core/flags/flag_repository.hpp"
#include "core/flags/flag_set_repository.hpp"
#include "core/flags/service_rules.hpp"
#include "core/flags/snapshot.hpp"
#include "core/tenancy/snapshots.hpp"
#include "core/tenancy/trail.hpp"

#include <utility>

namespace mortise::flags {

base::Result<FlagService::Put> FlagService::put(const base::RequestContext& context, storage::Unit& unit,
                                                std::string_view key, std::string_view definition,
                                                const tenancy::IfMatch& version) {
    MORTISE_TRY(check_flag_key(key));
    StoredSet stored_set;
    MORTISE_TRY_ASSIGN(const auto set, read_set(context.tenant, unit, stored_set));
    MORTISE_TRY_ASSIGN(const auto parsed, parse_definition(definition, set.rules));
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    MORTISE_TRY_ASSIGN(auto stored, store(context, unit, key, parsed, version));
    MORTISE_TRY(tenancy::record(context, unit, clock_, stored.created ? "flag.created" : "flag.updated",
                                trail_object(key)));
    return stored;
}

base::Result<FlagService::Put> FlagService::store(const base::RequestContext& context, storage::Unit& unit,
                                                  std::string_view key, const Definition& definition,
                                                  const tenancy::IfMatch& version) {
    MORTISE_TRY_ASSIGN(auto found, repository::find(unit, context.tenant, key));
    if (!found && !context.platform()) {
        MORTISE_TRY_ASSIGN(const auto inherited, repository::find(unit, base::Uuid{}, key));
        if (inherited) return flag_inherited();
    }
    if (found ? !version.admits(found->version) : !version.admits_creation()) return version_mismatch();
    const auto now = clock_.now();
    Put put{.flag = found.value_or(Flag{.id = base::new_uuid(clock_),
                                        .tenant = context.tenant,
                                        .key = std::string(key),
                                        .definition = {},
                                        .created_at = now}),
            .created = !found};
    put.flag.definition = definition.json;
    put.flag.updated_at = now;
    ++put.flag.version;
    if (put.created) {
        MORTISE_TRY(repository::insert(unit, put.flag));
    } else {
        MORTISE_TRY_ASSIGN(const bool saved, repository::update(unit, put.flag));
        if (!saved) return version_mismatch();
    }
    return put;
}

base::Result<FlagService::Import> FlagService::import(const base::RequestContext& context,
                                                      storage::Unit& unit, std::string_view text) {
    StoredSet stored_set;
    MORTISE_TRY_ASSIGN(const auto before, read_set(context.tenant, unit, stored_set));
    MORTISE_TRY_ASSIGN(auto document, parse_document(text, before));
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    Import import{.warnings = std::move(document.warnings)};
    for (const auto& [key, definition] : document.flags) {
        auto stored = store(context, unit, key, definition, {});
        if (!stored) {
            auto error = std::move(stored).error();
            if (error.code == "flag_inherited") error.fields = {{"/flags/" + key, error.code, error.detail}};
            return error;
        }
        ++(stored->created ? import.created : import.updated);
    }
    if (document.changes_set) {
        MORTISE_TRY_ASSIGN(auto broken, broken_by(context.tenant, unit, before, document.set));
        if (!broken.empty()) return invalid_flag(std::move(broken));
        MORTISE_TRY(store_set(unit, stored_set, document.set));
    }
    MORTISE_TRY(tenancy::record(context, unit, clock_, "flags.imported",
                                "flags:" + std::to_string(import.created + import.updated)));
    return import;
}

base::Result<Flag> FlagService::get(const base::RequestContext& context, storage::Unit& unit,
                                    std::string_view key) {
    MORTISE_TRY_ASSIGN(auto own, repository::find(unit, context.tenant, key));
    if (own) return *std::move(own);
    if (!context.platform()) {
        MORTISE_TRY_ASSIGN(auto inherited, repository::find(unit, base::Uuid{}, key));
        if (inherited) return *std::move(inherited);
    }
    return flag_not_found();
}

base::Result<tenancy::Page<Flag>> FlagService::list(const base::RequestContext& context, storage::Unit& unit,
                                                    const tenancy::PageRequest& request) {
    MORTISE_TRY_ASSIGN(const auto bounds, tenancy::page_bounds(request));
    MORTISE_TRY_ASSIGN(auto rows, repository::page(unit, context.tenant, bounds));
    return tenancy::make_page(std::move(rows), bounds.limit);
}

base::Status FlagService::remove(const base::RequestContext& context, storage::Unit& unit,
                                 std::string_view key, const tenancy::IfMatch& version) {
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    MORTISE_TRY_ASSIGN(const auto flag, get(context, unit, key));
    if (flag.tenant != context.tenant) return flag_inherited();
    if (!version.admits(flag.version)) return version_mismatch();
    MORTISE_TRY(repository::remove(unit, flag));
    if (context.platform()) MORTISE_TRY(repository::remove_plan_overrides_of(unit, key));
    return tenancy::record(context, unit, clock_, "flag.deleted", trail_object(key));
}

}  // namespace mortise::flags
