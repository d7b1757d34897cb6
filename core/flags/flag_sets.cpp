// FlagService: what the flags of one owner share.
#include "core/flags/flag_service.hpp"
#include "core/flags/flag_set_repository.hpp"
#include "core/flags/gone_flag_repository.hpp"
#include "core/flags/history.hpp"
#include "core/flags/owner_view.hpp"
#include "core/flags/service_rules.hpp"
#include "core/tenancy/trail.hpp"

#include <algorithm>
#include <utility>

namespace mortise::flags {

// `stored` is what was seen there before, of this environment or of production.
base::Status FlagService::store_set(const base::RequestContext& context, storage::Unit& unit,
                                    StoredSet& stored, const SetDefinition& definition) {
    const std::string_view environment = context.environment;
    const bool fresh = stored.version == 0 || stored.environment != environment;
    if (fresh) {
        MORTISE_TRY_ASSIGN(const auto gone,
                           repository::gone_version(unit, context.tenant, kFlagSetSpace, {}));
        stored.version = std::max(stored.version, gone);
    }
    stored.environment = environment;
    const std::string before = std::exchange(stored.definition, definition.to_json());
    if (stored.definition.size() > kMaxSetSize)
        return base::Error{base::ErrorKind::kTooLarge, "flag_set_too_large",
                           "What the flags of a set share has at most 1 MiB."};
    stored.updated_at = clock_.now();
    ++stored.version;
    MORTISE_TRY_ASSIGN(const bool saved, repository::put_set(unit, stored, fresh));
    if (!saved) return version_mismatch("The flag set");
    return keep_history(context, unit, clock_,
                        {.space = kFlagSetSpace,
                         .key = {},
                         .kind = kFlagSetKind,
                         .subject = {},
                         .was = fresh ? std::nullopt : std::optional<std::string_view>(before),
                         .became = stored.definition});
}

base::Result<StoredSet> FlagService::get_set(const base::RequestContext& context, storage::Unit& unit) {
    MORTISE_TRY_ASSIGN(auto set, effective_set(unit, context.tenant, context.environment));
    return std::move(set.stored);
}

base::Result<StoredSet> FlagService::put_set(const base::RequestContext& context, storage::Unit& unit,
                                             std::string_view definition, const tenancy::IfMatch& version) {
    const std::string_view environment = context.environment;
    MORTISE_TRY(begin_write(context, unit));
    MORTISE_TRY_ASSIGN(auto set, effective_set(unit, context.tenant, environment));
    MORTISE_TRY_ASSIGN(const auto after, parse_set(definition, set.definition.rules.segments));
    if (!version.admits(set.stored.version)) return version_mismatch("The flag set");
    MORTISE_TRY_ASSIGN(const auto views, affected_views(unit, context.tenant, environment));
    MORTISE_TRY(store_set(context, unit, set.stored, after));
    MORTISE_TRY_ASSIGN(const auto views_after, affected_views(unit, context.tenant, environment));
    auto broken = newly_broken(sets_of_views(views), views_after, "/$evaluators");
    if (!broken.empty()) {
        auto error = invalid_flag(std::move(broken));
        error.code = "invalid_flag_set";
        return error;
    }
    MORTISE_TRY(tenancy::record(
        context, unit, clock_, "flag_set.updated",
        in_production(environment) ? std::string("flag_set") : "flag_set@" + std::string(environment)));
    return set.stored;
}

base::Status FlagService::remove_set(const base::RequestContext& context, storage::Unit& unit,
                                     const tenancy::IfMatch& version) {
    const std::string_view environment = context.environment;
    MORTISE_TRY(begin_write(context, unit));
    MORTISE_TRY_ASSIGN(const auto found, repository::find_set(unit, context.tenant, environment));
    if (!found) return not_in_environment("The flag set");
    if (!version.admits(found->version)) return version_mismatch("The flag set");
    MORTISE_TRY_ASSIGN(const auto before, affected_views(unit, context.tenant, environment));
    MORTISE_TRY(repository::keep_gone_version(unit, context.tenant, kFlagSetSpace, {}, found->version));
    MORTISE_TRY(repository::remove_set(unit, context.tenant, environment));
    MORTISE_TRY(repository::raise_set_version(unit, context.tenant, found->version + 1));
    MORTISE_TRY_ASSIGN(const auto after, affected_views(unit, context.tenant, environment));
    auto broken = newly_broken(sets_of_views(before), after, "/$evaluators");
    if (!broken.empty())
        return base::Error{base::ErrorKind::kConflict,
                           "set_in_use",
                           "Flags refer to what the set has; change them first.",
                           {},
                           std::move(broken)};
    MORTISE_TRY(keep_history(context, unit, clock_,
                             {.space = kFlagSetSpace,
                              .key = {},
                              .kind = kFlagSetKind,
                              .subject = {},
                              .was = found->definition,
                              .became = {}}));
    return tenancy::record(context, unit, clock_, "flag_set.deleted", "flag_set@" + std::string(environment));
}

}  // namespace mortise::flags
