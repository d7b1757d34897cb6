#pragma once

#include "feel/type.hpp"
#include "feel/value.hpp"
#include "tables/fault.hpp"
#include "tables/json_object.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rules::tables {

// An input or output of simple rules, while they are read.
struct SimpleColumn {
    std::string name;
    std::string label;
    std::string type;     // FEEL's name of it; empty: that of the first value
    std::string pointer;  // of where it was declared, or else first used
    std::vector<feel::Value> values;
    bool has_declared_type = false;
    bool mixed = false;  // has values of several types, where that is allowed
};

// The columns by name: those that are declared or, where none are, those that are used.
class SimpleColumns {
 public:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    SimpleColumns(std::size_t most, Faults& faults) : most_(most), faults_(faults) {}

    // Declares the members of an array of {"name", "label", "type", "values"}, and "default" of outputs,
    // which stays with the caller.
    void declare(const JsonObject& rules, std::string_view member);
    // The column of a name that is used at a place; kNone, with a fault, if there can be none.
    std::size_t use(const std::string& name, const std::string& pointer);

    // A value as the column's type wants it: a text of a temporal becomes one. Gives the column its type if
    // it has none; with a fault, and null, if the value is of another type.
    feel::Value typed(std::size_t column, const feel::Value& value, const std::string& pointer);
    // The same without a fault: a column of several types has none.
    feel::Value loosely_typed(std::size_t column, const feel::Value& value, const std::string& pointer);

    // Of a column that is computed: only a declared type is kept.
    void forget_type(std::size_t column);

    const std::vector<SimpleColumn>& all() const { return columns_; }
    // The values that the column may have, as unary tests; empty if it isn't restricted.
    std::string values_of(std::size_t column) const;

 private:
    std::size_t add(SimpleColumn column);
    std::string type_name(const JsonObject& declared);

    std::size_t most_;
    Faults& faults_;
    bool declared_ = false;
    std::vector<SimpleColumn> columns_;
    std::map<std::string, std::size_t, std::less<>> places_;
};

}  // namespace rules::tables
