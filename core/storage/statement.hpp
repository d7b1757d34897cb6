#pragma once

#include "core/base/result.hpp"
#include "core/storage/value.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::storage {

// One SQL statement with typed parameters ($1, $2, …) and typed result columns. Made once, kept for the life
// of the process or of a plugin's generation; connections keep its prepared form by `id`, which is unique in
// the process. The text is the same for both engines unless `postgresql` is given.
class Statement {
 public:
    struct Text {
        std::string sqlite;
        std::string postgresql;
    };

    // `name` is for logs and errors, such as "identity.find_user".
    Statement(std::string name, std::string sql, std::vector<Type> parameters,
              std::vector<Type> columns = {});
    Statement(std::string name, Text text, std::vector<Type> parameters, std::vector<Type> columns = {});

    std::uint64_t id() const noexcept { return id_; }
    const std::string& name() const noexcept { return name_; }
    const std::string& sqlite() const noexcept { return text_.sqlite; }
    const std::string& postgresql() const noexcept {
        return text_.postgresql.empty() ? text_.sqlite : text_.postgresql;
    }
    const std::vector<Type>& parameters() const noexcept { return parameters_; }
    const std::vector<Type>& columns() const noexcept { return columns_; }

 private:
    std::uint64_t id_;
    std::string name_;
    Text text_;
    std::vector<Type> parameters_;
    std::vector<Type> columns_;
};

// Whether a text begins with SELECT, INSERT, UPDATE, DELETE or WITH, after comments that are not nested. On
// either engine such a text can't end the transaction or change the role or a setting except by a function.
bool begins_query(std::string_view sql) noexcept;

// The most bytes of one text or blob.
inline constexpr std::size_t kMaxValueBytes = 32U << 20;

// What both engines refuse alike before they bind: a wrong number or type of values (internal), and text with
// a NUL or that is not UTF-8, and NaN (kInvalid, "invalid_text"): one engine or the other would change or
// refuse these.
base::Status check_parameters(const Statement& statement, std::span<const Value> values);

}  // namespace mortise::storage
