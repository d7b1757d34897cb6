#include "audit.hpp"

#include "test_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

// Evaluation over the plugin's routes, and what the audit keeps of it.
namespace rules::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// From `limit` on the price is halved.
std::string tariff(int limit) {
    return R"(<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="Tariff" namespace="urn:t">
<inputData id="w" name="weight"><variable name="weight" typeRef="number"/></inputData>
<inputData id="o" name="on"><variable name="on" typeRef="date"/></inputData>
<decision id="price" name="Price"><variable name="Price" typeRef="number"/>
  <informationRequirement><requiredInput href="#w"/></informationRequirement>
  <decisionTable id="t" hitPolicy="UNIQUE">
    <input id="c"><inputExpression typeRef="number"><text>weight</text></inputExpression></input>
    <output id="u"/>
    <rule id="r_half"><inputEntry id="e1"><text>&gt;= )" +
           std::to_string(limit) +
           R"(</text></inputEntry><outputEntry id="x1"><text>weight / 2</text></outputEntry></rule>
    <rule id="r_full"><inputEntry id="e2"><text>&lt; )" +
           std::to_string(limit) +
           R"(</text></inputEntry><outputEntry id="x2"><text>weight</text></outputEntry></rule>
  </decisionTable></decision>
<decision id="late" name="Late"><variable name="Late" typeRef="boolean"/>
  <informationRequirement><requiredInput href="#o"/></informationRequirement>
  <literalExpression><text>today() &gt; on</text></literalExpression></decision>
<decision id="slow" name="Slow"><literalExpression><text>count(for i in 1..10000000 return i)</text></literalExpression>
</decision>
</definitions>)";
}

class Evaluations : public testing::Test {
 protected:
    Evaluations() { host_.settings = R"({"audit": "whole"})"; }

    void deploy(int limit) {
        const json body = {{"key", "tariff"}, {"files", {{{"name", "tariff.dmn"}, {"xml", tariff(limit)}}}}};
        const Answer created = host_.post("/models", body);
        ASSERT_EQ(created.status, 201U) << created.problem << created.body;
        publish();
    }
    void redeploy(int limit) {
        const json change = {{"files", {{{"name", "tariff.dmn"}, {"xml", tariff(limit)}}}}};
        const Answer changed = host_.call("PATCH", "/models/tariff", change.dump(), {{"if-match", "*"}});
        ASSERT_EQ(changed.status, 200U) << changed.problem;
        publish();
    }
    void publish() {
        ++host_.now;
        const Answer published = host_.post("/models/tariff/publish", json::object());
        ASSERT_EQ(published.status, 200U) << published.problem << published.body;
    }
    Answer evaluate(const json& body) { return host_.post("/models/tariff/evaluate", body); }
    json price(const json& weight) {
        const Answer answer = evaluate({{"decision", "Price"}, {"context", {{"weight", weight}}}});
        EXPECT_EQ(answer.status, 200U) << answer.problem << answer.body;
        return answer.status == 200 ? answer.json() : json::object();
    }
    json records(const std::string& query = "") {
        const Answer answer = host_.get("/evaluations" + query);
        EXPECT_EQ(answer.status, 200U) << answer.problem << answer.body;
        return answer.status == 200 ? answer.json()["items"] : json::array();
    }

    TestHost host_;
};

TEST_F(Evaluations, AnswerTheResultAndWhatMadeIt) {
    deploy(10);
    const json answer = price(6);
    EXPECT_EQ(answer["result"], 6);
    EXPECT_EQ(answer["decision"], "Price");
    EXPECT_EQ(answer["model"]["key"], "tariff");
    EXPECT_EQ(answer["model"]["version"], 1);
    EXPECT_TRUE(answer["evaluation_id"].is_string());
    EXPECT_FALSE(answer.contains("explanation"));
}

TEST_F(Evaluations, ExplainOnRequest) {
    deploy(10);
    const json body = {{"decision", "price"}, {"context", {{"weight", 40}}}, {"explain", true}};
    const json answer = evaluate(body).json();
    EXPECT_EQ(answer["explanation"]["nodes"].back()["tables"][0]["matched"][0]["id"], "r_half");
    EXPECT_EQ(answer["explanation"]["missing_inputs"], json::array());
}

TEST_F(Evaluations, TakeManyContextsAndLetOneFailAlone) {
    deploy(10);
    const Answer answer =
        evaluate({{"decision", "Price"}, {"contexts", {{{"weight", 4}}, 7, {{"weight", 40}}}}});
    ASSERT_EQ(answer.status, 200U) << answer.problem << answer.body;
    const json items = answer.json()["items"];
    ASSERT_EQ(items.size(), 3U);
    EXPECT_EQ(items[0]["result"], 4);
    EXPECT_EQ(items[1]["failure"]["code"], "invalid_context");
    EXPECT_TRUE(items[1]["result"].is_null());
    EXPECT_EQ(items[2]["result"], 20);
    EXPECT_EQ(records().size(), 2U) << "what can't be read is not evaluated";
}

TEST_F(Evaluations, FindAVersionByDecisionAndDate) {
    deploy(10);
    const std::int64_t first = host_.now;
    host_.now += 86'400'000'000;
    redeploy(100);
    const json body = {{"context", {{"weight", 40}}}};
    EXPECT_EQ(host_.post("/decisions/Price/evaluate", body).json()["result"], 40);
    json before = body;
    before["as_of"] = "2023-11-14T22:13:21Z";
    const json answer = host_.post("/decisions/Price/evaluate", before).json();
    EXPECT_EQ(answer["result"], 20) << first;
    EXPECT_EQ(answer["model"]["version"], 1);
    EXPECT_EQ(
        evaluate({{"decision", "Price"}, {"version", 1}, {"context", {{"weight", 40}}}}).json()["result"],
        20);
    EXPECT_EQ(host_.post("/decisions/Nothing/evaluate", body).status, 404U);
}

TEST_F(Evaluations, RefuseABodyWithAllItsFaults) {
    deploy(10);
    const Answer answer = evaluate({{"decision", 7},
                                    {"explain", "yes"},
                                    {"context", json::object()},
                                    {"a/b", 1},
                                    {"contexts", json::array()}});
    EXPECT_EQ(answer.problem["code"], "invalid_evaluation");
    std::vector<std::string> pointers;
    for (const json& error : answer.problem["errors"])
        pointers.push_back(error["pointer"]);
    EXPECT_THAT(pointers, testing::IsSupersetOf({"/decision", "/explain", "/contexts", "/a~1b"}));
    EXPECT_EQ(host_.call("POST", "/models/tariff/evaluate", "{\"decision\"").code(), "invalid_json");
    EXPECT_EQ(evaluate({{"decision", "Price"}, {"version", nullptr}}).code(), "invalid_evaluation");
    EXPECT_EQ(evaluate({{"decision", std::string(1, '\0')}}).code(), "invalid_evaluation");
    EXPECT_EQ(evaluate({{"decision", "Missing"}}).code(), "unknown_decision");
    EXPECT_EQ(evaluate({{"decision", "Price"}, {"context", 3}}).code(), "invalid_context");
}

TEST_F(Evaluations, EndAtTheTenantsLimits) {
    host_.settings = R"({"max_steps": 1000})";
    deploy(10);
    EXPECT_EQ(evaluate({{"decision", "Slow"}}).code(), "evaluation_limit_reached");
    const json items = evaluate({{"decision", "Slow"}, {"contexts", {json::object()}}}).json()["items"];
    EXPECT_EQ(items[0]["failure"]["code"], "evaluation_limit_reached");
    const json failed = records("?failed=true");
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_EQ(failed[0]["failure"], "evaluation_limit_reached");
}

TEST_F(Evaluations, AreRecordedAsTheSettingSays) {
    deploy(10);
    const std::string whole = price(6)["evaluation_id"];
    const json record = host_.get("/evaluations/" + whole).json();
    EXPECT_EQ(record["inputs"], json::parse(R"({"weight": 6})"));
    EXPECT_EQ(record["result"], 6);
    EXPECT_EQ(record["hits"][0]["rules"][0]["id"], "r_full");

    host_.settings = R"({"audit": "hashed"})";
    const json hashed = host_.get("/evaluations/" + price(6)["evaluation_id"].get<std::string>()).json();
    EXPECT_TRUE(hashed["inputs"].is_null());
    EXPECT_EQ(hashed["inputs_hash"], record["inputs_hash"]);

    host_.settings = R"({"audit": "off"})";
    EXPECT_TRUE(price(6)["evaluation_id"].is_null());
    EXPECT_EQ(records().size(), 2U);
    EXPECT_EQ(host_.get("/evaluations/nothing").code(), "evaluation_not_found");
}

TEST_F(Evaluations, AreFoundByWhatTheyWere) {
    deploy(10);
    price(6);
    host_.now += 1'000'000;
    price(40);
    host_.now += 1'000'000;
    price(60);
    EXPECT_EQ(records("?rule=r_half").size(), 2U);
    EXPECT_EQ(records("?rule=r_ha").size(), 0U) << "an id is not a part of another";
    EXPECT_EQ(records("?decision=Late").size(), 0U);
    EXPECT_EQ(records("?version=1&decision=Price").size(), 3U);
    EXPECT_EQ(records("?inputs_hash=" + records()[0]["inputs_hash"].get<std::string>()).size(), 1U);
    const json page = host_.get("/evaluations?limit=2").json();
    EXPECT_EQ(page["items"][0]["result"], 30) << "the newest first";
    const std::string cursor = page["next_cursor"];
    const json last = host_.get("/evaluations?limit=2&cursor=" + cursor).json();
    ASSERT_EQ(last["items"].size(), 1U);
    EXPECT_EQ(last["items"][0]["result"], 6);
    EXPECT_TRUE(last["next_cursor"].is_null());
    EXPECT_EQ(host_.get("/evaluations?cursor=x").code(), "invalid_cursor");
    EXPECT_EQ(host_.get("/evaluations?limit=0").code(), "invalid_parameter");
    EXPECT_EQ(host_.get("/evaluations?weight=6").code(), "unknown_parameter");
}

TEST_F(Evaluations, AreExported) {
    deploy(10);
    price(6);
    price(40);
    const Answer lines = host_.get("/evaluations/export");
    EXPECT_EQ(lines.headers.at("content-type"), "application/x-ndjson");
    const std::size_t end = lines.body.find('\n');
    EXPECT_EQ(json::parse(lines.body.substr(0, end))["result"], 6) << "the oldest first";
    const std::string first = json::parse(lines.body.substr(0, end))["id"];
    EXPECT_EQ(host_.get("/evaluations/export?after=" + first).body, lines.body.substr(end + 1));
    const std::string csv = host_.get("/evaluations/export/csv").body;
    EXPECT_THAT(csv, StartsWith("id,at,principal,"));
    EXPECT_THAT(csv, HasSubstr("\"{\"\"weight\"\":40}\""));
}

TEST_F(Evaluations, NameWhoReallyAskedInAnothersName) {
    deploy(10);
    price(6);
    EXPECT_EQ(records()[0]["actor"], nullptr);
    host_.actor.bytes[15] = 9;
    price(7);
    EXPECT_EQ(records()[0]["actor"], "00000000-0000-0000-0000-000000000009");
    EXPECT_THAT(host_.get("/evaluations/export/csv").body,
                HasSubstr(",00000000-0000-0000-0000-000000000009,"));
}

TEST_F(Evaluations, AreReplayedAgainstAnotherVersion) {
    deploy(10);
    price(6);
    const std::string changed = price(40)["evaluation_id"];
    EXPECT_EQ(evaluate({{"decision", "Late"}, {"context", {{"on", "2023-11-20"}}}}).json()["result"], false);
    host_.settings = R"({"audit": "hashed"})";
    price(50);
    host_.now += std::int64_t{30} * 86'400'000'000;
    redeploy(100);

    const Answer answer = host_.post("/evaluations/replay", {{"model", "tariff"}});
    ASSERT_EQ(answer.status, 200U) << answer.problem << answer.body;
    const json found = answer.json();
    EXPECT_EQ(found["model"]["version"], 2);
    EXPECT_EQ(found["same"], 2) << "today() is that of the record";
    EXPECT_EQ(found["changed"], 1);
    EXPECT_EQ(found["not_replayable"], 1);
    EXPECT_EQ(found["differences"][0]["evaluation_id"], changed);
    EXPECT_EQ(found["differences"][0]["before"], 20);
    EXPECT_EQ(found["differences"][0]["after"], 40);
    EXPECT_TRUE(found["next_cursor"].is_null());
}

TEST_F(Evaluations, AreReplayedPieceByPiece) {
    deploy(10);
    for (int weight = 1; weight <= 5; ++weight)
        price(weight);
    json body = {{"model", "tariff"}, {"limit", 2}};
    int same = 0;
    int calls = 0;
    while (calls++ < 10) {
        const json found = host_.post("/evaluations/replay", body).json();
        same += found["same"].get<int>();
        if (found["next_cursor"].is_null()) break;
        body["cursor"] = found["next_cursor"];
    }
    EXPECT_EQ(same, 5);
    EXPECT_EQ(calls, 3);
}

TEST_F(Evaluations, AreDeletedWhenTheyAreOld) {
    host_.settings = R"({"audit": "whole", "audit_retention_days": 1})";
    deploy(10);
    for (int weight = 0; weight < 20; ++weight)
        price(weight);
    host_.now += std::int64_t{2} * 86'400'000'000;
    json contexts = json::array();
    for (int weight = 0; weight < 30; ++weight)
        contexts.push_back({{"weight", weight}});
    ASSERT_EQ(evaluate({{"decision", "Price"}, {"contexts", contexts}}).status, 200U);
    EXPECT_EQ(records("?limit=100").size(), 30U);
}

TEST_F(Evaluations, PublishEventsAsTheSettingSays) {
    deploy(10);
    price(6);
    EXPECT_THAT(host_.events(), IsEmpty());
    host_.settings = R"({"event_sample_percent": 100})";
    price(6);
    EXPECT_THAT(host_.events(), ElementsAre("decision.evaluated tariff"));
}

TEST_F(Evaluations, TakeNoWriterWhereNothingIsKept) {
    deploy(10);
    const json one = {{"decision", "Price"}, {"context", {{"weight", 6}}}};
    const json many = {{"decision", "Price"}, {"contexts", {{{"weight", 4}}, {{"weight", 40}}}}};
    host_.settings = R"({"audit": "off"})";
    for (const json& body : {one, many}) {
        EXPECT_EQ(evaluate(body).status, 200U) << body;
        EXPECT_EQ(host_.runs(), 1) << body;
    }
    EXPECT_EQ(host_.post("/decisions/Price/evaluate", {{"context", {{"weight", 6}}}}).status, 200U);
    EXPECT_EQ(host_.runs(), 1);

    host_.settings = R"({"audit": "whole", "event_sample_percent": 100, "max_steps": 1000})";
    for (const char* refused : {"Missing", "Slow"}) {
        EXPECT_GE(evaluate({{"decision", refused}}).status, 400U) << refused;
        EXPECT_EQ(host_.runs(), 1) << "refused before anything is written: " << refused;
    }
    EXPECT_THAT(records(), IsEmpty());
}

TEST_F(Evaluations, AreRecordedOnceByTheRunThatMayWrite) {
    deploy(10);
    const Answer answer = evaluate({{"decision", "Price"}, {"context", {{"weight", 6}}}});
    EXPECT_EQ(host_.runs(), 2);
    ASSERT_EQ(records().size(), 1U);
    EXPECT_EQ(records()[0]["id"], answer.json()["evaluation_id"]);
    EXPECT_THAT(host_.events(), IsEmpty());

    const Answer many = evaluate({{"decision", "Price"}, {"contexts", {{{"weight", 4}}, {{"weight", 40}}}}});
    EXPECT_EQ(host_.runs(), 2);
    EXPECT_EQ(many.json()["items"].size(), 2U) << "the first run's pieces of the answer are dropped";
    EXPECT_EQ(records().size(), 3U);

    EXPECT_EQ(host_.post("/decisions/Price/evaluate", {{"context", {{"weight", 6}}}}).status, 200U);
    EXPECT_EQ(host_.runs(), 2);
    EXPECT_EQ(records().size(), 4U);
}

TEST_F(Evaluations, ThatAreSampledArePublishedOnceByTheRunThatMayWrite) {
    deploy(10);
    for (const char* audit : {"off", "hashed"}) {
        host_.settings = json{{"audit", audit}, {"event_sample_percent", 100}}.dump();
        EXPECT_EQ(price(6)["result"], 6);
        EXPECT_EQ(host_.runs(), 2) << audit;
        EXPECT_THAT(host_.events(), ElementsAre("decision.evaluated tariff")) << audit;
    }
    EXPECT_EQ(records().size(), 1U);
}

TEST_F(Evaluations, OfFeelAnswerAValueOrWhereTheTextIsWrong) {
    const Answer sum = host_.call("POST", "/feel", R"({"expression": "sum(order amounts) + 0.1",
        "context": {"order amounts": [1.05, 12345678901234567890.5]}})");
    ASSERT_EQ(sum.status, 200U) << sum.problem;
    EXPECT_THAT(sum.body, HasSubstr("12345678901234567891.65"));
    const json tagged =
        host_.post("/feel", {{"expression", "@\"2024-02-29\" + @\"P1D\""}, {"values", "tagged"}}).json();
    EXPECT_EQ(tagged["result"], json::parse(R"({"@type": "date", "@value": "2024-03-01"})"));
    EXPECT_THAT(host_.post("/feel", {{"expression", "1 + \"a\""}}).json()["notes"], testing::Not(IsEmpty()));
    const Answer wrong = host_.post("/feel", {{"expression", "1 +\n+ *"}});
    EXPECT_EQ(wrong.code(), "invalid_expression");
    EXPECT_EQ(wrong.problem["errors"][0]["line"], 2);
    EXPECT_EQ(host_.post("/feel", {{"expression", "1"}, {"context", {{"a b)", 1}}}}).code(),
              "invalid_context");
    EXPECT_EQ(host_.post("/feel", json::object()).code(), "invalid_evaluation");
}

TEST(Audit, WritesNoFormulaIntoASpreadsheet) {
    AuditRecord record;
    record.decision = "=HYPERLINK(\"http://x\")";
    record.result = "null";
    EXPECT_THAT(to_csv(record), HasSubstr("\"'=HYPERLINK(\"\"http://x\"\")\""));
}

TEST(Audit, ComparesResultsAsValues) {
    EXPECT_TRUE(same_result("1.50", "1.5"));
    EXPECT_TRUE(same_result(R"({"a":1})", R"({"a": 1})"));
    EXPECT_FALSE(same_result("1", "\"1\""));
    EXPECT_FALSE(same_result("null", "0"));
    EXPECT_FALSE(same_result(R"({"@type":"date","@value":"2024-01-01"})", "\"2024-01-01\""));
}

}  // namespace
}  // namespace rules::test
