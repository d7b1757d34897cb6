#pragma once

#include <string_view>

namespace mortise::storage {

// Who prepares statements on an SQLite connection now. The connection's authorizer reads it for every object
// that a statement names; it is set once for the connection's life, because setting it again expires all
// prepared statements.
struct SqlitePolicy {
    std::string_view plugin;  // empty: the host, which may use everything; outlives the policy
    bool migrating = false;  // a migration's text: no transaction control; a plugin may define its own tables
};

// Whether a table is the plugin's: <plugin>__…, in letters of either case.
bool owns_table(const SqlitePolicy& policy, std::string_view table) noexcept;

// For sqlite3_set_authorizer; `policy` is a const SqlitePolicy*.
int authorize(void* policy, int action, const char* first, const char* second, const char* database,
              const char* trigger) noexcept;

}  // namespace mortise::storage
