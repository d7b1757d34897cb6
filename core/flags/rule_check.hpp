#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace mortise::flags {

// How flagd's schema is applied to rules.
enum class Strictness : std::uint8_t {
    kSchema,    // to the letter, and a $ref must lead to something
    kDocument,  // to the letter; a $ref to nothing, of which the schema knows nothing, is a warning
    kFlagd      // as flagd does it: what it evaluates all the same is taken, with a warning
};

// What is wrong with rules, by JSON pointers.
struct RuleFindings {
    std::vector<base::FieldError> faults;
    std::vector<base::FieldError> warnings;
};

// Checks a targeting rule (or evaluator) against targeting.json of flagd-schemas. `at` is its own pointer.
// Stricter than the schema in two things: an object has one member, and rules inside of arrays count.
void check_targeting(const nlohmann::json& rule, Strictness strictness, const std::string& at,
                     RuleFindings& findings);

}  // namespace mortise::flags
