#pragma once

#include "core/base/result.hpp"
#include "core/flags/compiler.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace mortise::flags {

inline constexpr std::size_t kMaxSetSize = 1024 * 1024;  // bytes of a set's JSON
inline constexpr std::size_t kMaxEvaluators = 1000;

// What the flags of one set share: a tenant has one set, the platform has one.
struct SetDefinition {
    RuleSet rules;
    std::string metadata;  // a JSON object, compact, below the metadata of each flag; empty if there is none

    // {"fractional": "v2", "metadata": {…}, "$evaluators": {…}}, compact.
    std::string to_json() const;
};

// Strict: the members of to_json(), each of which may be left out. Every evaluator is checked and compiled.
// The error is `invalid_flag_set` (400) with JSON pointers.
// Rules may also refer to the segments.
base::Result<SetDefinition> parse_set(std::string_view json,
                                      std::shared_ptr<const SegmentRules> segments = {});
// Reads what to_json() wrote, which was checked then.
base::Result<SetDefinition> read_stored_set(std::string_view json);

// The parts of a document that concern its set, put over `set`: metadata and `fractional` replace, evaluators
// are added or replaced by name. Faults and warnings are those of the parts.
void read_set_parts(const nlohmann::json& document, Strictness strictness, SetDefinition& set,
                    RuleFindings& findings);

// The metadata of a flag over that of its set; empty if both are.
std::string merge_metadata(const std::string& of_set, const std::string& of_flag);

}  // namespace mortise::flags
