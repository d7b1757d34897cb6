#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

// The names that a rule's context has beside the client's, and how `var` writes where something is.
namespace mortise::flags {

inline constexpr std::string_view kFlagdName = "$flagd";
inline constexpr std::string_view kFlagKeyName = "flagKey";
inline constexpr std::string_view kTimestampName = "timestamp";
inline constexpr std::string_view kTargetingKeyName = "targetingKey";
inline constexpr std::string_view kTenantName = "tenant";
inline constexpr std::string_view kPlanName = "plan";
inline constexpr std::string_view kCurrentName = "current";
inline constexpr std::string_view kAccumulatorName = "accumulator";

inline constexpr std::uint32_t kNoPath = std::numeric_limits<std::uint32_t>::max();

// Takes "a.b.0" apart at its dots; a backslash before a dot, a slash or a backslash takes their meaning away.
class PathReader {
 public:
    explicit PathReader(std::string_view path) noexcept : path_(path) {}

    // The next step; false after the last. `room` has as many bytes as the whole path, and is written to only
    // if the path has backslashes; it is the same for all steps.
    bool next(std::string_view& step, char* room) noexcept;

 private:
    std::string_view path_;
    std::size_t at_ = 0;
    bool done_ = false;
};

// "0", "1", …, in the only way that JavaScript writes them.
std::optional<std::size_t> array_index(std::string_view step) noexcept;

}  // namespace mortise::flags
