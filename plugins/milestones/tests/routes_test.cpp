#include "test_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace milestones::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::UnorderedElementsAre;
using Keys = std::vector<std::string>;

class Routes : public testing::Test {
 protected:
    // Creates a milestone, which must work.
    json create(const std::string& key, json more = json::object()) {
        more["key"] = key;
        if (!more.contains("title")) more["title"] = "Title of " + key;
        const Answer answer = host_.post("", more);
        EXPECT_EQ(answer.status, 201U) << key << ' ' << answer.problem << answer.body;
        return answer.status == 201 ? answer.json() : json();
    }
    json read(const std::string& key) { return host_.get('/' + key).json(); }
    Answer patch(const std::string& key, const json& change) {
        return host_.call("PATCH", '/' + key, change.dump(), {{"if-match", "*"}});
    }
    Answer act(const std::string& key, const std::string& action) {
        return host_.call("POST", '/' + key + '/' + action);
    }
    Answer depend(const std::string& key, const std::string& on) {
        return host_.call("PUT", '/' + key + "/dependencies/" + on);
    }
    Keys list(const std::string& query) {
        const Answer answer = host_.get(query.empty() ? "" : "?" + query);
        EXPECT_EQ(answer.status, 200U) << answer.problem;
        Keys keys;
        if (answer.status != 200) return keys;
        const json page = answer.json();
        for (const json& item : page["items"])
            keys.push_back(item["key"]);
        return keys;
    }

    TestHost host_;
};

TEST_F(Routes, CreatesAndReads) {
    const Answer created = host_.post(
        "", {{"key", "K1"}, {"title", "Ünï \"quoted\""}, {"owner", "Lead"}, {"due", "2024-01-08"}});
    ASSERT_EQ(created.status, 201U) << created.problem;
    EXPECT_EQ(created.headers.at("location"), "/api/v1/milestones/K1");
    EXPECT_EQ(created.headers.at("etag"), "\"1\"");
    EXPECT_THAT(host_.events(), ElementsAre("milestone.created K1"));
    const json read = host_.get("/K1").json();
    EXPECT_EQ(read, created.json());
    EXPECT_EQ(read["title"], "Ünï \"quoted\"");
    EXPECT_EQ(read["status"], "planned");
    EXPECT_EQ(read["progress"], 0);
    EXPECT_EQ(read["parent"], nullptr);
    EXPECT_EQ(read["depends_on"], json::array());
    EXPECT_EQ(read["created_at"], "2023-11-14T22:13:20.000000Z");
    EXPECT_EQ(host_.statements(), 1) << "reading one is one statement";
}

TEST_F(Routes, NamesEveryFaultAtOnce) {
    const Answer answer = host_.post("", {{"key", "no spaces"},
                                          {"title", 5},
                                          {"owner", ""},
                                          {"due", "2023-02-29"},
                                          {"status", "done"},
                                          {"progress", 101},
                                          {"parent", "/"},
                                          {"depends_on", {"A", 1, "b c"}},
                                          {"extra/~", 1}});
    EXPECT_EQ(answer.status, 400U);
    EXPECT_EQ(answer.code(), "invalid_milestone");
    std::set<std::string> pointers;
    for (const json& error : answer.problem["errors"])
        pointers.insert(error["pointer"]);
    EXPECT_THAT(pointers, UnorderedElementsAre("/key", "/title", "/owner", "/due", "/status", "/progress",
                                               "/parent", "/depends_on/1", "/depends_on/2", "/extra~1~0"));
    EXPECT_EQ(host_.get("/K1").status, 404U);
}

// Member names come back in pointers: cut between characters, or the answer would be no UTF-8.
TEST_F(Routes, NamesAnUnknownMemberOfAnyLength) {
    const std::string letters(63, 'x');
    const Answer answer = host_.post("", {{"key", "K"}, {"title", "t"}, {letters + "é", 1}});
    EXPECT_EQ(answer.code(), "invalid_milestone") << answer.problem;
    EXPECT_EQ(answer.problem["errors"][0]["pointer"], "/" + letters);
    json many;
    for (int i = 0; i < 1000; ++i)
        many["m" + std::to_string(i)] = i;
    EXPECT_EQ(host_.post("", many).problem["errors"].size(), 100U);
}

TEST_F(Routes, RefusesBodiesThatAreNoObject) {
    for (const std::string body : {"", "[]", "null", "{", "{\"key\":\"a\"", "{\"key\":\"\xFF\"}", "{} {}"})
        EXPECT_EQ(host_.call("POST", "", body).code(), "invalid_json") << body;
    EXPECT_EQ(host_.call("POST", "", std::string(256 * 1024 + 1, ' ')).status, 413U);
    EXPECT_EQ(host_.post("", json::object()).problem["errors"].size(), 2U);
}

TEST_F(Routes, AKeyIsTakenOnce) {
    create("K1");
    const Answer again = host_.post("", {{"key", "K1"}, {"title", "x"}});
    EXPECT_EQ(again.status, 409U);
    EXPECT_EQ(again.code(), "key_taken");
}

TEST_F(Routes, UnknownReferencesAreNamed) {
    create("A");
    const Answer parent = host_.post("", {{"key", "K"}, {"title", "x"}, {"parent", "none-such"}});
    EXPECT_EQ(parent.status, 422U);
    EXPECT_EQ(parent.problem["errors"][0]["pointer"], "/parent");
    const Answer on = host_.post("", {{"key", "K"}, {"title", "x"}, {"depends_on", {"A", "B", "C"}}});
    EXPECT_EQ(on.code(), "reference_not_found");
    EXPECT_EQ(on.problem["errors"].size(), 2U);
    EXPECT_EQ(host_.get("/K").code(), "milestone_not_found");
}

TEST_F(Routes, ChangesNeedTheVersion) {
    create("K1");
    EXPECT_EQ(host_.call("PATCH", "/K1", "{}").status, 428U);
    EXPECT_EQ(host_.call("PATCH", "/K1", "{}", {{"if-match", "\"2\""}}).status, 412U);
    EXPECT_EQ(host_.call("PATCH", "/K1", "{}", {{"if-match", "W/\"1\""}}).status, 412U);
    const Answer changed = host_.call("PATCH", "/K1", R"({"title":"New","owner":"Me","progress":30})",
                                      {{"if-match", "\"9\", \"1\""}});
    ASSERT_EQ(changed.status, 200U) << changed.problem;
    EXPECT_EQ(changed.headers.at("etag"), "\"2\"");
    EXPECT_EQ(read("K1"), changed.json());
    EXPECT_THAT(host_.events(), ElementsAre());
    EXPECT_EQ(host_.call("DELETE", "/K1").status, 428U);
    EXPECT_EQ(host_.call("DELETE", "/K1", "", {{"if-match", "\"1\""}}).status, 412U);
    EXPECT_EQ(host_.call("DELETE", "/K1", "", {{"if-match", "\"2\""}}).status, 204U);
    EXPECT_THAT(host_.events(), ElementsAre("milestone.deleted K1"));
    EXPECT_EQ(host_.get("/K1").status, 404U);
}

TEST_F(Routes, PatchRemovesByNullAndLeavesTheRest) {
    create("A");
    create("K", {{"owner", "Me"}, {"description", "text"}, {"due", "2024-01-01"}, {"depends_on", {"A"}}});
    ASSERT_EQ(patch("K", {{"owner", nullptr}, {"depends_on", nullptr}}).status, 200U);
    const json k = read("K");
    EXPECT_EQ(k["owner"], nullptr);
    EXPECT_EQ(k["description"], "text");
    EXPECT_EQ(k["due"], "2024-01-01");
    EXPECT_EQ(k["depends_on"], json::array());
    EXPECT_EQ(patch("K", {{"title", nullptr}}).status, 400U);
    EXPECT_EQ(patch("K", {{"key", "other"}}).problem["errors"][0]["code"], "unknown_member");
}

TEST_F(Routes, AChangeOfNothingChangesNothing) {
    create("K");
    EXPECT_EQ(patch("K", {{"title", "Title of K"}}).headers.at("etag"), "\"1\"");
    EXPECT_THAT(host_.events(), ElementsAre());
}

TEST_F(Routes, StatusFollowsTheTable) {
    create("K");
    EXPECT_EQ(act("K", "reopen").code(), "transition_not_allowed");
    const Answer done = act("K", "complete");
    EXPECT_EQ(done.json()["status"], "completed");
    EXPECT_EQ(done.json()["progress"], 100);
    EXPECT_EQ(done.json()["completed_at"], "2023-11-14T22:13:20.000000Z");
    EXPECT_THAT(host_.events(), ElementsAre("milestone.completed K"));
    EXPECT_EQ(act("K", "complete").status, 200U);
    EXPECT_THAT(host_.events(), ElementsAre()) << "completing twice is once";
    EXPECT_EQ(act("K", "cancel").code(), "transition_not_allowed");
    EXPECT_EQ(patch("K", {{"progress", 50}}).code(), "already_completed");
    EXPECT_EQ(act("K", "reopen").json()["status"], "in_progress");
    EXPECT_THAT(host_.events(), ElementsAre("milestone.reopened K"));
    EXPECT_EQ(act("K", "cancel").json()["completed_at"], nullptr);
    EXPECT_THAT(host_.events(), ElementsAre("milestone.cancelled K"));
    EXPECT_EQ(act("K", "complete").code(), "transition_not_allowed");
    EXPECT_EQ(act("K", "reopen").json()["status"], "planned");
}

TEST_F(Routes, DependenciesComeFirst) {
    create("A");
    create("B", {{"depends_on", {"A"}}});
    const Answer early = act("B", "complete");
    EXPECT_EQ(early.status, 409U);
    EXPECT_EQ(early.code(), "dependencies_incomplete");
    EXPECT_EQ(early.problem["blocking"], json({"A"}));
    EXPECT_EQ(
        host_.post("", {{"key", "C"}, {"title", "x"}, {"status", "completed"}, {"depends_on", {"A"}}}).code(),
        "dependencies_incomplete");
    EXPECT_EQ(act("A", "complete").status, 200U);
    EXPECT_EQ(act("B", "complete").status, 200U);
    EXPECT_EQ(act("A", "reopen").code(), "dependants_completed");
    EXPECT_EQ(act("A", "reopen").problem["blocking"], json({"B"}));
    create("D");
    EXPECT_EQ(depend("B", "D").code(), "dependencies_incomplete");
}

TEST_F(Routes, ACycleIsRefusedWithItsPath) {
    create("A");
    create("B", {{"depends_on", {"A"}}});
    create("C", {{"depends_on", {"B"}}});
    const Answer cycle = depend("A", "C");
    EXPECT_EQ(cycle.status, 409U);
    EXPECT_EQ(cycle.code(), "dependency_cycle");
    EXPECT_EQ(cycle.problem["cycle"], json({"A", "C", "B", "A"}));
    EXPECT_EQ(depend("A", "A").problem["cycle"], json({"A", "A"}));
    EXPECT_EQ(patch("A", {{"depends_on", {"C"}}}).code(), "dependency_cycle");
    EXPECT_EQ(read("A")["depends_on"], json::array());
    EXPECT_EQ(read("A")["version"], 1);
}

TEST_F(Routes, AHierarchyHasNoCycleEither) {
    create("P");
    create("C", {{"parent", "P"}});
    create("G", {{"parent", "C"}});
    const Answer cycle = patch("P", {{"parent", "G"}});
    EXPECT_EQ(cycle.code(), "parent_cycle");
    EXPECT_EQ(cycle.problem["cycle"], json({"P", "C", "G", "P"}));
    EXPECT_EQ(patch("P", {{"parent", "P"}}).problem["cycle"], json({"P", "P"}));
    EXPECT_EQ(depend("G", "P").code(), "dependency_cycle") << "P waits for its grandchild G";
    EXPECT_EQ(host_.post("", {{"key", "N"}, {"title", "x"}, {"parent", "C"}, {"depends_on", {"P"}}}).code(),
              "dependency_cycle");
    EXPECT_EQ(depend("P", "G").status, 200U) << "a parent may name what it waits for anyway";
}

TEST_F(Routes, ParentsFollowTheirChildren) {
    create("G");
    create("P", {{"parent", "G"}});
    create("A", {{"parent", "P"}});
    create("B", {{"parent", "P"}, {"progress", 25}});
    create("X", {{"parent", "P"}, {"status", "cancelled"}});
    EXPECT_EQ(read("P")["progress"], 12) << "the mean of 0 and 25, rounded down, the cancelled one left out";
    EXPECT_EQ(read("G")["progress"], 12);
    EXPECT_EQ(patch("P", {{"progress", 50}}).code(), "progress_rolled_up");
    const Answer early = act("P", "complete");
    EXPECT_EQ(early.code(), "children_incomplete");
    EXPECT_EQ(early.problem["blocking"], json({"A", "B"}));
    act("A", "complete");
    EXPECT_THAT(host_.events(),
                ElementsAre("milestone.completed A", "milestone.updated P", "milestone.updated G"));
    EXPECT_EQ(read("P")["progress"], 62);
    act("B", "complete");
    EXPECT_THAT(host_.events(),
                ElementsAre("milestone.completed B", "milestone.completed P", "milestone.completed G"));
    EXPECT_EQ(read("G")["status"], "completed");
    EXPECT_EQ(act("P", "reopen").code(), "children_completed");
    act("A", "reopen");
    EXPECT_THAT(host_.events(),
                ElementsAre("milestone.reopened A", "milestone.reopened P", "milestone.reopened G"));
    EXPECT_EQ(read("G")["status"], "in_progress");
    EXPECT_EQ(read("P")["progress"], 50);
}

TEST_F(Routes, AParentThatLosesItsLastOpenChildIsCompleted) {
    create("P");
    create("A", {{"parent", "P"}, {"status", "completed"}});
    create("B", {{"parent", "P"}});
    EXPECT_EQ(read("P")["status"], "in_progress") << "completed by A alone, opened again by B";
    ASSERT_EQ(patch("B", {{"parent", nullptr}}).status, 200U);
    EXPECT_EQ(read("P")["status"], "completed");
    ASSERT_EQ(patch("B", {{"parent", "P"}}).status, 200U);
    EXPECT_EQ(read("P")["status"], "in_progress");
    ASSERT_EQ(host_.call("DELETE", "/B", "", {{"if-match", "*"}}).status, 204U);
    EXPECT_EQ(read("P")["status"], "completed");
}

TEST_F(Routes, AParentCompletesOnlyBehindItsDependencies) {
    create("D");
    create("P", {{"depends_on", {"D"}}});
    create("A", {{"parent", "P"}});
    act("A", "complete");
    EXPECT_EQ(read("P")["status"], "planned");
    EXPECT_EQ(read("P")["progress"], 100);
    act("D", "complete");
    EXPECT_EQ(read("P")["status"], "completed") << "nothing else was missing";
    EXPECT_THAT(host_.events(), ElementsAre());
    create("D2");
    create("P2", {{"depends_on", {"D2"}}});
    create("A2", {{"parent", "P2"}, {"status", "completed"}});
    ASSERT_EQ(host_.call("DELETE", "/P2/dependencies/D2").status, 200U);
    EXPECT_EQ(read("P2")["status"], "completed");
}

TEST_F(Routes, DeletingLeavesNobodyAlone) {
    create("P");
    create("C", {{"parent", "P"}});
    create("D", {{"depends_on", {"C"}}});
    const Answer parent = host_.call("DELETE", "/P", "", {{"if-match", "*"}});
    EXPECT_EQ(parent.code(), "has_children");
    EXPECT_EQ(parent.problem["blocking"], json({"C"}));
    const Answer child = host_.call("DELETE", "/C", "", {{"if-match", "*"}});
    EXPECT_EQ(child.code(), "has_dependants");
    EXPECT_EQ(child.problem["blocking"], json({"D"}));
    EXPECT_EQ(host_.call("DELETE", "/D", "", {{"if-match", "*"}}).status, 204U);
    EXPECT_EQ(host_.call("DELETE", "/C", "", {{"if-match", "*"}}).status, 204U);
    EXPECT_EQ(host_.call("DELETE", "/P", "", {{"if-match", "*"}}).status, 204U);
}

TEST_F(Routes, ListsDependenciesAndDependants) {
    create("A");
    create("B");
    create("C", {{"depends_on", {"B", "A", "A"}}});
    EXPECT_EQ(read("C")["depends_on"], json({"A", "B"}));
    const json on = host_.get("/C/dependencies").json();
    EXPECT_EQ(on["items"].size(), 2U);
    EXPECT_EQ(on["items"][0]["key"], "A");
    EXPECT_EQ(host_.get("/A/dependants").json()["items"][0]["key"], "C");
    const Answer removed = host_.call("DELETE", "/C/dependencies/A");
    EXPECT_EQ(removed.json()["depends_on"], json({"B"}));
    EXPECT_EQ(removed.headers.at("etag"), "\"2\"");
    EXPECT_THAT(host_.events(), ElementsAre("milestone.updated C"));
    EXPECT_EQ(host_.call("DELETE", "/C/dependencies/A").code(), "dependency_not_found");
    EXPECT_EQ(depend("C", "nobody").status, 404U);
    EXPECT_EQ(depend("C", "B").headers.at("etag"), "\"2\"") << "it is there already";
}

TEST_F(Routes, ListFilters) {
    create("A", {{"owner", "Ann"}, {"due", "2024-01-05"}, {"title", "Freeze the Code"}});
    create("B", {{"owner", "Bob"}, {"due", "2024-02-05"}, {"status", "at_risk"}, {"parent", "A"}});
    create("C", {{"status", "completed"}, {"parent", "A"}});
    EXPECT_THAT(list(""), ElementsAre("A", "B", "C"));
    EXPECT_THAT(list("status=at_risk,completed"), ElementsAre("B", "C"));
    EXPECT_THAT(list("status=at_risk&status=planned"), ElementsAre("A", "B"));
    EXPECT_THAT(list("owner=Bob"), ElementsAre("B"));
    EXPECT_THAT(list("parent=A"), ElementsAre("B", "C"));
    EXPECT_THAT(list("parent=none"), ElementsAre("A"));
    EXPECT_THAT(list("parent=unknown"), ElementsAre());
    EXPECT_THAT(list("due_from=2024-01-06"), ElementsAre("B"));
    EXPECT_THAT(list("due_to=2024-02-04"), ElementsAre("A"));
    EXPECT_THAT(list("q=the%20CODE"), ElementsAre("A"));
    EXPECT_THAT(list("q=%25"), ElementsAre()) << "a percent sign is no wildcard";
    EXPECT_EQ(host_.get("/A/children").json()["items"].size(), 2U);
    EXPECT_EQ(host_.get("/A/children?status=completed").json()["items"].size(), 1U);
    EXPECT_EQ(host_.get("/nobody/children").status, 404U);
}

TEST_F(Routes, ListRefusesWhatItDoesNotKnow) {
    EXPECT_EQ(host_.get("?statuss=planned").code(), "unknown_parameter");
    EXPECT_EQ(host_.get("?sort=key&sort=due").code(), "repeated_parameter");
    for (const std::string bad :
         {"status=", "status=planned,", "status=done", "limit=0", "limit=101", "limit=1x", "limit=-1",
          "limit=99999999999999999999", "sort=owner", "due_from=2024-02-30", "parent=a%20b", "owner=", "q="})
        EXPECT_EQ(host_.get("?" + bad).code(), "invalid_parameter") << bad;
    EXPECT_EQ(host_.get("/K?x=1").code(), "unknown_parameter");
    create("A");
    EXPECT_EQ(host_.get("/A/children?parent=B").code(), "unknown_parameter");
}

// Each sort, in pages of every size, shows each milestone once and in the same order.
TEST_F(Routes, PagesFitTogether) {
    const std::vector<std::pair<std::string, json>> rows = {{"c", {{"due", "2024-01-02"}, {"title", "x"}}},
                                                            {"a", {{"title", "x"}}},
                                                            {"d", {{"due", "2024-01-01"}, {"title", "B"}}},
                                                            {"b", {{"due", "2024-01-02"}, {"title", "a"}}},
                                                            {"e", {{"title", "ü"}}}};
    for (const auto& [key, more] : rows)
        create(key, more);
    const std::map<std::string, Keys> expected = {
        {"key", {"a", "b", "c", "d", "e"}},     {"-key", {"e", "d", "c", "b", "a"}},
        {"due", {"d", "b", "c", "a", "e"}},     {"-due", {"c", "b", "d", "e", "a"}},
        {"title", {"d", "b", "a", "c", "e"}},   {"-title", {"e", "c", "a", "b", "d"}},
        {"created", {"c", "a", "d", "b", "e"}}, {"-created", {"e", "b", "d", "a", "c"}}};
    for (const auto& [sort, keys] : expected)
        for (int limit = 1; limit <= 6; ++limit) {
            Keys seen;
            json next = "";
            while (next.is_string() && seen.size() < 10) {
                const std::string cursor =
                    next.get<std::string>().empty() ? "" : "&cursor=" + next.get<std::string>();
                const json page =
                    host_.get("?sort=" + sort + "&limit=" + std::to_string(limit) + cursor).json();
                for (const json& item : page["items"])
                    seen.push_back(item["key"]);
                next = page["next_cursor"];
            }
            EXPECT_EQ(seen, keys) << sort << ' ' << limit;
        }
}

TEST_F(Routes, ACursorBelongsToItsList) {
    for (const std::string key : {"a", "b", "c"})
        create(key);
    const std::string cursor = host_.get("?limit=1&status=planned").json()["next_cursor"];
    EXPECT_EQ(host_.get("?limit=1&status=planned&cursor=" + cursor).status, 200U);
    EXPECT_EQ(host_.get("?limit=2&status=planned&cursor=" + cursor).status, 200U) << "the size may change";
    EXPECT_EQ(host_.get("?limit=1&cursor=" + cursor).code(), "invalid_cursor");
    EXPECT_EQ(host_.get("?status=planned&sort=-key&cursor=" + cursor).code(), "invalid_cursor");
    for (std::size_t i = 0; i < cursor.size(); ++i) {
        std::string forged = cursor;
        forged[i] = forged[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(host_.get("?status=planned&cursor=" + forged).code(), "invalid_cursor") << i;
        EXPECT_EQ(host_.get("?status=planned&cursor=" + cursor.substr(0, i)).code(), "invalid_cursor") << i;
    }
    EXPECT_EQ(host_.get("?cursor=" + std::string(5000, 'A')).code(), "invalid_cursor");
}

TEST_F(Routes, TheDefaultSizeOfAPageIsASetting) {
    for (const std::string key : {"a", "b", "c"})
        create(key);
    EXPECT_EQ(list("").size(), 3U);
    host_.settings = R"({"page_size_default": 2})";
    EXPECT_EQ(list("").size(), 2U);
    EXPECT_EQ(list("limit=3").size(), 3U);
}

TEST_F(Routes, ReadsByIndex) {
    for (const std::string name : {"milestone_find", "milestone_find_by_id", "children", "dependencies",
                                   "dependants", "children_summary", "milestone_update", "milestone_delete",
                                   "dependency_delete", "awaited", "milestone_list"}) {
        const std::string plan = host_.explain(name);
        EXPECT_EQ(plan.find("SCAN m"), std::string::npos) << name << '\n' << plan;
        EXPECT_EQ(plan.find("SCAN d"), std::string::npos) << name << '\n' << plan;
    }
    EXPECT_EQ(host_.explain("milestone_list").find("TEMP B-TREE"), std::string::npos)
        << "sorted by its index";
}

TEST_F(Routes, EverySchemaIsJson) {
    std::set<std::string> names;
    for (std::uint32_t i = 0; i < mortise_plugin_entry.route_count; ++i) {
        const mortise_route& route = mortise_plugin_entry.routes[i];
        EXPECT_TRUE(names.insert(std::string(route.name.data, route.name.size)).second);
        for (const mortise_text text : {route.request_schema, route.response_schema, route.parameters})
            EXPECT_TRUE(text.size == 0 || json::accept(std::string_view(text.data, text.size))) << i;
    }
}

}  // namespace
}  // namespace milestones::test
