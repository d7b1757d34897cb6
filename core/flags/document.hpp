#pragma once

#include "core/base/result.hpp"
#include "core/flags/definition.hpp"
#include "core/flags/set_definition.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mortise::flags {

inline constexpr std::size_t kMaxDocumentSize = 8 * 1024 * 1024;  // bytes of an imported document
inline constexpr std::size_t kMaxDocumentFlags = 10'000;

// A flagd document: flags, and what their set has.
struct Document {
    std::vector<std::pair<std::string, Definition>> flags;  // by key
    SetDefinition set;  // `set` as it was given, with the document's parts over it
    bool changes_set = false;
    std::vector<base::FieldError> warnings;
};

// Reads {"flags": {key: flag, …} or [{"key": …}, …], "$evaluators": …, "metadata": …}: all of it, or every
// fault with its pointer (`invalid_flag`). `fractional` ("v2" or "v3") is our own member. A document that
// names a
// `$schema` is held to it to the letter, and flags.json allows no list; one that names none is taken as flagd
// takes it, with warnings. Rules may also refer to the evaluators of `set`.
base::Result<Document> parse_document(std::string_view json, const SetDefinition& set = {});

}  // namespace mortise::flags
