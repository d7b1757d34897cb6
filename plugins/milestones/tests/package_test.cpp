#include "mortise/abi/plugin.h"
#include "tests/support/plugin_host/text.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

// What the package's files must agree on.
namespace milestones::test {
namespace {

namespace fs = std::filesystem;
using mortise::test::read_file;
using mortise::test::text_of;

const fs::path kFolder = MILESTONES_FOLDER;

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

TEST(Package, TheManifestAgreesWithTheEntry) {
    const std::string manifest = read_file(kFolder / "manifest.toml");
    EXPECT_EQ(matches(manifest, "\nid = \"(.*)\"").at(0), text_of(mortise_plugin_entry.id));
    EXPECT_EQ(matches(manifest, "\nversion = \"(.*)\"").at(0), text_of(mortise_plugin_entry.version));
    const auto scopes = matches(manifest, "\nname = \"(milestones:.*)\"");
    for (std::uint32_t i = 0; i < mortise_plugin_entry.route_count; ++i)
        EXPECT_NE(std::find(scopes.begin(), scopes.end(), text_of(mortise_plugin_entry.routes[i].scope)),
                  scopes.end());
}

TEST(Package, TheManifestListsEachEventOfTheSources) {
    std::set<std::string> published;
    for (const auto& entry : fs::directory_iterator(kFolder / "src"))
        for (const std::string& type : matches(read_file(entry.path()), "\"(milestone\\.[a-z]+ed)\""))
            published.insert(type);
    const auto listed = matches(read_file(kFolder / "manifest.toml"), "\"(milestone\\.[a-z]+ed)\"");
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
    const std::string source = read_file(kFolder / "src/milestone_repository.cpp");
    std::set<std::string> used;
    const std::regex query("Query k\\w+\\{\"(\\w+)\"(?:, (\\w+))?\\}");
    for (std::sregex_iterator i(source.begin(), source.end(), query), end; i != end; ++i) {
        const std::string name = (*i)[1].str() + ".sql";
        const std::string count = (*i)[2].str();
        const std::size_t columns =
            matches(read_file(kFolder / "sql/sqlite/queries" / name), "-- @(column) ").size();
        const std::size_t declared = count == "kMilestoneColumns" ? 15
                                     : count == "kMentionColumns" ? 5
                                     : count.empty()              ? 0
                                                                  : std::stoul(count);
        EXPECT_EQ(columns, declared) << name;
        used.insert(name);
    }
    EXPECT_EQ(used, statements("sqlite")) << "each statement is used, each used one is there";
}

}  // namespace
}  // namespace milestones::test
