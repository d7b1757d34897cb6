#include "test_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

// What other plugins call.
namespace rules::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kDiscount =
    R"(<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="Discount" namespace="urn:t">
<inputData id="i" name="total"><variable name="total" typeRef="number"/></inputData>
<decision id="rate" name="Rate"><variable name="Rate" typeRef="number"/>
  <informationRequirement><requiredInput href="#i"/></informationRequirement>
  <literalExpression><text>if total &gt; 100 then 0.1 else 0</text></literalExpression></decision>
<decision id="slow" name="Slow"><literalExpression><text>count(for i in 1..10000000 return i)</text></literalExpression>
</decision>
<decisionService id="s" name="Rates"><outputDecision href="#rate"/></decisionService>
</definitions>)";

class PeerMethods : public testing::Test {
 protected:
    PeerMethods() {
        host_.settings = R"({"audit": "whole", "max_steps": 1000, "event_sample_percent": 100})";
        const json model = {{"key", "discount"}, {"files", {{{"name", "d.dmn"}, {"xml", kDiscount}}}}};
        EXPECT_EQ(host_.post("/models", model).status, 201U);
        ++host_.now;
        EXPECT_EQ(host_.post("/models/discount/publish", json::object()).status, 200U);
    }
    static json with(json body, int total = 200) {
        body["context"] = {{"total", total}};
        return body;
    }
    // An answer without the id of its record, which is another one each time.
    static json told(const Answer& answer) {
        EXPECT_EQ(answer.status, 200U) << answer.problem << answer.body;
        json body = answer.status == 200 ? answer.json() : json::object();
        body.erase("evaluation_id");
        return body;
    }
    json records(const std::string& query = "") { return host_.get("/evaluations" + query).json()["items"]; }
    // Where the faults are.
    std::vector<std::string> faults(const char* method, const json& input) {
        const Answer answer = host_.serve(method, input);
        EXPECT_EQ(answer.code(), "invalid_evaluation");
        std::vector<std::string> pointers;
        for (const json& error : answer.problem["errors"])
            pointers.push_back(error["pointer"]);
        return pointers;
    }

    TestHost host_;
};

TEST_F(PeerMethods, AnswerAsTheRoutesDo) {
    EXPECT_EQ(told(host_.serve("evaluate", with({{"decision", "Rate"}}))),
              told(host_.post("/decisions/Rate/evaluate", with(json::object()))));
    EXPECT_EQ(told(host_.serve("evaluate", with({{"decision", "Rates"}}))),
              told(host_.post("/decisions/Rates/evaluate", with(json::object()))));
    for (const json& body :
         {json{{"decision", "rate"}}, json{{"decision_service", "Rates"}, {"version", 1}}}) {
        json input = with(body);
        input["model"] = "discount";
        EXPECT_EQ(told(host_.serve("evaluate", input)),
                  told(host_.post("/models/discount/evaluate", with(body))));
    }
    const json many = {{"decision", "Rate"}, {"contexts", {{{"total", 50}}, 7, {{"total", 500}}}}};
    const json items = told(host_.serve("evaluate", many))["items"];
    ASSERT_EQ(items.size(), 3U);
    EXPECT_EQ(items[0]["result"], 0);
    EXPECT_EQ(items[1]["failure"]["code"], "invalid_context");
    EXPECT_EQ(items[2]["result"].dump(), "0.1");
    json explained = with({{"decision", "Rate"}});
    explained["explain"] = true;
    EXPECT_TRUE(told(host_.serve("evaluate", explained)).contains("explanation"));
}

TEST_F(PeerMethods, ChooseTheVersionByDate) {
    json early = with({{"decision", "Rate"}});
    early["as_of"] = "2020-01-01";
    EXPECT_EQ(host_.serve("evaluate", early).code(), "decision_not_found");
    early["model"] = "discount";
    EXPECT_EQ(host_.serve("evaluate", early).code(), "no_version_in_force");
}

TEST_F(PeerMethods, TheRecordNamesThePluginThatAsked) {
    told(host_.serve("evaluate", with({{"decision", "Rate"}})));
    EXPECT_THAT(host_.events(), ElementsAre("decision.evaluated discount"));
    told(host_.post("/decisions/Rate/evaluate", with(json::object())));
    ASSERT_EQ(records().size(), 2U);
    EXPECT_TRUE(records()[0]["caller"].is_null());
    ASSERT_EQ(records("?caller=caller").size(), 1U);
    EXPECT_EQ(records("?caller=caller")[0]["caller"], "caller");
    EXPECT_THAT(records("?caller=other"), IsEmpty());
    EXPECT_THAT(host_.get("/evaluations/export/csv?caller=caller").body, testing::HasSubstr(",caller\r\n"));
}

TEST_F(PeerMethods, RefuseBeforeAnythingIsWritten) {
    EXPECT_EQ(host_.serve("evaluate", with({{"decision", "Slow"}})).code(), "evaluation_limit_reached");
    EXPECT_LE(host_.statements(), 5) << "those that find the version";
    EXPECT_EQ(host_.serve("evaluate", {{"decision", "Rate"}, {"context", 7}}).code(), "invalid_context");
    EXPECT_EQ(host_.serve("evaluate", with({{"decision", "None"}})).code(), "decision_not_found");
    EXPECT_EQ(host_.serve("evaluate", with({{"decision", "None"}, {"model", "discount"}})).code(),
              "unknown_decision");
    EXPECT_EQ(host_.serve("evaluate", with({{"decision", "Rate"}, {"model", "none"}})).code(),
              "model_not_found");
    EXPECT_THAT(records(), IsEmpty());
}

TEST_F(PeerMethods, TellAllFaultsOfTheirInput) {
    EXPECT_EQ(host_.serve("evaluate", json::array()).code(), "invalid_json");
    EXPECT_THAT(faults("evaluate", json::object()), ElementsAre("/decision"));
    EXPECT_THAT(faults("evaluate", {{"decision_service", "Rates"}, {"version", 1}, {"key", 1}}),
                ElementsAre("/decision_service", "/version", "/key"));
    EXPECT_THAT(faults("decisions", json::object()), ElementsAre("/model"));
    EXPECT_THAT(faults("decisions", {{"decision", "Rate"}, {"version", 1}, {"as_of", 7}}),
                ElementsAre("/version", "/as_of"));
}

TEST_F(PeerMethods, DescribeDecisions) {
    const json all = told(host_.serve("decisions", {{"model", "discount"}}));
    EXPECT_EQ(all, host_.get("/models/discount/decisions").json());
    for (const json& input :
         {json{{"decision", "Rate"}}, json{{"decision", "rate"}, {"model", "discount"}}}) {
        const json one = told(host_.serve("decisions", input))["items"];
        ASSERT_EQ(one.size(), 1U) << input;
        EXPECT_EQ(one[0]["id"], "rate");
        EXPECT_EQ(one[0]["input_schema"]["properties"]["total"]["type"], "number") << one;
    }
    const json service = told(host_.serve("decisions", {{"decision", "Rates"}}))["items"];
    ASSERT_EQ(service.size(), 1U);
    EXPECT_EQ(service[0]["kind"], "decision_service");
    EXPECT_EQ(host_.serve("decisions", {{"decision", "None"}}).code(), "decision_not_found");
    EXPECT_EQ(host_.serve("decisions", {{"decision", "None"}, {"model", "discount"}}).code(),
              "unknown_decision");
}

}  // namespace
}  // namespace rules::test
