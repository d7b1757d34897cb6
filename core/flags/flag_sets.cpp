// FlagService: what the flags of one owner share.
#include "core/flags/flag_repository.hpp"
#include "core/flags/flag_service.hpp"
#include "core/flags/flag_set_repository.hpp"
#include "core/flags/history.hpp"
#include "core/flags/service_rules.hpp"
#include "core/tenancy/trail.hpp"

#include <utility>

namespace mortise::flags {
namespace {

bool evaluable(const Flag& flag, const SetDefinition& set) {
    const auto definition = parse_definition(flag.definition, set.rules, Strictness::kFlagd);
    return definition && (!definition->targeted || definition->rule != nullptr);
}

}  // namespace

base::Result<SetDefinition> FlagService::read_set(const base::Uuid& tenant, storage::Unit& unit,
                                                  StoredSet& stored) {
    MORTISE_TRY_ASSIGN(auto found, repository::find_set(unit, tenant));
    if (!found) {
        stored = {.tenant = tenant, .definition = SetDefinition().to_json()};
        return SetDefinition();
    }
    stored = *std::move(found);
    return read_stored_set(stored.definition);
}

base::Status FlagService::store_set(const base::RequestContext& context, storage::Unit& unit,
                                    StoredSet& stored, const SetDefinition& definition) {
    const bool existed = stored.version > 0;
    const std::string before = std::exchange(stored.definition, definition.to_json());
    if (stored.definition.size() > kMaxSetSize)
        return base::Error{base::ErrorKind::kTooLarge, "flag_set_too_large",
                           "What the flags of a set share has at most 1 MiB."};
    stored.updated_at = clock_.now();
    ++stored.version;
    MORTISE_TRY_ASSIGN(const bool saved, repository::put_set(unit, stored));
    if (!saved) return version_mismatch("The flag set");
    return keep_history(context, unit, clock_,
                        {.space = kFlagSetSpace,
                         .key = {},
                         .kind = kFlagSetKind,
                         .subject = {},
                         .was = existed ? std::optional<std::string_view>(before) : std::nullopt,
                         .became = stored.definition});
}

base::Result<std::vector<base::FieldError>> FlagService::broken_by(const base::Uuid& tenant,
                                                                   storage::Unit& unit,
                                                                   const SetDefinition& before,
                                                                   const SetDefinition& after) {
    MORTISE_TRY_ASSIGN(const auto flags, repository::own(unit, tenant));
    std::vector<base::FieldError> broken;
    for (const auto& flag : flags) {
        // Only evaluators can break a flag, and only one that refers to some.
        if (flag.definition.find("\"$ref\"") == std::string::npos) continue;
        if (!evaluable(flag, after) && evaluable(flag, before))
            broken.push_back({"/$evaluators", "breaks_flag",
                              "The flag " + flag.key + " could not be evaluated any more."});
    }
    return broken;
}

base::Result<StoredSet> FlagService::get_set(const base::RequestContext& context, storage::Unit& unit) {
    StoredSet stored;
    MORTISE_TRY(read_set(context.tenant, unit, stored));
    return stored;
}

base::Result<StoredSet> FlagService::put_set(const base::RequestContext& context, storage::Unit& unit,
                                             std::string_view definition, const tenancy::IfMatch& version) {
    MORTISE_TRY(begin_write(context, unit));
    MORTISE_TRY_ASSIGN(const auto after, parse_set(definition));
    StoredSet stored;
    MORTISE_TRY_ASSIGN(const auto before, read_set(context.tenant, unit, stored));
    if (!version.admits(stored.version)) return version_mismatch("The flag set");
    MORTISE_TRY_ASSIGN(auto broken, broken_by(context.tenant, unit, before, after));
    if (!broken.empty()) {
        auto error = invalid_flag(std::move(broken));
        error.code = "invalid_flag_set";
        return error;
    }
    MORTISE_TRY(store_set(context, unit, stored, after));
    MORTISE_TRY(tenancy::record(context, unit, clock_, "flag_set.updated", "flag_set"));
    return stored;
}

}  // namespace mortise::flags
