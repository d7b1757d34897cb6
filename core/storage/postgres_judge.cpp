#include "core/storage/postgres_judge.hpp"

#include "core/base/text.hpp"
#include "core/storage/judge_format.hpp"
#include "core/storage/postgres_tree.hpp"

#include <pg_query.h>

#include <memory>
#include <set>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::storage {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxMigrationText = 256UL * 1024;

// The parse tree's list of statements.
base::Result<json> parse(std::string_view where, const std::string& sql) {
    const auto free_result = [](PgQueryParseResult* parsed) { pg_query_free_parse_result(*parsed); };
    PgQueryParseResult result = pg_query_parse(sql.c_str());
    const std::unique_ptr<PgQueryParseResult, decltype(free_result)> owner(&result, free_result);
    if (result.error != nullptr) return sql_refused(where, result.error->message);
    auto tree = json::parse(result.parse_tree, nullptr, false);
    if (!tree.is_object()) return sql_refused(where, "the parser's answer can't be read");
    auto statements = tree.value("stmts", json::array());
    for (auto& statement : statements)
        statement = statement.value("stmt", json::object());
    return statements;
}

base::Status judge_statement(const PlainNames& names, const JudgedStatement& statement) {
    if (statement.sql.size() > kMaxStatementFile) return sql_refused(statement.name, "it is too long");
    MORTISE_TRY_ASSIGN(const auto tree, parse(statement.name, statement.sql));
    if (tree.size() != 1) return sql_refused(statement.name, "one statement is needed, no more and no less");
    const auto judged = judge_query(names, tree.front(), statement.parameters);
    if (!judged.ok()) return sql_refused(statement.name, judged.error().detail);
    const auto columns = count_columns(tree.front());
    if (!columns.ok()) return sql_refused(statement.name, columns.error().detail);
    if (*columns != statement.columns)
        return sql_refused(statement.name, "it declares " + std::to_string(statement.columns) +
                                               " columns and has " + std::to_string(*columns));
    return {};
}

base::Status judge_migration(PlainNames& names, const Migration& step) {
    const auto where = "migration " + step.name;
    if (step.sql.size() > kMaxMigrationText) return sql_refused(where, "it is too long");
    MORTISE_TRY_ASSIGN(const auto tree, parse(where, step.sql));
    for (const auto& statement : tree)
        if (const auto judged = judge_definition(names, statement); !judged.ok())
            return sql_refused(where, judged.error().detail);
    return {};
}

}  // namespace

base::Status judge_postgres(const JudgedPackage& package) {
    PlainNames names{package.owner, {}};
    for (const auto& step : package.migrations)
        MORTISE_TRY(judge_migration(names, step));
    for (const auto& statement : package.statements)
        MORTISE_TRY(judge_statement(names, statement));
    return {};
}

}  // namespace mortise::storage
