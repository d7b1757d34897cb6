#pragma once

#include "core/flags/value.hpp"

#include <span>
#include <string>

namespace mortise::flags {

// Appends the JSON text of a value, which read_value() reads back as the same: numbers with as many digits as
// it takes. Numbers are finite.
void append_json(std::string& out, const Value& value);
// The same of an object with these members.
void append_json(std::string& out, std::span<const Member> members);

}  // namespace mortise::flags
