#include "core/flags/flag_service.hpp"

#include "core/base/text.hpp"
#include "core/flags/flag_repository.hpp"
#include "core/flags/snapshot.hpp"
#include "core/tenancy/snapshots.hpp"
#include "core/tenancy/trail.hpp"

#include <utility>

namespace mortise::flags {
namespace {

constexpr std::size_t kMaxTargetingKey = 256;  // bytes

base::Error flag_not_found() {
    return {base::ErrorKind::kNotFound, "flag_not_found", "There is no flag with this key."};
}

base::Error override_not_found() {
    return {base::ErrorKind::kNotFound, "override_not_found", "The flag has no such override."};
}

base::Error flag_inherited() {
    return {base::ErrorKind::kConflict, "flag_inherited",
            "The tenant inherits this flag from the platform; override its variant instead."};
}

base::Error version_mismatch(std::string what = "The flag") {
    return {base::ErrorKind::kPrecondition, "version_mismatch",
            std::move(what) + " has changed since it was read; read it again."};
}

base::Status check_key(std::string_view key) {
    if (is_flag_key(key)) return {};
    return base::Error{base::ErrorKind::kInvalid, "invalid_flag_key",
                       "A key has 1 to 128 letters, digits, dots, hyphens and underscores."};
}

base::Status check_override(const base::RequestContext& context, std::string_view key,
                            std::string_view targeting_key) {
    MORTISE_TRY(check_key(key));
    if (context.platform())
        return base::Error{base::ErrorKind::kInvalid, "tenant_required",
                           "An override belongs to a tenant; name one with the header Mortise-Tenant."};
    if (targeting_key.size() > kMaxTargetingKey || !base::is_utf8(targeting_key) ||
        targeting_key.find('\0') != std::string_view::npos)
        return base::Error{base::ErrorKind::kInvalid, "invalid_targeting_key",
                           "A targeting key has 1 to 256 bytes of UTF-8."};
    return {};
}

std::string object_of(std::string_view key) {
    return "flag:" + std::string(key);
}

// For the trail: whom an override is for is personal, so only that it is for a user.
std::string object_of(const Override& override) {
    return object_of(override.key) + (override.targeting_key.empty() ? "/tenant" : "/user");
}

}  // namespace

base::Result<FlagService::Put> FlagService::put(const base::RequestContext& context, storage::Unit& unit,
                                                std::string_view key, std::string_view definition,
                                                const tenancy::IfMatch& version) {
    MORTISE_TRY(check_key(key));
    MORTISE_TRY_ASSIGN(const auto parsed, parse_definition(definition));
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    MORTISE_TRY_ASSIGN(auto stored, store(context, unit, key, parsed, version));
    MORTISE_TRY(tenancy::record(context, unit, clock_, stored.created ? "flag.created" : "flag.updated",
                                object_of(key)));
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
                                                      storage::Unit& unit, std::string_view document) {
    MORTISE_TRY_ASSIGN(const auto definitions, parse_document(document));
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    Import import;
    for (const auto& [key, definition] : definitions) {
        auto stored = store(context, unit, key, definition, {});
        if (!stored) {
            auto error = std::move(stored).error();
            if (error.code == "flag_inherited") error.fields = {{"/flags/" + key, error.code, error.detail}};
            return error;
        }
        ++(stored->created ? import.created : import.updated);
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
    return tenancy::record(context, unit, clock_, "flag.deleted", object_of(key));
}

base::Result<Override> FlagService::put_override(const base::RequestContext& context, storage::Unit& unit,
                                                 std::string_view key, std::string_view targeting_key,
                                                 std::string_view variant, const tenancy::IfMatch& version) {
    MORTISE_TRY(check_override(context, key, targeting_key));
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    MORTISE_TRY_ASSIGN(const auto flag, get(context, unit, key));
    MORTISE_TRY_ASSIGN(const auto definition, parse_definition(flag.definition));
    if (definition.find(variant) == nullptr)
        return base::Error{base::ErrorKind::kUnprocessable,
                           "unknown_variant",
                           "The flag has no variant of this name.",
                           {},
                           {{"/variant", "unknown_variant", "The flag has no variant of this name."}}};
    MORTISE_TRY_ASSIGN(auto found, repository::find_override(unit, context.tenant, key, targeting_key));
    if (found ? !version.admits(found->version) : !version.admits_creation())
        return version_mismatch("The override");
    Override override = found.value_or(Override{.id = base::new_uuid(clock_),
                                                .key = std::string(key),
                                                .targeting_key = std::string(targeting_key),
                                                .variant = {}});
    override.variant = variant;
    override.updated_at = clock_.now();
    ++override.version;
    MORTISE_TRY(repository::put(unit, context.tenant, override));
    MORTISE_TRY(tenancy::record(context, unit, clock_, "flag.overridden", object_of(override)));
    return override;
}

base::Result<Override> FlagService::get_override(const base::RequestContext& context, storage::Unit& unit,
                                                 std::string_view key, std::string_view targeting_key) {
    MORTISE_TRY(check_override(context, key, targeting_key));
    MORTISE_TRY_ASSIGN(auto found, repository::find_override(unit, context.tenant, key, targeting_key));
    if (!found) return override_not_found();
    return *std::move(found);
}

base::Status FlagService::remove_override(const base::RequestContext& context, storage::Unit& unit,
                                          std::string_view key, std::string_view targeting_key,
                                          const tenancy::IfMatch& version) {
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    MORTISE_TRY_ASSIGN(const auto found, get_override(context, unit, key, targeting_key));
    if (!version.admits(found.version)) return version_mismatch("The override");
    MORTISE_TRY(repository::remove_override(unit, found.id));
    return tenancy::record(context, unit, clock_, "flag.override_removed", object_of(found));
}

}  // namespace mortise::flags
