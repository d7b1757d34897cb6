#include "core/flags/environment_service.hpp"

#include "core/base/text.hpp"
#include "core/flags/change_request.hpp"
#include "core/flags/environment_repository.hpp"
#include "core/flags/flag_repository.hpp"
#include "core/flags/flag_set_repository.hpp"
#include "core/flags/gone_flag_repository.hpp"
#include "core/flags/override_repository.hpp"
#include "core/flags/service_rules.hpp"
#include "core/flags/snapshot.hpp"
#include "core/tenancy/snapshots.hpp"
#include "core/tenancy/trail.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace mortise::flags {
namespace {

constexpr std::size_t kMaxEnvironmentDescription = 1000;  // bytes

bool built_in(std::string_view name) noexcept {
    return std::find(kBuiltInEnvironments.begin(), kBuiltInEnvironments.end(), name) !=
           kBuiltInEnvironments.end();
}

std::string_view words_for(std::string_view name) noexcept {
    if (name == kProduction) return "What everybody works with.";
    return name == kDraft ? "What is being thought about." : "What is being tried out.";
}

// What an owner has that said nothing of it: the platform's words, and no approvals.
Environment unchanged(std::string_view name, const std::optional<Environment>& of_platform) {
    Environment environment{.name = std::string(name), .description = {}, .built_in = built_in(name)};
    environment.description = of_platform ? of_platform->description : std::string(words_for(name));
    if (of_platform) environment.created_at = of_platform->created_at;
    return environment;
}

base::Error invalid_environment(std::string pointer, std::string detail) {
    return {base::ErrorKind::kInvalid,
            "invalid_environment",
            "The environment has faults that must be mended.",
            {},
            {{std::move(pointer), "invalid_environment", std::move(detail)}}};
}

base::Status check(const EnvironmentService::Wanted& wanted) {
    if (wanted.description.size() > kMaxEnvironmentDescription || !base::is_utf8(wanted.description) ||
        wanted.description.find('\0') != std::string::npos)
        return invalid_environment("/description", "A description has at most 1000 bytes of UTF-8.");
    if (wanted.approvals_required < 0 || wanted.approvals_required > kMaxApprovalsRequired)
        return invalid_environment("/approvals_required", "A change needs 0 to 10 approvals.");
    return {};
}

base::Status check_room_for_another(storage::Unit& unit) {
    MORTISE_TRY_ASSIGN(const auto names, repository::environment_names(unit));
    const auto others =
        std::count_if(names.begin(), names.end(), [](const auto& one) { return !built_in(one); });
    if (static_cast<std::size_t>(others) < kMaxEnvironments) return {};
    return base::Error{base::ErrorKind::kConflict, "too_many_environments",
                       "There are at most 32 environments beside the built-in ones."};
}

// Else who writes would lift the rule that others look at what is written.
base::Status may_lift(const base::RequestContext& context) {
    if (base::has_scope(context.scopes, "flags:approve")) return {};
    return base::Error{base::ErrorKind::kForbidden, "scope_required",
                       "Who asks for fewer approvals needs the scope flags:approve."};
}

base::Status write_row(storage::Unit& unit, const base::Uuid& owner, const Environment& environment,
                       bool fresh) {
    if (fresh) return repository::insert_environment(unit, owner, environment);
    MORTISE_TRY_ASSIGN(const bool saved, repository::update_environment(unit, owner, environment));
    return saved ? base::Status() : base::Status(version_mismatch("The environment"));
}

std::string trail_object_of_environment(std::string_view name) {
    return "flag_environment:" + std::string(name);
}

}  // namespace

bool is_environment_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= 32 && name.front() >= 'a' && name.front() <= 'z' &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

base::Result<Environment> EnvironmentService::get(const base::RequestContext& context, storage::Unit& unit,
                                                  std::string_view name) {
    MORTISE_TRY_ASSIGN(const auto of_platform, repository::find_environment(unit, base::Uuid{}, name));
    if (!of_platform && !built_in(name)) return environment_not_found();
    MORTISE_TRY_ASSIGN(auto own, repository::find_environment(unit, context.tenant, name));
    if (!own) return unchanged(name, of_platform);
    own->built_in = built_in(name);
    return *std::move(own);
}

base::Result<std::vector<Environment>> EnvironmentService::list(const base::RequestContext& context,
                                                                storage::Unit& unit) {
    std::map<std::string, Environment> all;
    for (const auto name : kBuiltInEnvironments)
        all.emplace(name, unchanged(name, std::nullopt));
    MORTISE_TRY_ASSIGN(const auto of_platform, repository::environments_of(unit, base::Uuid{}));
    for (const auto& one : of_platform)
        all.insert_or_assign(one.name, context.platform() ? one : unchanged(one.name, one));
    MORTISE_TRY_ASSIGN(const auto own, repository::environments_of(unit, context.tenant));
    for (const auto& one : own)
        if (all.contains(one.name)) all.insert_or_assign(one.name, one);
    std::vector<Environment> list;
    for (auto& [name, environment] : all) {
        environment.built_in = built_in(name);
        list.push_back(std::move(environment));
    }
    return list;
}

base::Result<EnvironmentService::Put> EnvironmentService::put(const base::RequestContext& context,
                                                              storage::Unit& unit, std::string_view name,
                                                              const Wanted& wanted,
                                                              const tenancy::IfMatch& version) {
    if (!is_environment_name(name))
        return base::Error{base::ErrorKind::kInvalid, "invalid_environment_name",
                           "A name has 1 to 32 small letters, digits and hyphens, and begins with a letter."};
    MORTISE_TRY(check(wanted));
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    MORTISE_TRY_ASSIGN(const bool known, environment_exists(unit, name));
    if (!known && !context.platform()) return environment_not_found();
    if (!known) MORTISE_TRY(check_room_for_another(unit));
    MORTISE_TRY_ASSIGN(auto own, repository::find_environment(unit, context.tenant, name));
    const std::int64_t seen = own ? own->version : 0;
    if (known ? !version.admits(seen) : !version.admits_creation())
        return version_mismatch("The environment");
    if (own && wanted.approvals_required < own->approvals_required) MORTISE_TRY(may_lift(context));
    const auto now = clock_.now();
    Put put{.environment =
                own.value_or(Environment{.name = std::string(name), .description = {}, .created_at = now}),
            .created = !known};
    put.environment.description = wanted.description;
    put.environment.approvals_required = wanted.approvals_required;
    put.environment.built_in = built_in(name);
    put.environment.updated_at = now;
    ++put.environment.version;
    MORTISE_TRY(write_row(unit, context.tenant, put.environment, !own));
    MORTISE_TRY(tenancy::record(context, unit, clock_,
                                put.created ? "flag_environment.created" : "flag_environment.updated",
                                trail_object_of_environment(name)));
    return put;
}

base::Status EnvironmentService::remove(const base::RequestContext& context, storage::Unit& unit,
                                        std::string_view name, const tenancy::IfMatch& version) {
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    MORTISE_TRY_ASSIGN(const auto found, get(context, unit, name));
    if (built_in(name))
        return base::Error{base::ErrorKind::kConflict, "environment_built_in",
                           "The environments production, staging and draft stay."};
    if (!version.admits(found.version)) return version_mismatch("The environment");
    MORTISE_TRY_ASSIGN(const auto approvals, repository::most_approvals(unit, name));
    if (approvals > 0) MORTISE_TRY(may_lift(context));
    MORTISE_TRY(repository::fail_requests_in(unit, name, environment_not_found().code, clock_.now()));
    MORTISE_TRY(repository::keep_gone_versions_in(unit, name));
    MORTISE_TRY(repository::forget_gone_in(unit, name));
    MORTISE_TRY(repository::remove_environment(unit, name));
    MORTISE_TRY(repository::remove_overrides_in(unit, name));
    MORTISE_TRY(repository::remove_shared_in(unit, name));
    MORTISE_TRY(repository::remove_environment_rows(unit, name));
    return tenancy::record(context, unit, clock_, "flag_environment.deleted",
                           trail_object_of_environment(name));
}

}  // namespace mortise::flags
