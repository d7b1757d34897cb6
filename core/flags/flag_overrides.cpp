// FlagService: which variant users, tenants and plans get.
#include "core/base/text.hpp"
#include "core/flags/flag_service.hpp"
#include "core/flags/gone_flag_repository.hpp"
#include "core/flags/history.hpp"
#include "core/flags/override_repository.hpp"
#include "core/flags/service_rules.hpp"
#include "core/tenancy/tenant_repository.hpp"
#include "core/tenancy/trail.hpp"

#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace mortise::flags {
namespace {

base::Status check_override(const base::RequestContext& context, std::string_view key,
                            std::string_view targeting_key) {
    MORTISE_TRY(check_flag_key(key));
    if (context.platform())
        return base::Error{base::ErrorKind::kInvalid, "tenant_required",
                           "An override belongs to a tenant; name one with the header Mortise-Tenant."};
    if (targeting_key.size() > kMaxTargetingKey || !base::is_utf8(targeting_key) ||
        targeting_key.find('\0') != std::string_view::npos)
        return base::Error{base::ErrorKind::kInvalid, "invalid_targeting_key",
                           "A targeting key has 1 to 256 bytes of UTF-8."};
    return {};
}

// The rule has no say in which variants there are.
base::Status check_variant(const Flag& flag, std::string_view variant) {
    const auto definition = parse_definition(flag.definition, {}, Strictness::kFlagd);
    if (!definition.ok()) return flag_unreadable(flag.key);
    if (definition->find(variant) == nullptr) return unknown_variant();
    return {};
}

// How the history tells of an override; `was` and `became` are variants.
Change change_of(const Override& override, std::optional<std::string_view> was,
                 std::optional<std::string_view> became) {
    return {.space = kFlagSpace,
            .key = override.key,
            .kind = override.targeting_key.empty() ? kTenantOverride : kUserOverride,
            .subject = override.targeting_key,
            .was = was,
            .became = became};
}

Change change_of(const PlanOverride& override, std::optional<std::string_view> was,
                 std::optional<std::string_view> became) {
    return {.space = kFlagSpace,
            .key = override.key,
            .kind = kPlanOverride,
            .subject = override.plan,
            .was = was,
            .became = became};
}

// What an override was before it is changed.
template <class T>
std::optional<std::string_view> variant_of(const std::optional<T>& override) {
    return override ? std::optional<std::string_view>(override->variant) : std::nullopt;
}

// A version that no override of the flag had which has gone: each was written as often as its version says,
// and each time the history got an entry.
base::Result<std::int64_t> last_version(const base::RequestContext& context, storage::Unit& unit,
                                        const Change& change) {
    return repository::last_number(unit, {context.tenant, context.environment, change.space, change.key},
                                   change.kind);
}

// How the history tells of all that overrode a flag which went, or came back.
std::string overrides_text(std::int64_t count, std::int64_t kept) {
    return "{\"count\":" + std::to_string(count) + ",\"kept\":" + std::to_string(kept) + "}";
}

base::Status check_plan(storage::Unit& unit, std::string_view plan) {
    MORTISE_TRY_ASSIGN(const auto found, tenancy::repository::find_plan(unit, plan));
    if (found) return {};
    return base::Error{base::ErrorKind::kNotFound, "plan_not_found", "There is no plan of this name."};
}

}  // namespace

base::Status FlagService::erase_overrides(const base::RequestContext& context, storage::Unit& unit,
                                          const Flag& flag) {
    std::vector<std::string> environments{flag.environment};
    if (in_production(flag.environment)) {
        MORTISE_TRY_ASSIGN(auto others, repository::environments_with_overrides(unit, flag.key));
        std::move(others.begin(), others.end(), std::back_inserter(environments));
    }
    for (const auto& environment : environments) {
        MORTISE_TRY_ASSIGN(const auto kept,
                           repository::keep_gone_overrides(unit, flag.tenant, flag.key, environment));
        MORTISE_TRY_ASSIGN(const auto count,
                           repository::remove_overrides_of(unit, flag.tenant, flag.key, environment));
        if (count == 0) continue;
        const std::string was = overrides_text(count, kept);
        MORTISE_TRY(keep_history(context, unit, clock_,
                                 {.space = kFlagSpace,
                                  .key = flag.key,
                                  .kind = kOverridesKind,
                                  .subject = {},
                                  .was = was,
                                  .became = {},
                                  .environment = environment}));
    }
    return {};
}

base::Result<std::int64_t> FlagService::bring_back_overrides(const base::RequestContext& context,
                                                             storage::Unit& unit, std::string_view key) {
    MORTISE_TRY_ASSIGN(const auto back,
                       repository::bring_back_overrides(unit, context.tenant, key, context.environment));
    if (back == 0) return back;
    const std::string became = overrides_text(back, back);
    MORTISE_TRY(keep_history(context, unit, clock_,
                             {.space = kFlagSpace,
                              .key = key,
                              .kind = kOverridesKind,
                              .subject = {},
                              .was = {},
                              .became = became}));
    MORTISE_TRY(tenancy::record(context, unit, clock_, "flag.overrides_restored",
                                trail_object(key, context.environment)));
    return back;
}

base::Result<Override> FlagService::put_override(const base::RequestContext& context, storage::Unit& unit,
                                                 std::string_view key, std::string_view targeting_key,
                                                 std::string_view variant, const tenancy::IfMatch& version) {
    MORTISE_TRY(check_override(context, key, targeting_key));
    MORTISE_TRY(begin_write(context, unit));
    MORTISE_TRY_ASSIGN(const auto flag, get(context, unit, key));
    if (flag.state.archived()) return flag_archived();
    MORTISE_TRY(check_variant(flag, variant));
    MORTISE_TRY_ASSIGN(
        auto found, repository::find_override(unit, context.tenant, context.environment, key, targeting_key));
    if (found ? !version.admits(found->version) : !version.admits_creation())
        return version_mismatch("The override");
    Override override = found.value_or(Override{.id = base::new_uuid(clock_),
                                                .environment = context.environment,
                                                .key = std::string(key),
                                                .targeting_key = std::string(targeting_key),
                                                .variant = {}});
    if (!found) {
        MORTISE_TRY_ASSIGN(override.version, last_version(context, unit, change_of(override, {}, {})));
    }
    override.variant = variant;
    override.updated_at = clock_.now();
    ++override.version;
    MORTISE_TRY(repository::put(unit, context.tenant, override));
    MORTISE_TRY(
        keep_history(context, unit, clock_, change_of(override, variant_of(found), override.variant)));
    MORTISE_TRY(tenancy::record(context, unit, clock_, "flag.overridden", trail_object(override)));
    return override;
}

base::Result<Override> FlagService::get_override(const base::RequestContext& context, storage::Unit& unit,
                                                 std::string_view key, std::string_view targeting_key) {
    MORTISE_TRY(check_override(context, key, targeting_key));
    MORTISE_TRY_ASSIGN(
        auto found, repository::find_override(unit, context.tenant, context.environment, key, targeting_key));
    if (!found) return override_not_found();
    return *std::move(found);
}

base::Status FlagService::remove_override(const base::RequestContext& context, storage::Unit& unit,
                                          std::string_view key, std::string_view targeting_key,
                                          const tenancy::IfMatch& version) {
    MORTISE_TRY(begin_write(context, unit));
    MORTISE_TRY_ASSIGN(const auto found, get_override(context, unit, key, targeting_key));
    if (!version.admits(found.version)) return version_mismatch("The override");
    MORTISE_TRY(repository::remove_override(unit, found));
    MORTISE_TRY(keep_history(context, unit, clock_, change_of(found, found.variant, {})));
    return tenancy::record(context, unit, clock_, "flag.override_removed", trail_object(found));
}

base::Result<PlanOverride> FlagService::put_plan_override(const base::RequestContext& context,
                                                          storage::Unit& unit, std::string_view key,
                                                          std::string_view plan, std::string_view variant,
                                                          const tenancy::IfMatch& version) {
    MORTISE_TRY(check_flag_key(key));
    MORTISE_TRY(begin_write(context, unit));
    MORTISE_TRY_ASSIGN(const auto flag, get(context, unit, key));
    MORTISE_TRY(check_plan(unit, plan));
    if (flag.state.archived()) return flag_archived();
    MORTISE_TRY(check_variant(flag, variant));
    MORTISE_TRY_ASSIGN(auto found, repository::find_plan_override(unit, context.environment, key, plan));
    if (found ? !version.admits(found->version) : !version.admits_creation())
        return version_mismatch("The override");
    PlanOverride override = found.value_or(PlanOverride{.id = base::new_uuid(clock_),
                                                        .environment = context.environment,
                                                        .plan = std::string(plan),
                                                        .key = std::string(key),
                                                        .variant = {}});
    if (!found) {
        MORTISE_TRY_ASSIGN(override.version, last_version(context, unit, change_of(override, {}, {})));
    }
    override.variant = variant;
    override.updated_at = clock_.now();
    ++override.version;
    MORTISE_TRY(repository::put_plan_override(unit, override));
    MORTISE_TRY(
        keep_history(context, unit, clock_, change_of(override, variant_of(found), override.variant)));
    MORTISE_TRY(tenancy::record(context, unit, clock_, "flag.overridden", trail_object(override)));
    return override;
}

base::Result<PlanOverride> FlagService::get_plan_override(const base::RequestContext& context,
                                                          storage::Unit& unit, std::string_view key,
                                                          std::string_view plan) {
    MORTISE_TRY(check_flag_key(key));
    MORTISE_TRY_ASSIGN(auto found, repository::find_plan_override(unit, context.environment, key, plan));
    if (!found) return override_not_found();
    return *std::move(found);
}

base::Status FlagService::remove_plan_override(const base::RequestContext& context, storage::Unit& unit,
                                               std::string_view key, std::string_view plan,
                                               const tenancy::IfMatch& version) {
    MORTISE_TRY(begin_write(context, unit));
    MORTISE_TRY_ASSIGN(const auto found, get_plan_override(context, unit, key, plan));
    if (!version.admits(found.version)) return version_mismatch("The override");
    MORTISE_TRY(repository::remove_plan_override(unit, found));
    MORTISE_TRY(keep_history(context, unit, clock_, change_of(found, found.variant, {})));
    return tenancy::record(context, unit, clock_, "flag.override_removed", trail_object(found));
}

}  // namespace mortise::flags
