#include "core/flags/service_rules.hpp"

#include "core/flags/definition.hpp"
#include "core/flags/environment_repository.hpp"

#include <algorithm>

namespace mortise::flags {

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

base::Error flag_archived() {
    return {base::ErrorKind::kConflict, "flag_archived",
            "The flag is archived; take it out of the archive before you change it."};
}

base::Error flag_in_use() {
    return {base::ErrorKind::kConflict, "flag_in_use",
            "Other flags have this one as a prerequisite; change them first."};
}

base::Error not_in_environment(std::string_view what) {
    return {base::ErrorKind::kConflict, "not_in_environment",
            std::string(what) + " is not set in this environment, which has what production has."};
}

base::Error environment_not_found() {
    return {base::ErrorKind::kNotFound, "environment_not_found",
            "There is no environment of this name; see /api/v1/flag-environments."};
}

base::Error flag_unreadable(std::string_view key) {
    return {base::ErrorKind::kConflict, "flag_unreadable",
            "What is stored of the flag " + std::string(key) + " can't be read; write it anew."};
}

base::Error unknown_variant() {
    return {base::ErrorKind::kUnprocessable,
            "unknown_variant",
            "The flag has no variant of this name.",
            {},
            {{"/variant", "unknown_variant", "The flag has no variant of this name."}}};
}

base::Error version_mismatch(std::string_view what) {
    return {base::ErrorKind::kPrecondition, "version_mismatch",
            std::string(what) + " has changed since it was read; read it again."};
}

base::Status check_flag_key(std::string_view key) {
    if (is_flag_key(key)) return {};
    return base::Error{base::ErrorKind::kInvalid, "invalid_flag_key",
                       "A key has 1 to 128 bytes of UTF-8 without control characters."};
}

base::Result<bool> environment_exists(storage::Unit& unit, std::string_view name) {
    if (std::find(kBuiltInEnvironments.begin(), kBuiltInEnvironments.end(), name) !=
        kBuiltInEnvironments.end())
        return true;
    MORTISE_TRY_ASSIGN(const auto found, repository::find_environment(unit, base::Uuid{}, name));
    return found.has_value();
}

std::string trail_object(std::string_view key, std::string_view environment) {
    std::string object = "flag:" + std::string(key);
    if (!in_production(environment)) object += "@" + std::string(environment);
    return object;
}

std::string trail_object(const Override& override) {
    return trail_object(override.key, override.environment) +
           (override.targeting_key.empty() ? "/tenant" : "/user");
}

std::string trail_object(const PlanOverride& override) {
    return trail_object(override.key, override.environment) + "/plan:" + override.plan;
}

}  // namespace mortise::flags
