#include "core/flags/flag_service.hpp"

#include "core/base/text.hpp"
#include "core/flags/document.hpp"
#include "core/flags/export.hpp"
#include "core/flags/flag_repository.hpp"
#include "core/flags/flag_set_repository.hpp"
#include "core/flags/history.hpp"
#include "core/flags/service_rules.hpp"
#include "core/tenancy/trail.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace mortise::flags {
namespace {

// Strong comparison (RFC 9110, 13.1.1) with a list of entity tags; ours have no comma.
bool lists_tag(std::string_view list, std::string_view tag) {
    if (base::trim(list) == "*") return true;
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        if (base::trim(list.substr(0, comma)) == tag) return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

base::Status check_based_on(const base::RequestContext& context, storage::Unit& unit, FlagService& flags,
                            std::string_view list) {
    MORTISE_TRY_ASSIGN(const auto now, export_flags(context, unit, flags));
    if (lists_tag(list, now.etag)) return {};
    return version_mismatch("What is exported of the flags");
}

}  // namespace

base::Result<FlagService::Put> FlagService::put(const base::RequestContext& context, storage::Unit& unit,
                                                std::string_view key, std::string_view definition,
                                                const tenancy::IfMatch& version, Strictness strictness) {
    MORTISE_TRY(check_flag_key(key));
    MORTISE_TRY(begin_write(context, unit));
    StoredSet stored_set;
    MORTISE_TRY_ASSIGN(const auto set, read_set(context.tenant, unit, stored_set));
    MORTISE_TRY_ASSIGN(const auto parsed, parse_definition(definition, set.rules, strictness));
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
    const std::string before = std::exchange(put.flag.definition, definition.json);
    put.flag.updated_at = now;
    ++put.flag.version;
    if (put.created) {
        MORTISE_TRY(repository::insert(unit, put.flag));
    } else {
        MORTISE_TRY_ASSIGN(const bool saved, repository::update(unit, put.flag));
        if (!saved) return version_mismatch();
    }
    MORTISE_TRY(keep_history(context, unit, clock_,
                             {.space = kFlagSpace,
                              .key = key,
                              .kind = kFlagKind,
                              .subject = {},
                              .was = found ? std::optional<std::string_view>(before) : std::nullopt,
                              .became = put.flag.definition}));
    return put;
}

base::Status FlagService::import_flags(const base::RequestContext& context, storage::Unit& unit,
                                       const Document& document, const ImportOptions& options, Import& done) {
    MORTISE_TRY_ASSIGN(const auto own, repository::own(unit, context.tenant));
    std::map<std::string_view, const Flag*> left;  // what the document has not
    for (const auto& flag : own)
        left.emplace(flag.key, &flag);
    for (const auto& [key, definition] : document.flags) {
        const auto found = left.find(key);
        const bool same = found != left.end() && found->second->definition == definition.json;
        if (found != left.end()) left.erase(found);
        if (same) {
            ++done.unchanged;
            continue;
        }
        auto stored = store(context, unit, key, definition, {});
        if (!stored) {
            auto error = std::move(stored).error();
            if (error.code == "flag_inherited") error.fields = {{"/flags/" + key, error.code, error.detail}};
            return error;
        }
        ++(stored->created ? done.created : done.updated);
    }
    if (!options.whole) return {};
    for (const auto& [key, flag] : left)
        MORTISE_TRY(erase(context, unit, *flag));
    done.deleted = left.size();
    return {};
}

base::Result<FlagService::Import> FlagService::import(const base::RequestContext& context,
                                                      storage::Unit& unit, std::string_view text,
                                                      const ImportOptions& options) {
    MORTISE_TRY(begin_write(context, unit));
    if (options.based_on) MORTISE_TRY(check_based_on(context, unit, *this, *options.based_on));
    StoredSet stored_set;
    MORTISE_TRY_ASSIGN(const auto before, read_set(context.tenant, unit, stored_set));
    MORTISE_TRY_ASSIGN(auto document, parse_document(text, options.whole ? SetDefinition() : before));
    Import import{.warnings = std::move(document.warnings)};
    MORTISE_TRY(import_flags(context, unit, document, options, import));
    const bool changes_set = options.whole || document.changes_set;
    if (changes_set && document.set.to_json() != stored_set.definition) {
        MORTISE_TRY_ASSIGN(auto broken, broken_by(context.tenant, unit, before, document.set));
        if (!broken.empty()) return invalid_flag(std::move(broken));
        MORTISE_TRY(store_set(context, unit, stored_set, document.set));
    }
    MORTISE_TRY(tenancy::record(context, unit, clock_, "flags.imported",
                                "flags:" + std::to_string(import.created + import.updated + import.deleted)));
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

base::Status FlagService::erase(const base::RequestContext& context, storage::Unit& unit, const Flag& flag) {
    MORTISE_TRY(repository::remove(unit, flag));
    if (context.platform()) MORTISE_TRY(repository::remove_plan_overrides_of(unit, flag.key));
    return keep_history(context, unit, clock_,
                        {.space = kFlagSpace,
                         .key = flag.key,
                         .kind = kFlagKind,
                         .subject = {},
                         .was = flag.definition,
                         .became = {}});
}

base::Status FlagService::remove(const base::RequestContext& context, storage::Unit& unit,
                                 std::string_view key, const tenancy::IfMatch& version) {
    MORTISE_TRY(begin_write(context, unit));
    MORTISE_TRY_ASSIGN(const auto flag, get(context, unit, key));
    if (flag.tenant != context.tenant) return flag_inherited();
    if (!version.admits(flag.version)) return version_mismatch();
    MORTISE_TRY(erase(context, unit, flag));
    return tenancy::record(context, unit, clock_, "flag.deleted", trail_object(key));
}

}  // namespace mortise::flags
