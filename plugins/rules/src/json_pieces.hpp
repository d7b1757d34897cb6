#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The parts of a JSON text, cut out and not read: so that a part is read once, by the type that is known of
// it, and its numbers keep all their digits.
namespace rules {

struct JsonMember {
    std::string name;
    std::string_view text;
};

// The members of an object; nullopt if the text is none, or two members have one name. Only the brackets and
// quotes of a part are looked at: whoever reads it finds what else is wrong with it. Views into the text.
std::optional<std::vector<JsonMember>> json_members(std::string_view text);

// The items of an array, in the same way.
std::optional<std::vector<std::string_view>> json_items(std::string_view text);

}  // namespace rules
