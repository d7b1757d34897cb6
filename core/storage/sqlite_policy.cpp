#include "core/storage/sqlite_policy.hpp"

#include "core/base/text.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>

namespace mortise::storage {
namespace {

// Functions without effects outside the row, that a plugin's statement may call. Sorted.
constexpr auto kFunctions = std::to_array<std::string_view>({"abs",
                                                             "avg",
                                                             "ceil",
                                                             "ceiling",
                                                             "char",
                                                             "coalesce",
                                                             "count",
                                                             "cume_dist",
                                                             "date",
                                                             "datetime",
                                                             "dense_rank",
                                                             "first_value",
                                                             "floor",
                                                             "format",
                                                             "glob",
                                                             "group_concat",
                                                             "hex",
                                                             "ifnull",
                                                             "iif",
                                                             "instr",
                                                             "json",
                                                             "json_array",
                                                             "json_array_length",
                                                             "json_extract",
                                                             "json_group_array",
                                                             "json_group_object",
                                                             "json_insert",
                                                             "json_object",
                                                             "json_patch",
                                                             "json_quote",
                                                             "json_remove",
                                                             "json_replace",
                                                             "json_set",
                                                             "json_type",
                                                             "json_valid",
                                                             "julianday",
                                                             "lag",
                                                             "last_value",
                                                             "lead",
                                                             "length",
                                                             "like",
                                                             "likelihood",
                                                             "likely",
                                                             "lower",
                                                             "ltrim",
                                                             "max",
                                                             "min",
                                                             "mod",
                                                             "mortise_tenant",
                                                             "nth_value",
                                                             "ntile",
                                                             "nullif",
                                                             "percent_rank",
                                                             "power",
                                                             "printf",
                                                             "quote",
                                                             "rank",
                                                             "replace",
                                                             "round",
                                                             "row_number",
                                                             "rtrim",
                                                             "sign",
                                                             "sqrt",
                                                             "strftime",
                                                             "substr",
                                                             "substring",
                                                             "sum",
                                                             "time",
                                                             "total",
                                                             "trim",
                                                             "trunc",
                                                             "typeof",
                                                             "unicode",
                                                             "unixepoch",
                                                             "unlikely",
                                                             "upper"});
static_assert(std::ranges::is_sorted(kFunctions));

bool owns(const SqlitePolicy& policy, const char* table) {
    return table != nullptr && owns_table(policy, table);
}

bool may_call(const char* function) {
    return function != nullptr && std::ranges::binary_search(kFunctions, base::to_lower(function));
}

bool may_query(const SqlitePolicy& policy, int action, const char* first, const char* second) {
    switch (action) {
        case SQLITE_SELECT:
        case SQLITE_RECURSIVE:
            return true;
        case SQLITE_READ:
        case SQLITE_INSERT:
        case SQLITE_UPDATE:
        case SQLITE_DELETE:
            return owns(policy, first);
        case SQLITE_FUNCTION:
            return may_call(second);
        default:
            return false;
    }
}

// With these ALTER TABLE changes the texts of the schema. SQLite finds them in its own statements only.
constexpr auto kSchemaFunctions =
    std::to_array<std::string_view>({"sqlite_drop_column", "sqlite_rename_column", "sqlite_rename_quotefix",
                                     "sqlite_rename_table", "sqlite_rename_test"});

bool is_schema_function(const char* function) {
    return function != nullptr && std::ranges::find(kSchemaFunctions, function) != kSchemaFunctions.end();
}

bool is_schema_table(const char* table) {
    return table != nullptr &&
           (base::iequals(table, "sqlite_master") || base::iequals(table, "sqlite_temp_master") ||
            base::iequals(table, "sqlite_sequence"));
}

// What a plugin's migration may do beyond its queries. DDL writes the schema table itself; a statement that
// names it is stopped by DEFENSIVE.
bool may_define(const SqlitePolicy& policy, int action, const char* first, const char* second) {
    switch (action) {
        case SQLITE_CREATE_TABLE:
        case SQLITE_DROP_TABLE:
            return owns(policy, first);
        case SQLITE_CREATE_INDEX:
        case SQLITE_DROP_INDEX:
        case SQLITE_ALTER_TABLE:
            return owns(policy, second);
        case SQLITE_REINDEX:
            return true;
        case SQLITE_READ:
        case SQLITE_INSERT:
        case SQLITE_UPDATE:
        case SQLITE_DELETE:
            return is_schema_table(first);
        case SQLITE_FUNCTION:
            return is_schema_function(second);
        default:
            return false;
    }
}

}  // namespace

// SQLite gives a name as it was typed where no column of it is used, as in count(*).
bool owns_table(const SqlitePolicy& policy, std::string_view table) noexcept {
    const auto prefix = policy.plugin.size();
    return prefix > 0 && table.size() > prefix + 2 && base::iequals(table.substr(0, prefix), policy.plugin) &&
           table.substr(prefix, 2) == "__";
}

int authorize(void* policy, int action, const char* first, const char* second, const char* /*database*/,
              const char* /*trigger*/) noexcept {
    const auto& current = *static_cast<const SqlitePolicy*>(policy);
    if (current.migrating && (action == SQLITE_TRANSACTION || action == SQLITE_SAVEPOINT)) return SQLITE_DENY;
    if (current.plugin.empty()) return SQLITE_OK;
    const bool allowed = may_query(current, action, first, second) ||
                         (current.migrating && may_define(current, action, first, second));
    return allowed ? SQLITE_OK : SQLITE_DENY;
}

}  // namespace mortise::storage
