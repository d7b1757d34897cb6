#pragma once

#include "core/base/result.hpp"
#include "core/flags/compiler.hpp"
#include "core/flags/key_list.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace mortise::flags {

inline constexpr std::size_t kMaxSegmentSize = 1024 * 1024;  // bytes of a segment's JSON
inline constexpr std::size_t kMaxSegmentKeys = 10'000;       // included and excluded
inline constexpr std::size_t kMaxSegments = 1000;            // of an owner in an environment

// Named targeting: who is in it. A key that is included is; one that is excluded isn't; of anybody else the
// rule says it, and without a rule nobody else is.
struct SegmentDefinition {
    std::string json;  // {"name", "description", "included", "excluded", "rule"}, compact
    SegmentRule rule;  // as rules that refer to it see it
};

// Letters, digits, dots, hyphens and underscores, 1 to 128.
bool is_segment_key(std::string_view key) noexcept;

// Every member may be left out. A key in both lists, a rule against flagd's schema or beyond a limit, or
// anything else is `invalid_flag_segment` (400) with JSON pointers. `set` is what the rule may refer to;
// `key` is the segment's own, to which its rule may not lead back.
base::Result<SegmentDefinition> parse_segment(std::string_view json, std::string_view key,
                                              const RuleSet& set);
// Reads what was checked when it was stored.
base::Result<SegmentRule> read_stored_segment(std::string_view json);

}  // namespace mortise::flags
