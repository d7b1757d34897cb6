#include "core/storage/sqlite_catalogue.hpp"

#include "core/storage/sqlite_policy.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace mortise::storage {
namespace {

const Statement kObjects("storage.catalogue",
                         "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema", {},
                         {Type::kText, Type::kText, Type::kText, Type::kText});
const Statement kReferences(
    "storage.references",
    "SELECT o.name, f.\"table\" FROM sqlite_schema o JOIN pragma_foreign_key_list(o.name) f "
    "WHERE o.type = 'table'",
    {}, {Type::kText, Type::kText});

base::Error refused(const std::string& plugin, std::string_view what) {
    auto text = "plugin " + plugin + ": " + std::string(what);
    return {base::ErrorKind::kInvalid, "migration_refused", text, text};
}

// An object as it stands in the catalogue, before '\n' and its text.
struct Object {
    std::string_view type, name, table;
};
Object object_of(std::string_view line) {
    const auto first = line.find(' ');
    const auto second = line.find(' ', first + 1);
    return {line.substr(0, first), line.substr(first + 1, second - first - 1),
            line.substr(second + 1, line.find('\n') - second - 1)};
}

bool is_own(const SqlitePolicy& policy, const Object& object) {
    if (!owns_table(policy, object.table)) return false;
    if (object.type == "table") return owns_table(policy, object.name);
    constexpr std::string_view kAutomatic = "sqlite_autoindex_";
    const bool automatic = object.name.starts_with(kAutomatic);
    return object.type == "index" &&
           owns_table(policy, automatic ? object.name.substr(kAutomatic.size()) : object.name);
}

}  // namespace

base::Result<SqliteCatalogue> read_catalogue(SqliteConnection& connection) {
    SqliteCatalogue found;
    MORTISE_TRY(connection.run(kObjects, {}, [&](const Row& row) {
        auto key = std::string(row.text(0)) + ' ' + std::string(row.text(1));
        found.emplace(std::move(key), std::string(row.text(2)) + '\n' + std::string(row.text(3)));
        return true;
    }));
    return found;
}

base::Status check_catalogue(SqliteConnection& connection, const SqliteCatalogue& before,
                             const std::string& plugin) {
    MORTISE_TRY_ASSIGN(const auto now, read_catalogue(connection));
    std::vector<std::pair<std::string, std::string>> changed;
    std::ranges::set_symmetric_difference(before, now, std::back_inserter(changed));
    const SqlitePolicy policy{plugin, false};
    for (const auto& [key, rest] : changed) {
        const auto line = key + ' ' + rest;
        if (!is_own(policy, object_of(line)))
            return refused(plugin, key + " is not the plugin's to make, change or drop");
    }
    std::string stray;
    MORTISE_TRY(connection.run(kReferences, {}, [&](const Row& row) {
        if (owns_table(policy, row.text(0)) && !owns_table(policy, row.text(1)))
            stray = "a foreign key of " + std::string(row.text(0)) + " leads to " + std::string(row.text(1));
        return stray.empty();
    }));
    if (!stray.empty()) return refused(plugin, stray);
    return {};
}

}  // namespace mortise::storage
