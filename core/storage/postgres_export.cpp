#include "core/storage/postgres_export.hpp"

#include "core/storage/file_system.hpp"
#include "core/storage/postgres_rules.hpp"
#include "core/storage/sqlite_connection.hpp"

#include <string>
#include <utility>
#include <vector>

namespace mortise::storage {
namespace {

struct Column {
    std::string name;
    std::string type;  // PostgreSQL's name of it
    bool key = false;  // in the primary key
};

struct Mapping {
    std::string_view postgresql;
    Type type;
    std::string_view sqlite;
};
constexpr auto kMappings = std::to_array<Mapping>({{"bigint", Type::kInteger, "INTEGER"},
                                                   {"integer", Type::kInteger, "INTEGER"},
                                                   {"smallint", Type::kInteger, "INTEGER"},
                                                   {"double precision", Type::kReal, "REAL"},
                                                   {"text", Type::kText, "TEXT"},
                                                   {"bytea", Type::kBytes, "BLOB"},
                                                   {"uuid", Type::kUuid, "BLOB"},
                                                   {"boolean", Type::kBoolean, "INTEGER"}});
constexpr Mapping kAnythingElse{"", Type::kText, "TEXT"};

const Mapping& mapping_of(const Column& column) {
    for (const auto& mapping : kMappings)
        if (mapping.postgresql == column.type) return mapping;
    return kAnythingElse;
}

const Statement kColumns(
    "storage.export_columns",
    "SELECT a.attname, format_type(a.atttypid, NULL), "
    "EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)) "
    "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
    "WHERE c.relnamespace = 'mortise_tenant'::regnamespace AND c.relname = $1 AND a.attnum > 0 "
    "AND NOT a.attisdropped ORDER BY a.attnum",
    {Type::kText}, {Type::kText, Type::kText, Type::kBoolean});

std::string quote_name(std::string_view name) {
    std::string out = "\"";
    for (const char c : name)
        out.append(c == '"' ? 2 : 1, c);
    return out + "\"";
}

base::Result<std::vector<Column>> columns_of(PostgresConnection& connection, const std::string& table) {
    std::vector<Column> columns;
    const std::vector<Value> parameters{std::string_view(table)};
    MORTISE_TRY(connection.run(kColumns, parameters, [&](const Row& row) {
        columns.push_back({std::string(row.text(0)), std::string(row.text(1)), row.boolean(2)});
        return true;
    }));
    return columns;
}

std::string definition(const std::string& table, const std::vector<Column>& columns) {
    std::string list;
    std::string key;
    for (const auto& column : columns) {
        list += quote_name(column.name) + " " + std::string(mapping_of(column).sqlite) + ", ";
        if (column.key) key += (key.empty() ? "" : ", ") + quote_name(column.name);
    }
    return "CREATE TABLE " + quote_name(table) + " (" + list + "PRIMARY KEY (" + key + "))";
}

// The statement that reads a table, and the one that writes its copy.
std::pair<Statement, Statement> copy_statements(const std::string& table,
                                                const std::vector<Column>& columns) {
    std::string read;
    std::string write;
    std::vector<Type> types;
    for (const auto& column : columns) {
        const auto& mapping = mapping_of(column);
        types.push_back(mapping.type);
        read += (read.empty() ? "" : ", ") + quote_name(column.name) +
                (mapping.postgresql.empty() ? "::text" : "");
        write += (write.empty() ? "$" : ", $") + std::to_string(types.size());
    }
    return {Statement("storage.export " + table,
                      "SELECT " + read + " FROM mortise_tenant." + quote_name(table), {}, types),
            Statement("storage.export_into " + table,
                      "INSERT INTO " + quote_name(table) + " VALUES (" + write + ")", types)};
}

base::Status copy_table(PostgresConnection& connection, SqliteConnection& copy, const std::string& table) {
    MORTISE_TRY_ASSIGN(const auto columns, columns_of(connection, table));
    MORTISE_TRY(copy.execute(definition(table, columns)));
    const auto [read, write] = copy_statements(table, columns);
    base::Status written;
    MORTISE_TRY(connection.run(read, {}, [&, &into = write](const Row& row) {
        std::vector<Value> values;
        for (std::size_t i = 0; i < row.size(); ++i)
            values.push_back(row[i]);
        auto one = copy.run(into, values, {});
        if (!one.ok()) written = std::move(one).error();
        return written.ok();
    }));
    return written;
}

base::Status copy_tables(PostgresConnection& connection, const base::Uuid& tenant,
                         const std::filesystem::path& target) {
    SqliteOptions options;
    options.file = target;
    options.tenant = tenant;
    options.create = true;
    MORTISE_TRY_ASSIGN(const auto copy, SqliteConnection::open(options));
    MORTISE_TRY(copy->begin(Access::kWrite));
    MORTISE_TRY_ASSIGN(const auto tables, tenant_tables(connection));
    for (const auto& table : tables)
        MORTISE_TRY(copy_table(connection, *copy, table));
    MORTISE_TRY(copy->commit());
    return copy->execute("PRAGMA journal_mode=DELETE");
}

}  // namespace

base::Status export_rows(PostgresConnection& connection, const base::Uuid& tenant,
                         const std::filesystem::path& file) {
    auto temporary = file;
    temporary += ".new";
    MORTISE_TRY(remove_file(temporary));
    MORTISE_TRY(remove_sidecars(temporary));
    MORTISE_TRY(copy_tables(connection, tenant, temporary));
    return publish_file(temporary, file);
}

}  // namespace mortise::storage
