#include "core/flags/service_rules.hpp"

#include "core/flags/definition.hpp"

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
                       "A key has 1 to 128 letters, digits, dots, hyphens and underscores."};
}

std::string trail_object(std::string_view key) {
    return "flag:" + std::string(key);
}

std::string trail_object(const Override& override) {
    return trail_object(override.key) + (override.targeting_key.empty() ? "/tenant" : "/user");
}

std::string trail_object(const PlanOverride& override) {
    return trail_object(override.key) + "/plan:" + override.plan;
}

}  // namespace mortise::flags
