#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace mortise::issuer {

// As little of SQLite as the ledger needs (docs/en/decisions/0004). All throw Failure: `ledger_busy` if
// another process holds it for more than five seconds, `disk_full`, `ledger_corrupt`, `ledger_error` else.
// One thread.

class Statement {
 public:
    Statement(Statement&&) noexcept = default;

    // Places count from 1. Texts and blobs are copied.
    Statement& bind(int place, std::string_view text);
    Statement& bind(int place, std::int64_t number);
    Statement& bind(int place, const std::optional<std::int64_t>& number);
    Statement& bind_blob(int place, std::string_view bytes);
    Statement& bind_null(int place);
    // The values in their order, from place 1.
    template <class... Values>
    Statement& with(const Values&... values) {
        int place = 0;
        (bind(++place, values), ...);
        return *this;
    }

    // Whether there is a row; false ends and resets the statement, so that it can be bound anew.
    bool step();
    // Runs a statement that gives no rows.
    void run();
    void reset() noexcept;

    // Columns of the present row count from 0. NULL is "", 0, or nullopt.
    std::string text(int column) const;
    std::int64_t number(int column) const;
    std::optional<std::int64_t> optional_number(int column) const;

 private:
    friend class Sqlite;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Sqlite {
 public:
    // WAL, synchronous=FULL: what was committed survives a crash of the machine. Makes the file with mode
    // 0600.
    explicit Sqlite(const std::filesystem::path& file);

    Statement prepare(std::string_view sql);
    // One or more statements without parameters and rows.
    void run(const std::string& sql);
    std::int64_t pragma(const std::string& name);
    // Copies the database as it stands into a new file, by SQLite's backup interface.
    void copy_to(const std::filesystem::path& file);

 private:
    struct Close {
        void operator()(sqlite3* connection) const noexcept;
    };
    std::unique_ptr<sqlite3, Close> connection_;
};

// BEGIN IMMEDIATE; rolled back unless commit() was called.
class Transaction {
 public:
    explicit Transaction(Sqlite& database);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    void commit();

 private:
    Sqlite& database_;
    bool open_ = true;
};

}  // namespace mortise::issuer
