#pragma once

#include "feel/value.hpp"
#include "tables/fault.hpp"

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace rules::tables {

// A JSON object at a place of a document, whose members are asked for one by one; what is wrong is told with
// the member's JSON pointer. A value that is no object counts as one without members, after a fault.
class JsonObject {
 public:
    // `known` are all members that it may have; another one is a fault.
    JsonObject(const feel::Value& value, std::string pointer, std::initializer_list<std::string_view> known,
               Faults& faults);

    // Null pointer if it has no such member.
    const feel::Value* find(std::string_view member) const;
    bool has(std::string_view member) const { return find(member) != nullptr; }
    // Empty if it isn't there; if it is required or no string, with a fault.
    std::string text(std::string_view member) const;
    std::string required_text(std::string_view member) const;
    // The same for an array.
    std::span<const feel::Value> items(std::string_view member) const;
    std::span<const feel::Value> required_items(std::string_view member) const;

    std::string pointer(std::string_view member) const;
    std::string pointer(std::string_view member, std::size_t index) const {
        return pointer(member) + '/' + std::to_string(index);
    }
    void fault(std::string_view member, std::string code, std::string reason) const;

 private:
    const feel::Value& value_;  // of the document, which outlives this
    std::string pointer_;
    Faults& faults_;
};

}  // namespace rules::tables
