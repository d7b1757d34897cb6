#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// The words by which a sheet says what its rows and columns are.
namespace rules::tables {

// In the order of a sheet.
enum class RowKind : std::uint8_t {
    kTitle,
    kPolicy,
    kColumns,
    kLabel,
    kExpression,
    kType,
    kValues,
    kDefault,
    kId,
    kRule,
};
inline constexpr std::array<std::string_view, 10> kRowWords = {
    "Decision table", "Hit policy", "Columns", "Label", "Expression",
    "Type",           "Values",     "Default", "Id",    "Rule"};

enum class ColumnKind : std::uint8_t { kId, kInput, kOutput, kAnnotation, kDescription };
inline constexpr std::array<std::string_view, 5> kColumnWords = {"id", "input", "output", "annotation",
                                                                 "description"};

constexpr std::string_view word_of(RowKind kind) {
    return kRowWords[static_cast<std::size_t>(kind)];
}

constexpr std::string_view word_of(ColumnKind kind) {
    return kColumnWords[static_cast<std::size_t>(kind)];
}

// Without blanks around it.
std::string_view trimmed(std::string_view text);

// However a person capitalises the word.
std::optional<RowKind> find_row_kind(std::string_view cell);
std::optional<ColumnKind> find_column_kind(std::string_view cell);

}  // namespace rules::tables
