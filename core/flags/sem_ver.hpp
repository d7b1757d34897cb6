#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mortise::flags {

// A version as flagd's `sem_ver` takes it: semver.org 2.0.0, before it perhaps a v, or its first one or two
// numbers alone. Build metadata has no say.
struct SemVer {
    std::uint64_t major = 0, minor = 0, patch = 0;  // to 2^53 - 1
    std::string_view prerelease;                    // of the text that was parsed
};

// At most 256 bytes; nothing if it is no version.
std::optional<SemVer> parse_sem_ver(std::string_view text) noexcept;

// Less than 0, 0 or more by precedence (semver.org 2.0.0, 11).
int compare_sem_ver(const SemVer& a, const SemVer& b) noexcept;

// `^` asks for the same major version, `~` for the same minor version as well.
enum class SemVerOperator : std::uint8_t {
    kEqual,
    kNotEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kSameMajor,
    kSameMinor
};
// "=", "!=", "<", "<=", ">", ">=", "^", "~".
std::optional<SemVerOperator> parse_sem_ver_operator(std::string_view text) noexcept;

bool holds(SemVerOperator comparison, const SemVer& a, const SemVer& b) noexcept;

}  // namespace mortise::flags
