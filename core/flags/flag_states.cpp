// FlagService: what is done with a flag as a whole, and between environments.
#include "core/base/text.hpp"
#include "core/flags/environment_repository.hpp"
#include "core/flags/flag_repository.hpp"
#include "core/flags/flag_service.hpp"
#include "core/flags/history.hpp"
#include "core/flags/owner_view.hpp"
#include "core/flags/prerequisites.hpp"
#include "core/flags/service_rules.hpp"
#include "core/flags/snapshot.hpp"
#include "core/flags/tenant_needs.hpp"
#include "core/tenancy/snapshots.hpp"
#include "core/tenancy/trail.hpp"

#include <utility>

namespace mortise::flags {
namespace {

constexpr std::size_t kMaxReason = 1000;  // bytes

// As the history has it.
std::string state_text(const FlagState& state) {
    std::string text = "{\"killed\":";
    text += state.killed() ? "true,\"kill_reason\":\"" : "false";
    if (state.killed()) {
        base::append_json_escaped(text, state.kill_reason);
        text += '"';
    }
    text += ",\"archived\":";
    text += state.archived() ? "true}" : "false}";
    return text;
}

}  // namespace

base::Result<Flag> FlagService::change_state(const base::RequestContext& context, storage::Unit& unit,
                                             std::string_view action, Flag flag, const FlagState& state) {
    const auto now = clock_.now();
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    MORTISE_TRY(repository::put_state(unit, flag.tenant, flag.key, state));
    MORTISE_TRY(repository::touch(unit, flag.tenant, flag.key, now));
    const auto was = state_text(flag.state), became = state_text(state);
    MORTISE_TRY(keep_history(context, unit, clock_,
                             {.space = kFlagSpace,
                              .key = flag.key,
                              .kind = kStateKind,
                              .subject = {},
                              .was = was,
                              .became = became}));
    MORTISE_TRY(tenancy::record(context, unit, clock_, action, trail_object(flag.key)));
    flag.state = state;
    flag.updated_at = now;
    ++flag.version;
    return flag;
}

base::Result<Flag> FlagService::kill(const base::RequestContext& context, storage::Unit& unit,
                                     std::string_view key, std::string_view reason,
                                     const tenancy::IfMatch& version) {
    if (reason.empty() || reason.size() > kMaxReason || !base::is_utf8(reason) ||
        reason.find('\0') != std::string_view::npos)
        return base::Error{base::ErrorKind::kInvalid,
                           "invalid_reason",
                           "A reason has 1 to 1000 bytes of UTF-8.",
                           {},
                           {{"/reason", "invalid_reason", "A reason has 1 to 1000 bytes of UTF-8."}}};
    MORTISE_TRY_ASSIGN(auto flag, own_flag(context, unit, key));
    if (!version.admits(flag.version)) return version_mismatch();
    auto state = flag.state;
    state.killed_at = clock_.now();
    state.killed_by = context.actor.label;
    state.kill_reason = reason;
    return change_state(context, unit, "flag.killed", std::move(flag), state);
}

base::Result<Flag> FlagService::revive(const base::RequestContext& context, storage::Unit& unit,
                                       std::string_view key, const tenancy::IfMatch& version) {
    MORTISE_TRY_ASSIGN(auto flag, own_flag(context, unit, key));
    if (!version.admits(flag.version)) return version_mismatch();
    if (!flag.state.killed()) return flag;
    const FlagState state{
        .killed_at = 0, .killed_by = {}, .kill_reason = {}, .archived_at = flag.state.archived_at};
    return change_state(context, unit, "flag.revived", std::move(flag), state);
}

base::Result<Flag> FlagService::archive(const base::RequestContext& context, storage::Unit& unit,
                                        std::string_view key, const tenancy::IfMatch& version) {
    MORTISE_TRY(begin_write(context, unit, kProduction));  // it is of all environments
    MORTISE_TRY_ASSIGN(auto flag, own_flag(context, unit, key));
    if (!version.admits(flag.version)) return version_mismatch();
    if (flag.state.archived()) return flag;
    MORTISE_TRY_ASSIGN(const bool needed, is_needed_anywhere(unit, context.tenant, key));
    if (needed) return flag_in_use();
    MORTISE_TRY_ASSIGN(const auto before, platform_before(context, unit, kProduction));
    auto state = flag.state;
    state.archived_at = clock_.now();
    MORTISE_TRY_ASSIGN(auto changed, change_state(context, unit, "flag.archived", std::move(flag), state));
    MORTISE_TRY(check_tenants(context, unit, kProduction, before));
    return changed;
}

base::Result<Flag> FlagService::unarchive(const base::RequestContext& context, storage::Unit& unit,
                                          std::string_view key, const tenancy::IfMatch& version) {
    MORTISE_TRY(begin_write(context, unit, kProduction));
    MORTISE_TRY_ASSIGN(auto flag, own_flag(context, unit, key));
    if (!version.admits(flag.version)) return version_mismatch();
    if (!flag.state.archived()) return flag;
    MORTISE_TRY_ASSIGN(const auto before, platform_before(context, unit, kProduction));
    auto state = flag.state;
    state.archived_at = 0;
    MORTISE_TRY_ASSIGN(auto changed, change_state(context, unit, "flag.unarchived", std::move(flag), state));
    MORTISE_TRY(check_written(context, unit, kProduction, {{std::string(key), ""}}));
    MORTISE_TRY(check_tenants(context, unit, kProduction, before));
    return changed;
}

base::Result<FlagService::Put> FlagService::promote(const base::RequestContext& context, storage::Unit& unit,
                                                    std::string_view key, std::string_view from,
                                                    std::string_view to, const tenancy::IfMatch& version) {
    for (const auto name : {from, to}) {
        MORTISE_TRY_ASSIGN(const bool known, environment_exists(unit, name));
        if (!known) return environment_not_found();
    }
    if (from == to)
        return base::Error{base::ErrorKind::kInvalid, "same_environment",
                           "A flag is promoted from one environment to another one."};
    MORTISE_TRY(begin_write(context, unit, to));
    MORTISE_TRY_ASSIGN(auto found, repository::find_effective(unit, context.tenant, key, from));
    if (!found) {
        MORTISE_TRY(own_flag(context, unit, key));
        return not_in_environment();
    }
    if (in_production(to) && found->environment != from) return not_in_environment();
    MORTISE_TRY_ASSIGN(const auto set, effective_set(unit, context.tenant, to));
    // What flagd takes is taken, as when it was imported, but a rule that refers to nothing there isn't.
    MORTISE_TRY_ASSIGN(auto parsed,
                       parse_definition(found->definition, set.definition.rules, Strictness::kFlagd));
    if (parsed.targeted && parsed.rule == nullptr) return invalid_flag(std::move(parsed.warnings));
    MORTISE_TRY_ASSIGN(const auto before, platform_before(context, unit, to));
    MORTISE_TRY_ASSIGN(auto stored, store(context, unit, to, key, parsed, version));
    MORTISE_TRY(check_written(context, unit, to, {{std::string(key), ""}}));
    MORTISE_TRY(check_tenants(context, unit, to, before));
    MORTISE_TRY(tenancy::record(context, unit, clock_, "flag.promoted", trail_object(key, to)));
    return std::move(stored.put);
}

}  // namespace mortise::flags
