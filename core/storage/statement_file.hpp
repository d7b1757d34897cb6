#pragma once

#include "core/base/result.hpp"
#include "core/storage/statement.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::storage {

// A named statement of a plugin, as a file of its package. Comments at the file's head declare what goes in
// and what comes out; blocks are in the text only when they are asked for:
//
//   -- Free comment.
//   -- @param status text?          name and type; `?`: may be null
//   -- @param sort choice(due, -due)
//   -- @param limit int
//   -- @column id uuid
//   SELECT id FROM things__thing WHERE 1 = 1
//   --? status                      only if the parameter is not null
//     AND status = :status
//   --? sort = due                  only if the choice has this value; ends the block before it
//   ORDER BY due
//   --? sort = -due
//   ORDER BY due DESC
//   --? end
//   LIMIT :limit
//
// Types are int, real, text, bytes, uuid, bool and time. Every combination of blocks is expanded when the
// file is read, so nothing is put together while requests are served.
inline constexpr std::size_t kMaxStatementFile = 64UL * 1024;
inline constexpr std::size_t kMaxStatementVariants = 256;
inline constexpr std::size_t kMaxStatementParameters = 64;

struct TemplateParameter {
    std::string name;
    Type type = Type::kText;
    bool nullable = false;
    std::vector<std::string> choices;  // not empty: the value is the text of one of them, and is never bound
};

struct TemplateColumn {
    std::string name;
    Type type = Type::kText;
    bool nullable = false;
};

// Immutable; shared between threads.
class StatementTemplate {
 public:
    const std::string& name() const noexcept { return name_; }
    const std::vector<TemplateParameter>& parameters() const noexcept { return parameters_; }
    const std::vector<TemplateColumn>& columns() const noexcept { return columns_; }
    std::size_t variants() const noexcept { return variants_.size(); }
    // Whether one of the variants may change rows, or lock them to do so. True also of what only has a bare
    // name like one of the verbs.
    bool writes() const noexcept { return writes_; }
    // With all its blocks chosen; `index` is less than variants().
    const Statement& variant(std::size_t index) const noexcept { return *variants_[index].statement; }

    // The statement for these values, which stand in the order of parameters(), and into `bound` the values
    // that it takes. Wrong number, type, null or choice: `invalid_parameter`. The statement lives as long as
    // this.
    base::Result<const Statement*> select(std::span<const Value> values, std::vector<Value>& bound) const;

 private:
    friend class StatementFileParser;

    struct Variant {
        std::unique_ptr<const Statement> statement;
        std::vector<std::size_t> bound;  // which values, in the order of $1, $2, …
    };
    // A parameter that decides about blocks: by null or not (radix 2), or by its choice.
    struct Dimension {
        std::size_t parameter = 0;
        std::size_t radix = 2;
    };

    base::Error fault(std::size_t parameter, std::string_view what) const;

    std::string name_;
    std::vector<TemplateParameter> parameters_;
    std::vector<TemplateColumn> columns_;
    std::vector<Dimension> dimensions_;
    bool writes_ = false;
    std::vector<Variant> variants_;  // by mixed radix over dimensions_, the first the most significant
};

// Reads a statement file. `name` is the statement's name, `where` stands in errors: "where:line: what is
// wrong"
// (`statement_invalid`).
base::Result<std::unique_ptr<const StatementTemplate>> parse_statement_file(std::string_view name,
                                                                            std::string_view where,
                                                                            std::string_view text);

}  // namespace mortise::storage
