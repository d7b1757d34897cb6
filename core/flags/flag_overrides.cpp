// FlagService: which variant users, tenants and plans get.
#include "core/base/text.hpp"
#include "core/flags/flag_service.hpp"
#include "core/flags/history.hpp"
#include "core/flags/override_repository.hpp"
#include "core/flags/service_rules.hpp"
#include "core/tenancy/tenant_repository.hpp"
#include "core/tenancy/trail.hpp"

#include <utility>

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

base::Status check_plan(storage::Unit& unit, std::string_view plan) {
    MORTISE_TRY_ASSIGN(const auto found, tenancy::repository::find_plan(unit, plan));
    if (found) return {};
    return base::Error{base::ErrorKind::kNotFound, "plan_not_found", "There is no plan of this name."};
}

}  // namespace

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
