#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::identity {

enum class UserState : std::uint8_t { kActive, kDisabled };

std::string_view to_string(UserState state) noexcept;

struct User {
    base::Uuid id;
    base::Uuid tenant;               // nil: a user of the platform
    std::string email;               // as normalise_email() makes it; unique within the tenant
    std::vector<std::string> roles;  // sorted, each once, at least one
    UserState state = UserState::kActive;
    base::Micros created_at = 0;
    base::Micros updated_at = 0;
    std::int64_t version = 0;  // for ETag and If-Match
};

// What is absent stays as it is.
struct UserPatch {
    std::optional<std::vector<std::string>> roles;
    std::optional<UserState> state;
};

// The form that is stored and compared: ASCII letters in lower case, nothing else changed. nullopt unless it
// is a practical address: at most 254 bytes of well-formed UTF-8, one '@', a local part of 1 to 64 bytes
// without spaces, controls, quotes or doubled dots, and an ASCII domain of dot-separated labels (RFC
// 5321, 4.1.2, without quoted strings and address literals; RFC 1123, 2.1).
std::optional<std::string> normalise_email(std::string_view email);

// The policy, after NIST SP 800-63B 5.1.1.2: length (12 to 1024 bytes) and a list of what is guessed first
// instead of rules about kinds of characters. Errors (400 `weak_password`, field /password).
base::Status check_password(std::string_view password, std::string_view normalised_email);

}  // namespace mortise::identity
