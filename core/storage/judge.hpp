#pragma once

#include "core/base/result.hpp"
#include "core/storage/database.hpp"
#include "core/storage/migration.hpp"
#include "core/storage/statement_file.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace mortise::storage {

// One expanded statement as the judge sees it.
struct JudgedStatement {
    std::string name;
    std::string sql;
    std::size_t parameters = 0;
    std::size_t columns = 0;
};

// What is judged together: the SQL of one plugin for one engine.
struct JudgedPackage {
    std::string owner;
    Engine engine = Engine::kSqlite;
    std::vector<Migration> migrations;
    std::vector<JudgedStatement> statements;

    // Adds every variant of a statement file, each text once.
    void add(const StatementTemplate& statement);
};

// The most that the references to all common table expressions of one statement may multiply to: each doubles
// what the engine expands, and 20 doublings took 1.5 GB inside SQLite's prepare.
inline constexpr std::size_t kMaxCteProduct = 64;

// Reads a package's SQL with the engine's own parser before anything of it runs, in a child process that may
// use 256 MiB, 2 s of processor and 10 s of time. Passes only what reaches nothing but the plugin's own
// tables: a statement is one SELECT, INSERT, UPDATE, DELETE or WITH, of listed functions, with the declared
// number of columns; a migration makes, changes and fills the plugin's own tables and indexes. Errors:
// `sql_refused` with the statement and the reason; `judge_failed` if the child can't be started, is killed or
// runs out of a limit.
base::Status judge(const JudgedPackage& package);

// The child's program, which stands beside the running one.
std::filesystem::path judge_program();

}  // namespace mortise::storage
