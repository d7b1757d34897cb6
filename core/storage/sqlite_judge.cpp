#include "core/storage/sqlite_judge.hpp"

#include "core/base/text.hpp"
#include "core/storage/judge_format.hpp"
#include "core/storage/sqlite_connection.hpp"
#include "core/storage/sqlite_migrator.hpp"
#include "core/storage/sqlite_words.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

namespace mortise::storage {
namespace {

constexpr auto kQueryVerbs =
    std::to_array<std::string_view>({"select", "insert", "update", "delete", "with", "replace"});
constexpr auto kHostWords = std::to_array<std::string_view>({"sqlite_", "pragma_"});
constexpr std::chrono::seconds kMigrationTime{1};

// What SQLite itself says of it.
base::Error refused_by_sqlite(std::string_view where, const base::Error& error) {
    return sql_refused(where, error.log_text.empty() ? error.detail : error.log_text);
}

base::Status check_words(std::string_view where, const std::vector<SqliteWord>& words) {
    for (const auto& word : words)
        for (const auto prefix : kHostWords)
            if (word.is_name() && word.text.starts_with(prefix))
                return sql_refused(where, word.text + " is SQLite's own and not for plugins");
    return {};
}

base::Status apply_migrations(SqliteConnection& connection, const JudgedPackage& package) {
    for (const auto& step : package.migrations) {
        const auto where = "migration " + step.name;
        MORTISE_TRY(check_words(where, sqlite_words(step.sql)));
        connection.set_deadline(base::Monotonic::clock::now() + kMigrationTime);
        if (const auto begun = connection.begin(Access::kWrite); !begun.ok())
            return refused_by_sqlite(where, begun.error());
        auto done = run_plugin_step(connection, package.owner, step);
        if (done.ok()) done = connection.commit();
        if (!done.ok()) return refused_by_sqlite(where, done.error());
    }
    return {};
}

base::Status check_prepared(std::string_view where, const JudgedStatement& statement, sqlite3_stmt* made,
                            const char* tail) {
    if (made == nullptr) return sql_refused(where, "there is no statement");
    if (!sqlite_words(tail).empty()) return sql_refused(where, "only one statement is allowed");
    if (sqlite3_stmt_isexplain(made) != 0) return sql_refused(where, "EXPLAIN is not allowed");
    const auto columns = static_cast<std::size_t>(sqlite3_column_count(made));
    if (columns != statement.columns)
        return sql_refused(where, "it declares " + std::to_string(statement.columns) + " columns and has " +
                                      std::to_string(columns));
    for (int i = 1; i <= sqlite3_bind_parameter_count(made); ++i) {
        const char* name = sqlite3_bind_parameter_name(made, i);
        const auto number = name != nullptr && name[0] == '$'
                                ? base::parse_u64(std::string_view(name).substr(1))
                                : std::nullopt;
        if (!number || *number == 0 || *number > statement.parameters)
            return sql_refused(where, "it has a parameter that it does not declare");
    }
    return {};
}

base::Status judge_statement(SqliteConnection& connection, const JudgedStatement& statement) {
    const auto& where = statement.name;
    if (statement.sql.size() > kMaxStatementFile) return sql_refused(where, "it is too long");
    const auto words = sqlite_words(statement.sql);
    if (words.empty() || std::ranges::find(kQueryVerbs, words.front().text) == kQueryVerbs.end())
        return sql_refused(where, "a statement begins with SELECT, INSERT, UPDATE, DELETE or WITH");
    MORTISE_TRY(check_words(where, words));
    if (cte_product(words) > kMaxCteProduct)
        return sql_refused(where, "the references to its common table expressions multiply to more than " +
                                      std::to_string(kMaxCteProduct));
    sqlite3_stmt* made = nullptr;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v2(connection.handle(), statement.sql.c_str(), -1, &made, &tail);
    const std::unique_ptr<sqlite3_stmt, SqliteClose> owner(made);
    if (code != SQLITE_OK) return sql_refused(where, sqlite3_errmsg(connection.handle()));
    return check_prepared(where, statement, made, tail);
}

}  // namespace

base::Status judge_sqlite(const JudgedPackage& package) {
    SqliteOptions options;
    options.file = ":memory:";
    options.create = true;
    options.tenant.bytes.fill(1);
    MORTISE_TRY_ASSIGN(const auto connection, SqliteConnection::open(options));
    MORTISE_TRY(apply_migrations(*connection, package));
    connection->policy() = {package.owner, false};
    for (const auto& statement : package.statements)
        MORTISE_TRY(judge_statement(*connection, statement));
    return {};
}

}  // namespace mortise::storage
