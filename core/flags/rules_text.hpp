#pragma once

#include "core/base/result.hpp"
#include "core/flags/compiler.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace mortise::flags {

// Names what something was made of: equal ones are made alike.
using FlagDigest = std::array<std::uint8_t, 16>;

// What the flags of an owner may refer to, in a form from which another process makes the same.
struct RulesText {
    std::string json;
    FlagDigest digest;
};

// The same of one flag's owner.
struct SetText {
    std::shared_ptr<const RulesText> rules;  // null: nothing
    bool large_segments = false;             // there are also segments, too large to be part of that text
};

// Segments by key, as they are stored.
using SegmentTexts = std::map<std::string_view, std::string_view>;

// Null if there is nothing to refer to, and nothing beside what is usual. The segments are those of the
// rules.
std::shared_ptr<const RulesText> write_rules(const RuleSet& rules, const SegmentTexts& segments = {});
// Reads what write_rules() wrote.
base::Result<RuleSet> read_rules(std::string_view json);

}  // namespace mortise::flags
