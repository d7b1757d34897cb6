#include "core/flags/flag_service.hpp"

#include "core/flags/document.hpp"
#include "core/flags/export.hpp"
#include "core/flags/flag_repository.hpp"
#include "core/flags/gone_flag_repository.hpp"
#include "core/flags/history.hpp"
#include "core/flags/owner_view.hpp"
#include "core/flags/prerequisites.hpp"
#include "core/flags/service_rules.hpp"
#include "core/flags/tenant_needs.hpp"
#include "core/tenancy/trail.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace mortise::flags {
namespace {

const OwnerView& view_in(const std::vector<OwnerView>& views, std::string_view environment) {
    return *std::find_if(views.begin(), views.end(),
                         [&](const OwnerView& view) { return view.environment == environment; });
}

// Whether a flag that is left needs one of those that are gone.
bool needs_any(const std::vector<OwnerView>& views, const std::set<std::string, std::less<>>& gone) {
    for (const auto& view : views) {
        for (const auto& [key, flag] : view.flags) {
            for (const auto& needed : prerequisites_in(flag.definition))
                if (gone.contains(needed.flag) && !view.flags.contains(needed.flag)) return true;
        }
    }
    return false;
}

// Whether it needs other flags, refers to what is shared, or has a variant no more. Of a definition before
// that is not there, or can't be read, nobody needs a variant.
bool may_break_others(const std::string& before, const Definition& after) {
    if (after.delivery != nullptr && !after.delivery->prerequisites.empty()) return true;
    if (after.json.find("\"$ref\"") != std::string::npos) return true;
    const auto parsed = parse_definition(before, {}, Strictness::kFlagd);
    return parsed && std::any_of(parsed->variants.begin(), parsed->variants.end(),
                                 [&after](const auto& one) { return after.find(one.name) == nullptr; });
}

// What a removal would bring to light, or an archive would give back.
base::Error breaks_flags(std::vector<base::FieldError> faults) {
    return {base::ErrorKind::kConflict,
            "breaks_flags",
            "What would take its place can't stand beside the other flags: " + faults.front().detail,
            {},
            std::move(faults)};
}

}  // namespace

base::Result<FlagService::Put> FlagService::put(const base::RequestContext& context, storage::Unit& unit,
                                                std::string_view key, std::string_view definition,
                                                const tenancy::IfMatch& version, Strictness strictness) {
    MORTISE_TRY(check_flag_key(key));
    MORTISE_TRY(begin_write(context, unit));
    MORTISE_TRY_ASSIGN(const auto set, effective_set(unit, context.tenant, context.environment));
    MORTISE_TRY_ASSIGN(const auto parsed, parse_definition(definition, set.definition.rules, strictness));
    MORTISE_TRY_ASSIGN(const auto before, platform_before(context, unit, context.environment));
    MORTISE_TRY_ASSIGN(auto stored, store(context, unit, context.environment, key, parsed, version));
    if (stored.may_break_others) {
        MORTISE_TRY(check_written(context, unit, context.environment, {{std::string(key), ""}}));
        MORTISE_TRY(check_tenants(context, unit, context.environment, before));
    }
    MORTISE_TRY(tenancy::record(context, unit, clock_, stored.put.created ? "flag.created" : "flag.updated",
                                trail_object(key, context.environment)));
    return std::move(stored.put);
}

base::Status FlagService::check_written(const base::RequestContext& context, storage::Unit& unit,
                                        std::string_view environment,
                                        const std::vector<WrittenFlag>& written) {
    MORTISE_TRY_ASSIGN(const auto views, affected_views(unit, context.tenant, environment));
    MORTISE_TRY_ASSIGN(auto faults, check_prerequisites(unit, context.tenant, views, environment, written));
    if (!faults.empty()) return invalid_flag(std::move(faults));
    auto broken = broken_elsewhere(views, environment, written);
    return broken.empty() ? base::Status() : base::Status(invalid_flag(std::move(broken)));
}

// What a definition would stand in the place of, or beside.
base::Result<FlagService::Replaced> FlagService::what_stands(const base::RequestContext& context,
                                                             storage::Unit& unit,
                                                             std::string_view environment,
                                                             std::string_view key,
                                                             const tenancy::IfMatch& version) {
    Replaced found;
    MORTISE_TRY_ASSIGN(found.seen, repository::find_effective(unit, context.tenant, key, environment));
    if (!found.seen && !context.platform()) {
        MORTISE_TRY_ASSIGN(const auto inherited,
                           repository::find_effective(unit, base::Uuid{}, key, environment));
        if (inherited) return flag_inherited();
    }
    if (found.seen ? !version.admits(found.seen->version) : !version.admits_creation())
        return version_mismatch();
    MORTISE_TRY_ASSIGN(found.state, repository::find_state(unit, context.tenant, key));
    if (found.state.archived()) return flag_archived();
    return found;
}

// Over what is seen there: what production has may be replaced by one of the environment's own.
base::Result<FlagService::Stored> FlagService::store(const base::RequestContext& context, storage::Unit& unit,
                                                     std::string_view environment, std::string_view key,
                                                     const Definition& definition,
                                                     const tenancy::IfMatch& version) {
    MORTISE_TRY_ASSIGN(auto found, what_stands(context, unit, environment, key, version));
    const auto now = clock_.now();
    Flag flag{.id = base::new_uuid(clock_),
              .tenant = context.tenant,
              .key = std::string(key),
              .definition = found.seen ? found.seen->definition : std::string(),
              .created_at = now,
              .version = found.seen ? found.seen->version : 0,
              .environment = std::string(environment),
              .state = found.state};
    const bool fresh = !found.seen || found.seen->environment != environment;
    if (fresh) {
        MORTISE_TRY_ASSIGN(const auto gone, repository::gone_version(unit, flag.tenant, kFlagSpace, key));
        flag.version = std::max(flag.version, gone);
    } else {
        flag = *found.seen;
    }
    const std::string before = std::exchange(flag.definition, definition.json);
    flag.updated_at = now;
    ++flag.version;
    MORTISE_TRY(write_row(unit, flag, fresh));
    MORTISE_TRY(keep_history(context, unit, clock_,
                             {.space = kFlagSpace,
                              .key = key,
                              .kind = kFlagKind,
                              .subject = {},
                              .was = fresh ? std::nullopt : std::optional<std::string_view>(before),
                              .became = flag.definition,
                              .environment = environment}));
    return Stored{{std::move(flag), !found.seen}, may_break_others(before, definition)};
}

base::Status FlagService::write_row(storage::Unit& unit, const Flag& flag, bool fresh) {
    if (fresh) return repository::insert(unit, flag);
    MORTISE_TRY_ASSIGN(const bool saved, repository::update(unit, flag));
    return saved ? base::Status() : base::Status(version_mismatch());
}

// Takes what the document has out of `left`, and adds to `doubtful` what can be checked only when all is
// there.
base::Status FlagService::store_all(const base::RequestContext& context, storage::Unit& unit,
                                    const Document& document, const OwnerView& before, Keys& left,
                                    Import& import, std::vector<WrittenFlag>& doubtful) {
    for (const auto& [key, definition] : document.flags) {
        const std::string at = "/flags/" + key;
        if (left.erase(key) > 0 && before.flags.find(key)->second.definition == definition.json) {
            ++import.unchanged;
            continue;
        }
        auto stored = store(context, unit, context.environment, key, definition, {});
        if (!stored) {
            auto error = std::move(stored).error();
            if (error.kind == base::ErrorKind::kConflict) error.fields = {{at, error.code, error.detail}};
            return error;
        }
        ++(stored->put.created ? import.created : import.updated);
        if (stored->may_break_others) doubtful.push_back({key, at});
    }
    return {};
}

// After these were removed from an environment: production's show again.
base::Status FlagService::check_shown(const base::RequestContext& context, storage::Unit& unit,
                                      const std::vector<OwnerView>& after, const Keys& keys) {
    if (in_production(context.environment)) return {};
    std::vector<WrittenFlag> shown;
    for (const auto& key : keys)
        shown.push_back({key, ""});
    MORTISE_TRY_ASSIGN(auto faults,
                       check_prerequisites(unit, context.tenant, after, context.environment, shown));
    return faults.empty() ? base::Status() : base::Status(breaks_flags(std::move(faults)));
}

base::Status FlagService::erase_all(const base::RequestContext& context, storage::Unit& unit,
                                    const OwnerView& before, const Keys& keys) {
    for (const auto& key : keys) {
        const auto& flag = before.flags.find(key)->second;
        if (flag.environment != context.environment) return not_in_environment("The flag " + key);
        MORTISE_TRY(erase(context, unit, flag));
    }
    if (keys.empty()) return {};
    MORTISE_TRY_ASSIGN(const auto after, affected_views(unit, context.tenant, context.environment));
    if (needs_any(after, keys)) return flag_in_use();
    return check_shown(context, unit, after, keys);
}

base::Status FlagService::import_flags(const base::RequestContext& context, storage::Unit& unit,
                                       const Document& document, const OwnerView& before, bool whole,
                                       Import& done, std::vector<WrittenFlag>& doubtful) {
    Keys left;  // what the document has not
    for (const auto& [key, flag] : before.flags)
        if (!flag.state.archived()) left.insert(key);
    MORTISE_TRY(store_all(context, unit, document, before, left, done, doubtful));
    if (whole) {
        MORTISE_TRY(erase_all(context, unit, before, left));
        done.deleted = left.size();
    }
    return {};
}

base::Result<FlagService::Import> FlagService::import(const base::RequestContext& context,
                                                      storage::Unit& unit, std::string_view text,
                                                      const ImportOptions& options) {
    const std::string_view environment = context.environment;
    MORTISE_TRY(begin_write(context, unit));
    if (options.based_on) MORTISE_TRY(check_exported(context, unit, *this, *options.based_on));
    MORTISE_TRY_ASSIGN(auto set, effective_set(unit, context.tenant, environment));
    SetDefinition below = set.definition;
    if (options.whole) {
        below = SetDefinition();
        below.rules.segments = set.definition.rules.segments;
    }
    MORTISE_TRY_ASSIGN(auto document, parse_document(text, below));
    MORTISE_TRY_ASSIGN(const auto before, affected_views(unit, context.tenant, environment));
    Import import{.warnings = std::move(document.warnings)};
    std::vector<WrittenFlag> doubtful;
    MORTISE_TRY(
        import_flags(context, unit, document, view_in(before, environment), options.whole, import, doubtful));
    const bool says_set = options.whole || document.changes_set;
    if (says_set && document.set.to_json() != set.stored.definition) {
        MORTISE_TRY(store_set(context, unit, set.stored, document.set));
        MORTISE_TRY_ASSIGN(const auto after, affected_views(unit, context.tenant, environment));
        auto broken = newly_broken(sets_of_views(before), after, "/$evaluators");
        if (!broken.empty()) return invalid_flag(std::move(broken));
    }
    if (!doubtful.empty()) MORTISE_TRY(check_written(context, unit, environment, doubtful));
    if (!doubtful.empty() || import.deleted > 0)
        MORTISE_TRY(check_tenants(context, unit, environment, before));
    MORTISE_TRY(tenancy::record(context, unit, clock_, "flags.imported",
                                "flags:" + std::to_string(import.created + import.updated + import.deleted)));
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

base::Status FlagService::erase(const base::RequestContext& context, storage::Unit& unit, const Flag& flag) {
    const std::string_view environment = flag.environment, key = flag.key;
    if (in_production(environment)) {
        MORTISE_TRY_ASSIGN(const auto others, repository::outside_production(unit, flag.tenant, key));
        for (const auto& other : others)
            MORTISE_TRY(keep_deletion(context, unit, other));
        MORTISE_TRY(repository::remove_everywhere(unit, flag.tenant, key));
    } else {
        MORTISE_TRY(repository::remove(unit, flag));
        MORTISE_TRY(repository::raise_version(unit, flag.tenant, key, flag.version + 1));
        MORTISE_TRY_ASSIGN(const bool anywhere, repository::exists(unit, flag.tenant, key));
        if (!anywhere) MORTISE_TRY(repository::remove_everywhere(unit, flag.tenant, key));
    }
    MORTISE_TRY(erase_overrides(context, unit, flag));
    return keep_deletion(context, unit, flag);
}

base::Status FlagService::keep_deletion(const base::RequestContext& context, storage::Unit& unit,
                                        const Flag& flag) {
    MORTISE_TRY(repository::keep_gone_version(unit, flag.tenant, kFlagSpace, flag.key, flag.version));
    return keep_history(context, unit, clock_,
                        {.space = kFlagSpace,
                         .key = flag.key,
                         .kind = kFlagKind,
                         .subject = {},
                         .was = flag.definition,
                         .became = {},
                         .environment = flag.environment});
}

base::Status FlagService::remove(const base::RequestContext& context, storage::Unit& unit,
                                 std::string_view key, const tenancy::IfMatch& version) {
    const std::string_view environment = context.environment;
    MORTISE_TRY(begin_write(context, unit));
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
    MORTISE_TRY_ASSIGN(const auto before, platform_before(context, unit, environment));
    MORTISE_TRY(erase(context, unit, flag));
    MORTISE_TRY(check_tenants(context, unit, environment, before));
    if (remains) {
        MORTISE_TRY_ASSIGN(const auto after, affected_views(unit, context.tenant, environment));
        MORTISE_TRY(check_shown(context, unit, after, {std::string(key)}));
    }
    return tenancy::record(context, unit, clock_, "flag.deleted", trail_object(key, environment));
}

}  // namespace mortise::flags
