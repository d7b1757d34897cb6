#pragma once

#include "mortise/abi/types.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace mortise::test {

struct SqliteCloser {
    void operator()(sqlite3* database) const noexcept;
    void operator()(sqlite3_stmt* statement) const noexcept;
};

// A statement of the package with its values, which must outlive it. To be run once.
class PreparedStatement {
 public:
    PreparedStatement(sqlite3_stmt* statement, std::vector<std::string> column_types)
        : statement_(statement), column_types_(std::move(column_types)) {}

    bool writes() const noexcept;
    // As mortise.sql/1 has it. `sink` may be null. On failure `changed` is left alone.
    mortise_status run(const mortise_sink* sink, std::int64_t& changed);

 private:
    mortise_status send_rows(const mortise_sink* sink);
    std::string next_row() const;

    std::unique_ptr<sqlite3_stmt, SqliteCloser> statement_;
    std::vector<std::string> column_types_;
};

// A tenant's database: SQLite in memory, migrated by a package's scripts. Throws std::runtime_error with
// SQLite's words where a script or a statement is wrong.
class TenantDatabase {
 public:
    // `sql` is the package's folder for SQLite, with migrations/ and queries/.
    explicit TenantDatabase(std::filesystem::path sql);

    void run_script(const std::string& script);
    // Throws as well where `values` are not as many as the statement's parameters.
    PreparedStatement prepare(const std::string& name, std::span<const mortise_value> values);
    // The query plan of a statement, a step a line; of its choices the first.
    std::string explain(const std::string& name);

 private:
    std::filesystem::path query(const std::string& name) const { return sql_ / "queries" / (name + ".sql"); }

    std::filesystem::path sql_;
    std::unique_ptr<sqlite3, SqliteCloser> database_;
};

}  // namespace mortise::test
