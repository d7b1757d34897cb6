#pragma once

#include "feel/result.hpp"
#include "feel/type.hpp"
#include "feel/value.hpp"

#include <string>
#include <string_view>

// FEEL values as JSON: numbers with all their digits, temporals as ISO texts.
namespace rules::feel {

struct JsonLimits {
    std::size_t bytes = 8u << 20;
    std::uint32_t depth = 100;
    std::size_t values = 1'000'000;
};

// Reads a text. Where the type wants a temporal, a text of it becomes one; `{"@type": "date", "@value": "…"}`
// is one wherever it stands. Anything else becomes what it looks like, whatever the type says: `coerce`
// judges.
Result<Value> read_json(std::string_view text, const Type& type = {}, const JsonLimits& limits = {});

enum class JsonForm : std::uint8_t {
    kPlain,   // temporals as texts
    kTagged,  // temporals as {"@type", "@value"}
};

// Writes a value; a function as null, a range as a text. Ends with a fault past the limit of bytes.
Result<std::string> write_json(const Value& value, JsonForm form = JsonForm::kPlain,
                               const JsonLimits& limits = {});

}  // namespace rules::feel
