#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace mortise::app {

enum class FlagDifferenceKind : std::uint8_t { kCreated, kUpdated, kDeleted };

// What an import of a document would do to one flag, or (without a key) to what all flags share.
struct FlagDifference {
    FlagDifferenceKind kind = FlagDifferenceKind::kUpdated;
    std::string key;
    std::vector<std::string>
        pointers;  // what of it is changed, as JSON pointers into the flag; kUpdated only
};

// A flagd document with its flags as an object by key, in whichever of both forms they were, and without its
// $schema. `invalid_document` if it has another shape, with a pointer to where.
base::Result<nlohmann::json> normal_document(nlohmann::json document);

// What there is, as an export has it, beside what is wanted; both are normal. `whole`: what isn't wanted
// goes.
std::vector<FlagDifference> flag_differences(const nlohmann::json& present, const nlohmann::json& wanted,
                                             bool whole);

// The changes of a change request that make these differences.
nlohmann::ordered_json planned_changes(const nlohmann::json& present, const nlohmann::json& wanted,
                                       bool whole);

// Where in a flagd document that is, which a pointer into such changes ("/changes/0/definition/state") means.
std::string document_pointer(const nlohmann::ordered_json& changes, const std::string& pointer);

}  // namespace mortise::app
