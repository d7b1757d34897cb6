#include "core/flags/flag_service.hpp"

#include "core/flags/document.hpp"
#include "core/flags/flag_repository.hpp"
#include "core/flags/override_repository.hpp"
#include "core/flags/owner_view.hpp"
#include "core/flags/prerequisites.hpp"
#include "core/flags/service_rules.hpp"
#include "core/flags/snapshot.hpp"
#include "core/tenancy/snapshots.hpp"
#include "core/tenancy/trail.hpp"

#include <iterator>
#include <utility>

namespace mortise::flags {

base::Result<FlagService::Put> FlagService::put(const base::RequestContext& context, storage::Unit& unit,
                                                std::string_view key, std::string_view definition,
                                                const tenancy::IfMatch& version) {
    MORTISE_TRY(check_flag_key(key));
    MORTISE_TRY_ASSIGN(const auto set, effective_set(unit, context.tenant, context.environment));
    MORTISE_TRY_ASSIGN(const auto parsed, parse_definition(definition, set.definition.rules));
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    MORTISE_TRY_ASSIGN(auto stored, store(context, unit, context.environment, key, parsed, version));
    if (parsed.delivery != nullptr && !parsed.delivery->prerequisites.empty()) {
        MORTISE_TRY_ASSIGN(auto faults, check_prerequisites(unit, context.tenant, context.environment,
                                                            {{std::string(key), ""}}));
        if (!faults.empty()) return invalid_flag(std::move(faults));
    }
    MORTISE_TRY(tenancy::record(context, unit, clock_, stored.created ? "flag.created" : "flag.updated",
                                trail_object(key, context.environment)));
    return stored;
}

// Over what is seen there: what production has may be replaced by one of the environment's own.
base::Result<FlagService::Put> FlagService::store(const base::RequestContext& context, storage::Unit& unit,
                                                  std::string_view environment, std::string_view key,
                                                  const Definition& definition,
                                                  const tenancy::IfMatch& version) {
    MORTISE_TRY_ASSIGN(auto seen, repository::find_effective(unit, context.tenant, key, environment));
    if (!seen && !context.platform()) {
        MORTISE_TRY_ASSIGN(const auto inherited,
                           repository::find_effective(unit, base::Uuid{}, key, environment));
        if (inherited) return flag_inherited();
    }
    if (seen ? !version.admits(seen->version) : !version.admits_creation()) return version_mismatch();
    MORTISE_TRY_ASSIGN(const auto state, repository::find_state(unit, context.tenant, key));
    if (state.archived()) return flag_archived();
    const bool fresh = !seen || seen->environment != environment;
    const auto now = clock_.now();
    Put put{.flag = {.id = base::new_uuid(clock_),
                     .tenant = context.tenant,
                     .key = std::string(key),
                     .definition = {},
                     .created_at = now,
                     .version = seen ? seen->version : 0,
                     .environment = std::string(environment),
                     .state = state},
            .created = !seen};
    if (!fresh) put.flag = *std::move(seen);
    put.flag.definition = definition.json;
    put.flag.updated_at = now;
    ++put.flag.version;
    if (fresh) {
        MORTISE_TRY(repository::insert(unit, put.flag));
    } else {
        MORTISE_TRY_ASSIGN(const bool saved, repository::update(unit, put.flag));
        if (!saved) return version_mismatch();
    }
    return put;
}

// Adds to `needing` what has prerequisites, which can be checked only when all is there.
base::Status FlagService::store_all(const base::RequestContext& context, storage::Unit& unit,
                                    const Document& document, Import& import,
                                    std::vector<WrittenFlag>& needing) {
    for (const auto& [key, definition] : document.flags) {
        const std::string at = "/flags/" + key;
        auto stored = store(context, unit, context.environment, key, definition, {});
        if (!stored) {
            auto error = std::move(stored).error();
            if (error.kind == base::ErrorKind::kConflict) error.fields = {{at, error.code, error.detail}};
            return error;
        }
        ++(stored->created ? import.created : import.updated);
        if (definition.delivery != nullptr && !definition.delivery->prerequisites.empty())
            needing.push_back({key, at});
    }
    return {};
}

base::Result<FlagService::Import> FlagService::import(const base::RequestContext& context,
                                                      storage::Unit& unit, std::string_view text) {
    const std::string_view environment = context.environment;
    MORTISE_TRY_ASSIGN(auto set, effective_set(unit, context.tenant, environment));
    MORTISE_TRY_ASSIGN(auto document, parse_document(text, set.definition));
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    SetsBefore before;
    if (document.changes_set) {
        MORTISE_TRY_ASSIGN(const auto views, affected_views(unit, context.tenant, environment));
        before = sets_of_views(views);
    }
    Import import{.warnings = std::move(document.warnings)};
    std::vector<WrittenFlag> needing;
    MORTISE_TRY(store_all(context, unit, document, import, needing));
    std::vector<base::FieldError> faults;
    if (!needing.empty()) {
        MORTISE_TRY_ASSIGN(faults, check_prerequisites(unit, context.tenant, environment, needing));
    }
    if (document.changes_set) {
        MORTISE_TRY(store_set(unit, environment, set.stored, document.set));
        MORTISE_TRY_ASSIGN(const auto after, affected_views(unit, context.tenant, environment));
        auto broken = newly_broken(before, after, "/$evaluators");
        std::move(broken.begin(), broken.end(), std::back_inserter(faults));
    }
    if (!faults.empty()) return invalid_flag(std::move(faults));
    MORTISE_TRY(tenancy::record(context, unit, clock_, "flags.imported",
                                "flags:" + std::to_string(import.created + import.updated)));
    return import;
}

base::Result<Flag> FlagService::get(const base::RequestContext& context, storage::Unit& unit,
                                    std::string_view key) {
    MORTISE_TRY_ASSIGN(auto own, repository::find_effective(unit, context.tenant, key, context.environment));
    if (own) return *std::move(own);
    if (!context.platform()) {
        MORTISE_TRY_ASSIGN(auto inherited,
                           repository::find_effective(unit, base::Uuid{}, key, context.environment));
        if (inherited) return *std::move(inherited);
    }
    return flag_not_found();
}

base::Result<Flag> FlagService::own_flag(const base::RequestContext& context, storage::Unit& unit,
                                         std::string_view key) {
    MORTISE_TRY_ASSIGN(auto flag, get(context, unit, key));
    if (flag.tenant != context.tenant) return flag_inherited();
    return flag;
}

base::Result<tenancy::Page<Flag>> FlagService::list(const base::RequestContext& context, storage::Unit& unit,
                                                    const tenancy::PageRequest& request, bool archived) {
    MORTISE_TRY_ASSIGN(const auto bounds, tenancy::page_bounds(request));
    MORTISE_TRY_ASSIGN(auto rows,
                       repository::page(unit, {context.tenant, context.environment, archived}, bounds));
    return tenancy::make_page(std::move(rows), bounds.limit);
}

base::Status FlagService::remove(const base::RequestContext& context, storage::Unit& unit,
                                 std::string_view key, const tenancy::IfMatch& version) {
    const std::string_view environment = context.environment;
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    MORTISE_TRY_ASSIGN(const auto flag, own_flag(context, unit, key));
    if (!version.admits(flag.version)) return version_mismatch();
    if (flag.environment != environment) return not_in_environment();
    bool remains = false;  // what production has, in the place of what is removed
    if (!in_production(environment)) {
        MORTISE_TRY_ASSIGN(const auto below, repository::find(unit, context.tenant, key, kProduction));
        remains = below.has_value();
    }
    if (!remains) {
        MORTISE_TRY_ASSIGN(const bool needed, is_needed(unit, context.tenant, environment, key));
        if (needed) return flag_in_use();
    }
    if (in_production(environment)) {
        MORTISE_TRY(repository::remove_everywhere(unit, context.tenant, key));
        MORTISE_TRY(repository::remove_overrides_of(unit, context.tenant, key));
    } else {
        MORTISE_TRY(repository::remove(unit, flag));
        MORTISE_TRY(repository::remove_overrides_of(unit, context.tenant, key, environment));
        MORTISE_TRY_ASSIGN(const bool anywhere, repository::exists(unit, context.tenant, key));
        if (!anywhere) MORTISE_TRY(repository::remove_everywhere(unit, context.tenant, key));
    }
    return tenancy::record(context, unit, clock_, "flag.deleted", trail_object(key, environment));
}

}  // namespace mortise::flags
