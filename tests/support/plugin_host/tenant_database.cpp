#include "tests/support/plugin_host/tenant_database.hpp"

#include "tests/support/plugin_host/statement_file.hpp"
#include "tests/support/plugin_host/text.hpp"

#include <sqlite3.h>

#include <array>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace mortise::test {
namespace {

// So few that both a batch of several rows and several batches occur.
constexpr int kRowsPerBatch = 3;

sqlite3* open_in_memory() {
    sqlite3* database = nullptr;
    if (sqlite3_open(":memory:", &database) != SQLITE_OK) throw std::runtime_error("SQLite does not open");
    return database;
}

void answer_tenant(sqlite3_context* context, int, sqlite3_value**) {
    static constexpr std::array<char, 16> kTenant{'t', 'e', 'n', 'a', 'n', 't'};
    sqlite3_result_blob(context, kTenant.data(), kTenant.size(), SQLITE_STATIC);
}

// In the order of their names, which is that of their numbers.
std::set<std::filesystem::path> scripts_in(const std::filesystem::path& folder) {
    std::set<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        paths.insert(entry.path());
    return paths;
}

void bind_value(sqlite3_stmt* statement, int place, const mortise_value& value) {
    const auto size = static_cast<int>(value.as.bytes.size);
    const auto* data = reinterpret_cast<const char*>(value.as.bytes.data);
    switch (value.type) {
        case MORTISE_VALUE_NULL:
            sqlite3_bind_null(statement, place);
            break;
        case MORTISE_VALUE_REAL:
            sqlite3_bind_double(statement, place, value.as.real);
            break;
        case MORTISE_VALUE_TEXT:
            sqlite3_bind_text(statement, place, data != nullptr ? data : "", size, SQLITE_STATIC);
            break;
        case MORTISE_VALUE_BYTES:
        case MORTISE_VALUE_UUID:
            sqlite3_bind_blob(statement, place, data, size, SQLITE_STATIC);
            break;
        default:
            sqlite3_bind_int64(statement, place, value.as.integer);
    }
}

void append_little_endian(std::string& out, std::uint64_t number, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i)
        out += static_cast<char>((number >> (8 * i)) & 255U);
}

void append_cell(std::string& out, sqlite3_stmt* statement, int column, std::string_view type) {
    if (sqlite3_column_type(statement, column) == SQLITE_NULL) {
        out += static_cast<char>(MORTISE_VALUE_NULL);
    } else if (type.starts_with("uuid")) {
        out += static_cast<char>(MORTISE_VALUE_UUID);
        out.append(static_cast<const char*>(sqlite3_column_blob(statement, column)), 16);
    } else if (type.starts_with("text")) {
        out += static_cast<char>(MORTISE_VALUE_TEXT);
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
        append_little_endian(out, size, 4);
        out.append(reinterpret_cast<const char*>(sqlite3_column_text(statement, column)), size);
    } else if (type.starts_with("int") || type.starts_with("time")) {
        out += static_cast<char>(MORTISE_VALUE_INT);
        append_little_endian(out, static_cast<std::uint64_t>(sqlite3_column_int64(statement, column)), 8);
    } else {
        throw std::runtime_error("a column of the type " + std::string(type));
    }
}

mortise_status status_of(int code) {
    switch (code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
            return MORTISE_E_UNIQUE;
        case SQLITE_CONSTRAINT_FOREIGNKEY:
            return MORTISE_E_FOREIGN_KEY;
        case SQLITE_CONSTRAINT_CHECK:
        case SQLITE_CONSTRAINT_NOTNULL:
            return MORTISE_E_CHECK;
        default:
            return MORTISE_E_INTERNAL;
    }
}

// What is left of `batch` is nothing.
mortise_status push_batch(const mortise_sink* sink, std::string& batch) {
    const std::string full = std::exchange(batch, {});
    if (sink == nullptr || full.empty()) return MORTISE_OK;
    return sink->push(sink->context, reinterpret_cast<const std::uint8_t*>(full.data()), full.size());
}

}  // namespace

void SqliteCloser::operator()(sqlite3* database) const noexcept {
    sqlite3_close(database);
}

void SqliteCloser::operator()(sqlite3_stmt* statement) const noexcept {
    sqlite3_finalize(statement);
}

bool PreparedStatement::writes() const noexcept {
    return sqlite3_stmt_readonly(statement_.get()) == 0;
}

mortise_status PreparedStatement::run(const mortise_sink* sink, std::int64_t& changed) {
    const mortise_status status = send_rows(sink);
    if (status != MORTISE_OK && status != MORTISE_E_STOPPED) return status;
    changed = writes() ? sqlite3_changes(sqlite3_db_handle(statement_.get())) : 0;
    return MORTISE_OK;
}

mortise_status PreparedStatement::send_rows(const mortise_sink* sink) {
    std::string batch;
    int rows = 0;
    int code = sqlite3_step(statement_.get());
    for (; code == SQLITE_ROW; code = sqlite3_step(statement_.get())) {
        batch += next_row();
        if (++rows % kRowsPerBatch != 0) continue;
        if (const mortise_status sent = push_batch(sink, batch); sent != MORTISE_OK) return sent;
    }
    if (code != SQLITE_DONE) return status_of(sqlite3_extended_errcode(sqlite3_db_handle(statement_.get())));
    return push_batch(sink, batch);
}

std::string PreparedStatement::next_row() const {
    std::string row;
    for (std::size_t i = 0; i < column_types_.size(); ++i)
        append_cell(row, statement_.get(), static_cast<int>(i), column_types_[i]);
    return row;
}

TenantDatabase::TenantDatabase(std::filesystem::path sql)
    : sql_(std::move(sql)), database_(open_in_memory()) {
    sqlite3_create_function(database_.get(), "mortise_tenant", 0,
                            SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nullptr, answer_tenant,
                            nullptr, nullptr);
    run_script("PRAGMA foreign_keys = ON");
    for (const auto& migration : scripts_in(sql_ / "migrations"))
        run_script(read_file(migration));
}

void TenantDatabase::run_script(const std::string& script) {
    if (sqlite3_exec(database_.get(), script.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(database_.get()));
}

PreparedStatement TenantDatabase::prepare(const std::string& name, std::span<const mortise_value> values) {
    const StatementFile file = read_statement(query(name), values);
    if (values.size() != file.parameters.size())
        throw std::runtime_error(name + " takes " + std::to_string(file.parameters.size()) + " values");
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_.get(), file.text.c_str(), -1, &statement, nullptr) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(database_.get()));
    // A parameter may stand in a block that was not chosen, or do no more than choose.
    for (std::size_t i = 0; i < file.parameters.size(); ++i)
        if (const int place = sqlite3_bind_parameter_index(statement, (':' + file.parameters[i]).c_str()))
            bind_value(statement, place, values[i]);
    return {statement, file.column_types};
}

std::string TenantDatabase::explain(const std::string& name) {
    std::string plan;
    const auto append = [](void* context, int, char** values, char**) {
        static_cast<std::string*>(context)->append(values[3]).append("\n");
        return 0;
    };
    const std::string explained = "EXPLAIN QUERY PLAN " + read_statement(query(name), {}).text;
    if (sqlite3_exec(database_.get(), explained.c_str(), append, &plan, nullptr) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(database_.get()));
    return plan;
}

}  // namespace mortise::test
