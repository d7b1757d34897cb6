// Simple rules, and decision tables as sheets, over the routes.
#include "table_format.hpp"
#include "table_places.hpp"
#include "test_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace rules::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kXlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

json discount() {
    return json::parse(R"({
      "name": "Discount",
      "rules": [
        {"id": "gold", "conditions": [{"input": "customer", "operator": "equals", "value": "gold"},
                                      {"input": "amount", "operator": "at_least", "value": 100}],
         "actions": [{"output": "percent", "value": 10}]},
        {"id": "big", "conditions": [{"input": "amount", "operator": "at_least", "value": 500}],
         "actions": [{"output": "percent", "value": 5}]}],
      "otherwise": [{"output": "percent", "value": 0}]})");
}

class Tables : public testing::Test {
 protected:
    Tables() {
        const Answer made = host_.post("/models", {{"key", "discount"}, {"simple", discount()}});
        EXPECT_EQ(made.status, 201U) << made.problem;
        table_ = host_.get("/models/discount/tables").json()["items"][0]["id"];
    }

    std::string path() const { return "/models/discount/tables/" + table_; }
    Answer put(const std::string& body, std::string_view type = "text/csv", const std::string& etag = "*") {
        return host_.call("PUT", path(), body, {{"content-type", std::string(type)}, {"if-match", etag}});
    }
    std::string csv() { return host_.get(path() + "?format=csv").body; }
    std::string changed(const std::string& from, const std::string& to) {
        std::string sheet = csv();
        const std::size_t at = sheet.find(from);
        EXPECT_NE(at, std::string::npos) << from << " in " << sheet;
        return at == std::string::npos ? sheet : sheet.replace(at, from.size(), to);
    }
    json percent(int amount) {
        const json body{{"decision", "Discount"},
                        {"version", host_.get("/models/discount").json()["latest_version"]},
                        {"context", {{"customer", "gold"}, {"amount", amount}}}};
        return host_.post("/models/discount/evaluate", body).json()["result"];
    }
    json rule_ids() {
        const json table = host_.get(path()).json();
        json ids = json::array();
        for (const json& rule : table["rules"])
            ids.push_back(rule["id"]);
        return ids;
    }

    TestHost host_;
    std::string table_;
};

TEST_F(Tables, OfSimpleRulesAreVisibleAsDmn) {
    EXPECT_THAT(host_.get("/models/discount/versions/1/source").body, HasSubstr("<decisionTable"));
    EXPECT_EQ(percent(100), 10);
    EXPECT_EQ(percent(99), 0);
    EXPECT_EQ(rule_ids(), json({"gold", "big"}));
}

TEST_F(Tables, OfSimpleRulesAreReplacedByOthers) {
    json rules = discount();
    rules["rules"][0]["actions"][0]["value"] = 12;
    const Answer answer = host_.call("PATCH", "/models/discount", json{{"simple", rules}}.dump(),
                                     {{"if-match", "\"1\""}, {"content-type", "application/json"}});
    EXPECT_EQ(answer.status, 200U) << answer.problem;
    EXPECT_EQ(percent(100), 12);
}

TEST_F(Tables, OfSimpleRulesTellAllFaultsByTheirPlaces) {
    json rules = discount();
    rules["rules"][0]["conditions"][1]["operator"] = "about";
    rules["rules"][1].erase("actions");
    rules["odd"] = 1;
    const Answer answer = host_.post("/models", {{"simple", rules}});
    EXPECT_EQ(answer.status, 400U);
    json pointers = json::array();
    for (const json& error : answer.problem["errors"])
        pointers.push_back(error["pointer"]);
    EXPECT_THAT(pointers, testing::UnorderedElementsAre("/simple/odd", "/simple/rules/1/actions",
                                                        "/simple/rules/0/conditions/1/operator"));
    const Answer twice = host_.post("/models", {{"simple", discount()}, {"xml", "<a/>"}});
    EXPECT_EQ(twice.problem["errors"][0]["code"], "conflict");
}

TEST_F(Tables, AreListedWithTheirSizes) {
    const json item = host_.get("/models/discount/tables?version=1").json()["items"][0];
    EXPECT_EQ(item["name"], "Discount");
    EXPECT_EQ(item["hit_policy"], "FIRST");
    EXPECT_EQ(item["aggregation"], nullptr);
    EXPECT_EQ(item["file"], "model.dmn");
    EXPECT_EQ(json({item["inputs"], item["outputs"], item["rules"]}), json({2, 1, 2}));
}

TEST_F(Tables, AreFoundByIdAndByWhatHoldsThem) {
    const json table = host_.get(path()).json();
    EXPECT_EQ(host_.get("/models/discount/tables/Discount").json(), table);
    EXPECT_EQ(host_.get(path() + "?file=model.dmn").json(), table);
    EXPECT_EQ(host_.get(path() + "?file=other.dmn").code(), "table_not_found");
    EXPECT_EQ(host_.get("/models/discount/tables/none").code(), "table_not_found");
    EXPECT_EQ(table["rules"][1]["inputs"], json({"-", ">= 500"}));
    EXPECT_EQ(table["outputs"][0]["default"], "0");
}

TEST_F(Tables, ComeInTheFormThatIsAskedFor) {
    const auto type_of = [&](const std::string& query, const Headers& headers) {
        const Answer answer = host_.call("GET", path() + query, {}, headers);
        return answer.status == 200 ? answer.headers.at("content-type") : answer.code();
    };
    EXPECT_EQ(type_of("", {}), "application/json");
    EXPECT_EQ(type_of("", {{"accept", "*/*"}}), "application/json");
    EXPECT_EQ(type_of("", {{"accept", "text/csv"}}), "text/csv; charset=utf-8");
    EXPECT_EQ(type_of("?format=csv", {{"accept", std::string(kXlsx)}}), "text/csv; charset=utf-8");
    EXPECT_EQ(type_of("", {{"accept", "text/html, " + std::string(kXlsx) + ";q=0.5"}}), kXlsx);
    EXPECT_EQ(type_of("", {{"accept", "image/png"}}), "not_acceptable");
    EXPECT_EQ(type_of("?format=pdf", {}), "invalid_parameter");
    const Answer file = host_.get(path() + "?format=xlsx");
    EXPECT_THAT(file.body, StartsWith("PK"));
    EXPECT_EQ(file.headers.at("content-disposition"), "attachment; filename=\"discount.xlsx\"");
    EXPECT_EQ(file.headers.at("etag"), "\"1\"");
}

TEST(TableFormats, FollowTheMostExactRangeAndItsQuality) {
    EXPECT_EQ(accepted_format("text/*"), TableFormat::kCsv);
    EXPECT_EQ(accepted_format("TEXT/CSV;Q=0.2, application/json ; q=0.1"), TableFormat::kCsv);
    EXPECT_EQ(accepted_format("*/*, application/json;q=0"), TableFormat::kCsv);
    EXPECT_EQ(accepted_format("text/csv;q=0.5, */*;q=0.5"), TableFormat::kJson);
    EXPECT_EQ(accepted_format("text/csv;header=present;q=0.9, application/*;q=0.8"), TableFormat::kCsv);
    for (const char* const none :
         {"", "text/csv;q=0", "text/csv;q=nan", "text/csv;q=2", "text/csv;q=", ",,;"})
        EXPECT_ANY_THROW(accepted_format(none)) << none;
}

TEST_F(Tables, ComeBackAsTheyWere) {
    const std::string before = host_.get("/models/discount/versions/1/source").body;
    EXPECT_EQ(put(csv()).status, 200U);
    EXPECT_EQ(host_.get("/models/discount/versions/1/source").body, before);
    const Answer workbook = put(host_.get(path() + "?format=xlsx").body, kXlsx);
    EXPECT_EQ(workbook.status, 200U) << workbook.problem;
    EXPECT_EQ(host_.get("/models/discount/versions/1/source").body, before);
}

TEST_F(Tables, AreReplacedInADraftOfTheirOwn) {
    EXPECT_EQ(host_.post("/models/discount/publish", json::object()).status, 200U);
    const Answer answer = put(changed(">= 100", ">= 50"));
    ASSERT_EQ(answer.status, 200U) << answer.problem;
    EXPECT_EQ(answer.json()["latest_version"], 2);
    EXPECT_EQ(answer.headers.at("etag"), "\"3\"");
    EXPECT_EQ(percent(50), 10);
    EXPECT_EQ(rule_ids(), json({"gold", "big"})) << "rules keep their ids";
    const json before = host_.get(path() + "?version=1").json();
    EXPECT_EQ(before["rules"][0]["inputs"][1], ">= 100") << "what is published stays";
}

TEST_F(Tables, AreReplacedOnlyByWhoHasSeenTheModel) {
    EXPECT_EQ(host_.call("PUT", path(), csv(), {{"content-type", "text/csv"}}).code(),
              "precondition_required");
    EXPECT_EQ(put(csv(), "text/csv", "\"9\"").code(), "version_mismatch");
    EXPECT_EQ(put(csv(), "text/csv", "\"1\"").status, 200U);
}

TEST_F(Tables, TellWhichCellsOfASheetAreWrong) {
    const Answer answer = put(changed("FIRST", "FASTEST"));
    EXPECT_EQ(answer.status, 400U);
    EXPECT_EQ(answer.code(), "invalid_table");
    const json error = answer.problem["errors"][0];
    EXPECT_EQ(error["code"], "unknown_hit_policy");
    EXPECT_EQ(json({error["row"], error["column"], error["pointer"]}), json({2, "B", "/2/B"}));
    EXPECT_EQ(put("no table").code(), "invalid_table");
    EXPECT_EQ(put("no workbook", kXlsx).code(), "invalid_table");
}

TEST_F(Tables, TellWhichCellsAreNoFeel) {
    const std::string sheet = changed(">= 500", ">= 5 5");
    const Answer answer = put(sheet);
    EXPECT_EQ(answer.status, 422U) << answer.body;
    EXPECT_EQ(answer.code(), "invalid_model");
    const json error = answer.problem["errors"][0];
    ASSERT_TRUE(error.contains("row")) << error;
    EXPECT_EQ(error["code"], "bad_feel");
    const auto lines =
        std::count(sheet.begin(), sheet.begin() + static_cast<std::ptrdiff_t>(sheet.find(">= 5 5")), '\n');
    EXPECT_EQ(error["row"], lines + 1);
    EXPECT_EQ(percent(500), 10) << "nothing was changed";
}

TEST(SheetPlaces, NameCellsAsSpreadsheetsDo) {
    const auto place = place_of_cell("AB12");
    ASSERT_TRUE(place);
    EXPECT_EQ(row_number(*place), 12U);
    EXPECT_EQ(column_name(*place), "AB");
    for (const char* const none : {"", "A", "12", "a1", "A0", "A1B", "A1 ", "/A1", "A99999999999999999999"})
        EXPECT_FALSE(place_of_cell(none)) << none;
}

TEST_F(Tables, AreAnalysed) {
    EXPECT_EQ(put(changed(">= 500", ">= 5000")).status, 200U);
    json rules = discount();
    rules["rules"].push_back(rules["rules"][1]);
    rules["rules"][2]["id"] = "again";
    const Answer patched = host_.call("PATCH", "/models/discount", json{{"simple", rules}}.dump(),
                                      {{"if-match", "*"}, {"content-type", "application/json"}});
    ASSERT_EQ(patched.status, 200U) << patched.problem;
    const json report = host_.get("/models/discount/analysis").json();
    EXPECT_EQ(report["complete"], true);
    const json table = report["tables"][0];
    EXPECT_EQ(table["name"], "Discount");
    EXPECT_GE(table["counts"]["masked"].get<int>(), 1) << table;
    EXPECT_EQ(host_.get("/models/discount/analysis?decision=Discount").json(), report);
    EXPECT_EQ(host_.get("/models/discount/analysis?decision=none").code(), "table_not_found");
    const json published = host_.post("/models/discount/publish", json::object()).json();
    const auto masked = std::ranges::find(published["warnings"], "masked",
                                          [](const json& warning) { return warning["code"]; });
    ASSERT_NE(masked, published["warnings"].end());
    EXPECT_EQ((*masked)["rules"][0]["id"], "again");
}

}  // namespace
}  // namespace rules::test
