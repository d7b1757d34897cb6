#include "mortise/abi/plugin.h"
#include "tests/support/plugin_host/text.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

// What the package's files must agree on.
namespace rules::test {
namespace {

namespace fs = std::filesystem;
using mortise::test::read_file;
using mortise::test::text_of;

const fs::path kFolder = RULES_FOLDER;

std::vector<std::string> matches(const std::string& text, const std::string& pattern) {
    std::vector<std::string> found;
    const std::regex expression(pattern);
    for (std::sregex_iterator i(text.begin(), text.end(), expression), end; i != end; ++i)
        found.push_back((*i)[1]);
    return found;
}

std::set<std::string> statements(const std::string& engine) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(kFolder / "sql" / engine / "queries"))
        names.insert(entry.path().filename().string());
    return names;
}

// A number, or the constant of the source that holds one.
std::size_t declared_columns(const std::string& source, const std::string& count) {
    if (count.empty()) return 0;
    if (!count.starts_with('k')) return std::stoul(count);
    return std::stoul(matches(source, "size_t " + count + " = (\\d+);").at(0));
}

TEST(Package, TheManifestAgreesWithTheEntry) {
    const std::string manifest = read_file(kFolder / "manifest.toml");
    EXPECT_EQ(matches(manifest, "\nid = \"(.*)\"").at(0), text_of(mortise_plugin_entry.id));
    EXPECT_EQ(matches(manifest, "\nversion = \"(.*)\"").at(0), text_of(mortise_plugin_entry.version));
    const auto scopes = matches(manifest, "\nname = \"(rules:.*)\"");
    for (std::uint32_t i = 0; i < mortise_plugin_entry.route_count; ++i)
        EXPECT_NE(std::find(scopes.begin(), scopes.end(), text_of(mortise_plugin_entry.routes[i].scope)),
                  scopes.end());
    std::set<std::string> methods;
    for (std::uint32_t i = 0; i < mortise_plugin_entry.method_count; ++i)
        methods.insert(text_of(mortise_plugin_entry.methods[i].name));
    const std::string listed = matches(manifest, "\nmethods = \\[(.*)\\]").at(0);
    const auto names = matches(listed, "\"([^\"]*)\"");
    EXPECT_EQ(methods, std::set<std::string>(names.begin(), names.end()));
}

TEST(Package, TheManifestListsEachEventOfTheSources) {
    std::set<std::string> published;
    for (const auto& entry : fs::directory_iterator(kFolder / "src"))
        for (const std::string& type :
             matches(read_file(entry.path()), "\"((?:model|decision)\\.[a-z]+ed)\""))
            published.insert(type);
    const auto listed = matches(read_file(kFolder / "manifest.toml"), "\"((?:model|decision)\\.[a-z]+ed)\"");
    EXPECT_EQ(published, std::set<std::string>(listed.begin(), listed.end()));
}

TEST(Package, BothEnginesHaveTheSameStatements) {
    EXPECT_EQ(statements("sqlite"), statements("postgresql"));
    for (const std::string& name : statements("sqlite")) {
        const std::string lite = read_file(kFolder / "sql/sqlite/queries" / name);
        const std::string postgres = read_file(kFolder / "sql/postgresql/queries" / name);
        const std::string declared = "-- (@(?:param|column) .*)\n";
        EXPECT_EQ(matches(lite, declared), matches(postgres, declared)) << name;
    }
}

TEST(Package, QueriesAreDeclaredWithTheirColumns) {
    std::set<std::string> used;
    for (const char* file : {"model_repository.cpp", "audit_repository.cpp"}) {
        const std::string source = read_file(kFolder / "src" / file);
        const std::regex query("Query k\\w+\\{\"(\\w+)\"(?:, (\\w+))?\\}");
        for (std::sregex_iterator i(source.begin(), source.end(), query), end; i != end; ++i) {
            const std::string name = (*i)[1].str() + ".sql";
            const std::size_t columns =
                matches(read_file(kFolder / "sql/sqlite/queries" / name), "-- @(column) ").size();
            EXPECT_EQ(columns, declared_columns(source, (*i)[2].str())) << name;
            used.insert(name);
        }
    }
    EXPECT_EQ(used, statements("sqlite")) << "each statement is used, each used one is there";
}

}  // namespace
}  // namespace rules::test
