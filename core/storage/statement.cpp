#include "core/storage/statement.hpp"

#include "core/base/text.hpp"
#include "core/storage/error_map.hpp"
#include "core/storage/value_type.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <utility>

namespace mortise::storage {
namespace {

constexpr auto kQueryVerbs =
    std::to_array<std::string_view>({"select", "insert", "update", "delete", "with"});

bool is_name_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

std::uint64_t next_id() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

base::Error invalid_value(const Statement& statement, std::size_t i, std::string_view why) {
    return {base::ErrorKind::kInvalid, "invalid_text",
            "A text or number can't be stored: " + std::string(why) + ".",
            statement.name() + ": parameter " + std::to_string(i + 1) + ": " + std::string(why)};
}

base::Error too_big(const Statement& statement, std::size_t i) {
    return storage_error(kTooBig, statement.name() + ": parameter " + std::to_string(i + 1));
}

}  // namespace

Statement::Statement(std::string name, std::string sql, std::vector<Type> parameters,
                     std::vector<Type> columns)
    : Statement(std::move(name), Text{std::move(sql), {}}, std::move(parameters), std::move(columns)) {}

Statement::Statement(std::string name, Text text, std::vector<Type> parameters, std::vector<Type> columns)
    : id_(next_id()),
      name_(std::move(name)),
      text_(std::move(text)),
      parameters_(std::move(parameters)),
      columns_(std::move(columns)) {}

bool begins_query(std::string_view sql) noexcept {
    for (;;) {
        const auto begin = sql.find_first_not_of(" \t\r\n\f");
        sql.remove_prefix(std::min(begin, sql.size()));
        if (sql.starts_with("--")) {
            sql.remove_prefix(std::min(sql.find('\n'), sql.size()));
        } else if (sql.starts_with("/*")) {
            const auto end = sql.find("*/", 2);
            // PostgreSQL nests comments: what looks like the end may not be it.
            if (end == std::string_view::npos || sql.substr(2, end - 1).find("/*") != std::string_view::npos)
                return false;
            sql.remove_prefix(end + 2);
        } else {
            break;
        }
    }
    return std::ranges::any_of(kQueryVerbs, [&](std::string_view verb) {
        return base::iequals(sql.substr(0, verb.size()), verb) &&
               (sql.size() == verb.size() || !is_name_character(sql[verb.size()]));
    });
}

base::Status check_parameters(const Statement& statement, std::span<const Value> values) {
    const auto& types = statement.parameters();
    if (values.size() != types.size())
        return base::internal_error(statement.name() + ": takes " + std::to_string(types.size()) +
                                    " parameters, got " + std::to_string(values.size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::holds_alternative<Null>(values[i])) continue;
        if (!has_type(values[i], types[i]))
            return base::internal_error(statement.name() + ": parameter " + std::to_string(i + 1) +
                                        " is not of the declared type");
        const auto* bytes = std::get_if<Bytes>(&values[i]);
        if (bytes != nullptr && bytes->data.size() > kMaxValueBytes) return too_big(statement, i);
        if (const auto* text = std::get_if<std::string_view>(&values[i])) {
            if (text->size() > kMaxValueBytes) return too_big(statement, i);
            if (text->find('\0') != std::string_view::npos)
                return invalid_value(statement, i, "it holds a NUL");
            if (!base::is_utf8(*text)) return invalid_value(statement, i, "it is not UTF-8");
        }
        if (const auto* real = std::get_if<double>(&values[i]); real != nullptr && std::isnan(*real))
            return invalid_value(statement, i, "it is not a number");
    }
    return {};
}

}  // namespace mortise::storage
