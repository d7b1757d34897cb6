#include "test_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace milestones::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

std::string kubernetes() {
    std::ifstream file(MILESTONES_EXAMPLES "/kubernetes-1.30.csv");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

class Import : public testing::Test {
 protected:
    Answer import(const std::string& csv, const std::string& query = "") {
        return host_.call("POST", "/import" + query, csv);
    }
    // "row column code" of each error.
    std::vector<std::string> errors(const std::string& csv) {
        const Answer answer = import(csv);
        EXPECT_TRUE(answer.code() == "invalid_import" || answer.code() == "dependency_cycle") << answer.body;
        std::vector<std::string> found;
        if (answer.problem.contains("errors"))
            for (const json& error : answer.problem["errors"])
                found.push_back(error["row"].dump() + ' ' + error["column"].get<std::string>() + ' ' +
                                error["code"].get<std::string>());
        return found;
    }
    std::size_t count() { return host_.get("?limit=100").json()["items"].size(); }

    TestHost host_;
};

TEST_F(Import, TheKubernetesRelease) {
    const Answer answer = import(kubernetes());
    ASSERT_EQ(answer.status, 200U) << answer.problem;
    EXPECT_EQ(answer.json()["created"], 36);
    EXPECT_EQ(answer.json()["dependencies"], 42);
    EXPECT_EQ(host_.events().size(), 36U);
    const json released = host_.get("/K30-34").json();
    EXPECT_EQ(released["title"], "v1.30.0 released");
    EXPECT_EQ(released["owner"], "Branch Manager");
    EXPECT_EQ(released["due"], "2024-04-17");
    EXPECT_EQ(released["depends_on"], json({"K30-28", "K30-29", "K30-32", "K30-33"}));
    EXPECT_EQ(host_.get("?sort=due&limit=1").json()["items"][0]["key"], "K30-01");
    EXPECT_EQ(host_.get("?sort=-due&limit=1").json()["items"][0]["key"], "K30-36");
    EXPECT_EQ(host_.get("?sort=created&limit=1").json()["items"][0]["key"], "K30-01");
}

TEST_F(Import, TheKubernetesReleaseIsCompletedInItsOrder) {
    ASSERT_EQ(import(kubernetes()).status, 200U);
    EXPECT_EQ(host_.call("POST", "/K30-36/complete").code(), "dependencies_incomplete");
    std::set<std::string> open;
    const json all = host_.get("?limit=100").json();
    for (const json& item : all["items"])
        open.insert(item["key"]);
    int rounds = 0;
    while (!open.empty() && ++rounds <= 36) {
        std::vector<std::string> completed;
        for (const std::string& key : open)
            if (host_.call("POST", '/' + key + "/complete").status == 200) completed.push_back(key);
        for (const std::string& key : completed)
            open.erase(key);
    }
    EXPECT_TRUE(open.empty());
    EXPECT_TRUE(host_.get("?status=planned").json()["items"].empty());
    const Answer cycle = host_.call("PUT", "/K30-01/dependencies/K30-36");
    EXPECT_EQ(cycle.code(), "dependency_cycle");
    EXPECT_EQ(cycle.problem["cycle"].front(), "K30-01");
    EXPECT_EQ(cycle.problem["cycle"][1], "K30-36");
}

TEST_F(Import, ADryRunWritesNothing) {
    const Answer dry = import(kubernetes(), "?dry_run=true");
    ASSERT_EQ(dry.status, 200U) << dry.problem;
    EXPECT_EQ(dry.json()["dry_run"], true);
    EXPECT_EQ(dry.json()["created"], 36);
    EXPECT_EQ(count(), 0U);
    EXPECT_THAT(host_.events(), ElementsAre());
    EXPECT_EQ(import("key,title\na,b\n", "?dry_run=yes").code(), "invalid_parameter");
    EXPECT_EQ(import("key,title\na,b\n", "?dryrun=true").code(), "unknown_parameter");
}

TEST_F(Import, ExportIsWhatImportTakes) {
    ASSERT_EQ(import("key,title,description,owner,due,status,progress,parent,depends_on\n"
                     "P,\"Parent, \"\"quoted\"\"\",\"two\nlines\",Ünal,2024-01-01,in_progress,50,,\n"
                     "A,=SUM(A1),,,,completed,,P,\n"
                     "B,b,,,,at_risk,0,P,A\n")
                  .status,
              200U);
    const Answer exported = host_.get("/export");
    EXPECT_EQ(exported.headers.at("content-type"), "text/csv; charset=utf-8");
    EXPECT_EQ(exported.body,
              "key,title,description,owner,due,status,progress,parent,depends_on\r\n"
              "P,\"Parent, \"\"quoted\"\"\",\"two\nlines\",Ünal,2024-01-01,in_progress,50,,\r\n"
              "A,=SUM(A1),,,,completed,100,P,\r\n"
              "B,b,,,,at_risk,0,P,A\r\n");
    TestHost other;
    ASSERT_EQ(other.call("POST", "/import", exported.body).status, 200U);
    EXPECT_EQ(other.get("/export").body, exported.body);
}

TEST_F(Import, AnEmptyDescriptionIsNone) {
    ASSERT_EQ(host_.post("", {{"key", "A"}, {"title", "t"}, {"description", ""}}).status, 201U);
    EXPECT_EQ(host_.get("/A").json()["description"], nullptr) << "as it comes back from an export";
    ASSERT_EQ(host_.call("PATCH", "/A", R"({"description": "d"})", {{"if-match", "*"}}).status, 200U);
    ASSERT_EQ(host_.call("PATCH", "/A", R"({"description": ""})", {{"if-match", "*"}}).status, 200U);
    EXPECT_EQ(host_.get("/A").json()["description"], nullptr);
}

TEST_F(Import, ColumnsInAnyOrderWithAMark) {
    ASSERT_EQ(import("\xEF\xBB\xBFtitle,depends_on,key\r\nFirst,,a\r\nSecond,a; c,b\r\nThird,,c\r\n").status,
              200U);
    EXPECT_EQ(host_.get("/b").json()["depends_on"], json({"a", "c"}));
}

TEST_F(Import, NamesRowsAndColumns) {
    EXPECT_THAT(errors("key,title,due,progress,status\n"
                       "a,ok,2024-01-01,10,planned\n"
                       "b b,,2024-02-30,1e2,done\n"
                       "a,again,,,\n"
                       "c,short\n"),
                UnorderedElementsAre("3 key invalid_key", "3 title required", "3 due invalid_date",
                                     "3 progress out_of_range", "3 status invalid_status", "5  wrong_width"));
    EXPECT_THAT(errors("key,title,parent,depends_on\na,x,,\na,y,,\nb,z,q,r;a\n"),
                ElementsAre("3 key repeated_key", "4 depends_on not_found", "4 parent not_found"));
    EXPECT_EQ(count(), 0U);
}

TEST_F(Import, RefusesFilesThatAreNoTable) {
    EXPECT_THAT(errors(""), ElementsAre("1  required"));
    EXPECT_THAT(errors("key\n"), ElementsAre("1 title required"));
    EXPECT_THAT(errors("key,title,colour,key\n"),
                ElementsAre("1 colour unknown_column", "1 key repeated_column"));
    const std::string letters(63, 'x');  // a name is shown as far as 64 bytes hold whole characters
    EXPECT_THAT(errors("key,title," + letters + "é\n"), ElementsAre("1 " + letters + " unknown_column"));
    EXPECT_THAT(errors("key,title,owner,owner_role\n"), ElementsAre("1 owner_role repeated_column"));
    EXPECT_THAT(errors("key,title\na,\"open"), ElementsAre("2  malformed_csv"));
    EXPECT_THAT(errors("key,title\na,\xFF\n"), ElementsAre("1  invalid_utf8"));
    EXPECT_EQ(import("key,title\n").json()["created"], 0);
}

TEST_F(Import, StopsAtAHundredErrorsAndAHundredThousandRows) {
    std::string bad = "key,title\n";
    for (int i = 0; i < 300; ++i)
        bad += "-,x\n";
    EXPECT_EQ(errors(bad).size(), 100U);
    std::string many = "key,title\n";
    for (int i = 0; i < 100'001; ++i)
        many += 'k' + std::to_string(i) + ",x\n";
    EXPECT_THAT(errors(many), ElementsAre("100002  too_many_rows"));
}

TEST_F(Import, FitsWhatIsThere) {
    ASSERT_EQ(import("key,title,status,depends_on\nP,parent,,\nD,done,completed,\n").status, 200U);
    EXPECT_THAT(errors("key,title\nP,again\n"), ElementsAre("2 key key_taken"));
    ASSERT_EQ(import("key,title,parent,progress,depends_on\nC,child,P,30,D\n").status, 200U);
    EXPECT_THAT(host_.events(), ElementsAre("milestone.created C", "milestone.updated P"));
    EXPECT_EQ(host_.get("/P").json()["progress"], 30);
    EXPECT_EQ(host_.get("/P").json()["version"], 2);
    const Answer last = import("key,title,parent,status\nC2,child,P,cancelled\nC3,child,C2,completed\n");
    ASSERT_EQ(last.status, 200U) << last.problem;
    EXPECT_EQ(host_.get("/P").json()["progress"], 30);
}

TEST_F(Import, ACycleIsToldWithItsPath) {
    const Answer cycle = import("key,title,depends_on\na,x,b\nb,x,c\nc,x,a\n");
    EXPECT_EQ(cycle.status, 409U);
    EXPECT_EQ(cycle.code(), "dependency_cycle");
    EXPECT_EQ(cycle.problem["cycle"], json({"a", "b", "c", "a"}));
    EXPECT_EQ(count(), 0U);
}

TEST_F(Import, AHeaderInTheMiddleIsNoMilestone) {
    EXPECT_THAT(errors("key,title\na,x\nkey,title\nb,x\n"), ElementsAre("3  repeated_header"));
}

TEST_F(Import, KeepsTheRules) {
    EXPECT_THAT(errors("key,title,depends_on\na,x,b\nb,x,a\n"), ElementsAre("2 depends_on dependency_cycle"));
    EXPECT_THAT(errors("key,title,parent\na,x,b\nb,x,a\n"), ElementsAre("2 depends_on dependency_cycle"));
    EXPECT_THAT(errors("key,title,parent,depends_on\na,x,,\nb,x,a,a\n"),
                ElementsAre("2 depends_on dependency_cycle"));
    EXPECT_THAT(errors("key,title,status,depends_on\na,x,,\nb,x,completed,a\n"),
                ElementsAre("3 status dependencies_incomplete"));
    EXPECT_THAT(errors("key,title,status,parent\na,x,completed,\nb,x,planned,a\n"),
                ElementsAre("2 status children_incomplete"));
    ASSERT_EQ(import("key,title,status,depends_on\nold,x,completed,\nafter,x,completed,old\n").status, 200U);
    EXPECT_THAT(errors("key,title,parent\nnew,x,old\n"), ElementsAre("2 parent dependants_completed"));
    EXPECT_EQ(count(), 2U);
}

TEST_F(Import, AParentWithCompletedRowsIsCompleted) {
    ASSERT_EQ(import("key,title,status,parent\nC,x,completed,P\nP,x,planned,G\nG,x,,\n").status, 200U);
    EXPECT_EQ(host_.get("/G").json()["status"], "completed");
    EXPECT_EQ(host_.get("/G").json()["version"], 1);
}

}  // namespace
}  // namespace milestones::test
