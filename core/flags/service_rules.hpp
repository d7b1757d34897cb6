#pragma once

#include "core/base/result.hpp"
#include "core/flags/flag_model.hpp"
#include "core/storage/database.hpp"

#include <string>
#include <string_view>

// What the parts of FlagService share: its errors, and how the trail names things.
namespace mortise::flags {

base::Error flag_not_found();
base::Error override_not_found();
base::Error flag_inherited();
base::Error flag_archived();
base::Error flag_in_use();
base::Error not_in_environment(std::string_view what = "The flag");
base::Error environment_not_found();
base::Error flag_unreadable(std::string_view key);  // 409
base::Error unknown_variant();
base::Error version_mismatch(std::string_view what = "The flag");
base::Status check_flag_key(std::string_view key);
// Built in, or the platform's own.
base::Result<bool> environment_exists(storage::Unit& unit, std::string_view name);

// An environment other than production is named.
std::string trail_object(std::string_view key, std::string_view environment = kProduction);
// Whom an override is for is personal, so only that it is for a user.
std::string trail_object(const Override& override);
std::string trail_object(const PlanOverride& override);

}  // namespace mortise::flags
