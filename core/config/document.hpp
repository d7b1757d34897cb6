#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mortise::config {

// A TOML document as a plain tree that remembers lines, so that whoever reads it can say where a fault is.
// Immutable after parsing; freely shared between threads.
class Node {
 public:
    using Array = std::vector<Node>;
    using Table = std::map<std::string, Node, std::less<>>;
    using Value = std::variant<std::string, std::int64_t, double, bool, Array, Table>;

    Node(Value value, std::uint32_t line) : value_(std::move(value)), line_(line) {}

    std::uint32_t line() const noexcept { return line_; }

    // Null if it is of another type.
    const std::string* string() const noexcept { return std::get_if<std::string>(&value_); }
    const std::int64_t* integer() const noexcept { return std::get_if<std::int64_t>(&value_); }
    const double* real() const noexcept { return std::get_if<double>(&value_); }
    const bool* boolean() const noexcept { return std::get_if<bool>(&value_); }
    const Array* array() const noexcept { return std::get_if<Array>(&value_); }
    const Table* table() const noexcept { return std::get_if<Table>(&value_); }

    // The member of a table; null if it has none, or is no table.
    const Node* find(std::string_view key) const noexcept;

    // "a string", "a number", "a table" …, for messages.
    std::string_view type_name() const noexcept;

 private:
    Value value_;
    std::uint32_t line_;
};

inline constexpr std::size_t kMaxDocumentBytes = 1024 * 1024;

// Parses TOML 1.0. `name` stands in errors, which read "name:line: what is wrong". Dates are not used by
// anything that we read, and are refused.
base::Result<Node> parse_toml(std::string_view text, std::string_view name);

}  // namespace mortise::config
