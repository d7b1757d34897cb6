#include "core/flags/evaluation.hpp"

#include <array>

namespace mortise::flags {

std::string_view to_string(Reason reason) noexcept {
    constexpr std::array<std::string_view, 5> kNames{"STATIC", "TARGETING_MATCH", "DEFAULT", "DISABLED",
                                                     "ERROR"};
    return kNames[static_cast<std::size_t>(reason)];
}

std::string_view to_string(ErrorCode code) noexcept {
    constexpr std::array<std::string_view, 5> kNames{"", "FLAG_NOT_FOUND", "PARSE_ERROR", "GENERAL",
                                                     "TARGETING_KEY_MISSING"};
    return kNames[static_cast<std::size_t>(code)];
}

}  // namespace mortise::flags
