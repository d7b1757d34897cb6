#include "test_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace rules::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

// A decision of grades: from `high` on A, else B. The input has two allowed kinds.
std::string grades(int high) {
    return R"(<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="Grades" namespace="urn:g">
<itemDefinition id="i" name="tKind"><typeRef>string</typeRef>
  <allowedValues><text>"oral", "written"</text></allowedValues></itemDefinition>
<inputData id="p" name="points"><variable name="points" typeRef="number"/></inputData>
<inputData id="k" name="kind"><variable name="kind" typeRef="tKind"/></inputData>
<inputData id="o" name="on"><variable name="on" typeRef="date"/></inputData>
<decision id="grade" name="Grade"><variable name="Grade" typeRef="string"/>
  <informationRequirement><requiredInput href="#p"/></informationRequirement>
  <informationRequirement><requiredInput href="#k"/></informationRequirement>
  <informationRequirement><requiredInput href="#o"/></informationRequirement>
  <decisionTable id="t" hitPolicy="UNIQUE">
    <input id="c"><inputExpression typeRef="number"><text>points</text></inputExpression></input>
    <output id="u"/>
    <rule id="r1"><inputEntry id="e1"><text>&gt;= )" +
           std::to_string(high) +
           R"(</text></inputEntry><outputEntry id="x1"><text>"A"</text></outputEntry></rule>
    <rule id="r2"><inputEntry id="e2"><text>&lt; )" +
           std::to_string(high) +
           R"(</text></inputEntry><outputEntry id="x2"><text>"B"</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>)";
}

json grade_test(const std::string& name, int points, const std::string& expected) {
    return {{"name", name}, {"decision", "Grade"}, {"context", {{"points", points}}}, {"expected", expected}};
}

class Models : public testing::Test {
 protected:
    json create(const json& body) {
        const Answer answer = host_.post("/models", body);
        EXPECT_EQ(answer.status, 201U) << answer.problem << answer.body;
        return answer.status == 201 ? answer.json() : json();
    }
    Answer patch(const std::string& id, const json& change, const std::string& if_match = "*") {
        return host_.call("PATCH", "/models/" + id, change.dump(), {{"if-match", if_match}});
    }
    Answer publish(const std::string& id, const json& body = json::object()) {
        return host_.post("/models/" + id + "/publish", body);
    }
    std::vector<std::string> keys(const std::string& query) {
        std::vector<std::string> keys;
        const json page = host_.get("/models" + query).json();
        for (const json& item : page["items"])
            keys.push_back(item["key"]);
        return keys;
    }

    TestHost host_;
};

TEST_F(Models, AreUploadedAsXmlOrJson) {
    const Answer answer =
        host_.call("POST", "/models?tag=school", grades(50), {{"content-type", "application/xml"}});
    ASSERT_EQ(answer.status, 201U) << answer.problem << answer.body;
    const json model = answer.json();
    EXPECT_EQ(model["key"], "grades") << "made of the model's name";
    EXPECT_EQ(model["name"], "Grades");
    EXPECT_EQ(model["tags"], json({"school"}));
    EXPECT_EQ(model["layer"], "own");
    EXPECT_EQ(answer.headers.at("etag"), "\"1\"");
    const std::string id = model["id"];
    EXPECT_EQ(answer.headers.at("location"), "/api/v1/rules/models/" + id);
    json kept = model;
    EXPECT_EQ(kept["warnings"], json::array());
    kept.erase("warnings");
    EXPECT_EQ(host_.get("/models/" + id).json(), kept);
    EXPECT_EQ(host_.get("/models/grades").json(), kept);
    EXPECT_EQ(host_.get("/models/grades/versions/1/source").body, grades(50));
    EXPECT_EQ(host_.post("/models", {{"xml", grades(50)}}).code(), "key_taken");
    EXPECT_EQ(create({{"xml", grades(50)}, {"key", "other"}})["key"], "other");
}

TEST_F(Models, AreRefusedWithEveryFault) {
    std::string xml = grades(50);
    xml.replace(xml.find("<text>points</text>"), 19, "<text>1 +</text>");
    xml.replace(xml.find("#p"), 2, "#q");
    const Answer answer = host_.post("/models", {{"xml", xml}});
    EXPECT_EQ(answer.status, 422U) << answer.body;
    EXPECT_EQ(answer.code(), "invalid_model");
    ASSERT_GE(answer.problem["errors"].size(), 2U) << answer.problem;
    for (const json& error : answer.problem["errors"]) {
        EXPECT_GT(error["line"], 0);
        EXPECT_FALSE(error["code"].get<std::string>().empty());
        EXPECT_FALSE(error["detail"].get<std::string>().empty());
    }
    const json validation = host_.post("/models/validate", {{"xml", xml}}).json();
    EXPECT_EQ(validation["valid"], false);
    EXPECT_EQ(validation["faults"], answer.problem["errors"]);
    EXPECT_EQ(host_.post("/models/validate", {{"xml", grades(50)}}).json()["valid"], true);
    EXPECT_THAT(keys(""), ElementsAre()) << "nothing of it is kept";
}

TEST_F(Models, AreRefusedWithEveryFaultOfTheRequest) {
    const Answer answer =
        host_.post("/models", {{"key", "No Key"}, {"tags", {"a b"}}, {"xml", 5}, {"odd", 1}});
    EXPECT_EQ(answer.status, 400U);
    std::vector<std::string> pointers;
    for (const json& error : answer.problem["errors"])
        pointers.push_back(error["pointer"]);
    EXPECT_THAT(pointers, UnorderedElementsAre("/key", "/tags/0", "/xml", "/odd"));
    EXPECT_EQ(host_.post("/models", json::array()).code(), "invalid_json");
    EXPECT_EQ(host_.call("POST", "/models", "{").code(), "invalid_json");
    EXPECT_EQ(host_.call("POST", "/models", R"({"xml": "a", "xml": "b"})").code(), "invalid_json");
    EXPECT_EQ(host_.post("/models", json::object()).code(), "invalid_request");
    const Answer tests = host_.post("/models", {{"xml", grades(50)}, {"tests", {{{"name", ""}}, 5}}});
    EXPECT_EQ(tests.code(), "invalid_tests");
    EXPECT_GE(tests.problem["errors"].size(), 4U) << tests.problem;
}

TEST_F(Models, OfSimpleRulesAreRefusedWithThePlacesOfTheirFeel) {
    const json simple = json::parse(R"({"name": "D", "rules": [
        {"conditions": [{"input": "x", "operator": "at_least", "value": 1}, {"input": "y", "feel": "> "}],
         "actions": [{"output": "o", "feel": "1 +"}]}]})");
    for (const char* path : {"/models", "/models/validate"}) {
        const Answer answer = host_.post(path, {{"simple", simple}});
        EXPECT_EQ(answer.status, 400U);
        EXPECT_EQ(answer.code(), "invalid_request");
        std::vector<std::string> pointers;
        for (const json& error : answer.problem["errors"])
            pointers.push_back(error["pointer"]);
        EXPECT_THAT(pointers, UnorderedElementsAre("/simple/rules/0/conditions/1/feel",
                                                   "/simple/rules/0/actions/0/feel"));
    }
}

TEST_F(Models, ArePublishedIfTheirTestsPass) {
    create({{"xml", grades(50)}, {"tests", {grade_test("high", 50, "A"), grade_test("low", 49, "A")}}});
    const Answer refused = publish("grades");
    EXPECT_EQ(refused.status, 422U) << refused.body;
    EXPECT_EQ(refused.code(), "tests_failed");
    ASSERT_EQ(refused.problem["errors"].size(), 1U);
    EXPECT_EQ(refused.problem["errors"][0]["test"], "low");
    EXPECT_EQ(refused.problem["errors"][0]["actual"], "B");
    EXPECT_EQ(host_.get("/models/grades/decisions").code(), "no_version_in_force");

    ASSERT_EQ(patch("grades", {{"tests", {grade_test("high", 50, "A")}}}).status, 200U);
    const Answer published = publish("grades");
    ASSERT_EQ(published.status, 200U) << published.problem << published.body;
    EXPECT_THAT(host_.events(), ElementsAre("model.published grades"));
    EXPECT_EQ(publish("grades").code(), "already_published");

    const json run = host_.call("POST", "/models/grades/test").json();
    EXPECT_EQ(run["passed"], 1);
    EXPECT_EQ(run["failed"], 0);
    EXPECT_EQ(run["coverage"]["rules"], 2);
    EXPECT_EQ(run["coverage"]["hit"], 1);
    EXPECT_EQ(run["coverage"]["missed"][0]["rule_id"], "r2");
}

TEST_F(Models, TellWhatTheirDecisionsTake) {
    create({{"xml", grades(50)}});
    const json decision = host_.get("/models/grades/decisions?version=latest").json()["items"][0];
    EXPECT_EQ(decision["kind"], "decision");
    EXPECT_EQ(decision["id"], "grade");
    EXPECT_EQ(decision["input_schema"]["type"], "object");
    const json inputs = decision["input_schema"]["properties"];
    EXPECT_EQ(inputs["points"], json({{"type", "number"}}));
    EXPECT_EQ(inputs["kind"]["enum"], json({"oral", "written"}));
    EXPECT_EQ(inputs["on"], json({{"type", "string"}, {"format", "date"}}));
    EXPECT_EQ(decision["result_schema"], json({{"type", "string"}}));
}

TEST_F(Models, TellWhatTheComponentsOfTheirTypesMayBe) {
    const std::string xml =
        R"(<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="P" namespace="urn:p">
<itemDefinition id="i1" name="tKind"><typeRef>string</typeRef>
  <allowedValues><text>"a", "b"</text></allowedValues></itemDefinition>
<itemDefinition id="i2" name="tP">
  <itemComponent id="c1" name="score"><typeRef>number</typeRef>
    <allowedValues><text>[300..850]</text></allowedValues></itemComponent>
  <itemComponent id="c2" name="colour"><typeRef>string</typeRef>
    <allowedValues><text>"red", "blue"</text></allowedValues></itemComponent>
  <itemComponent id="c3" name="kind"><typeRef>tKind</typeRef></itemComponent>
  <itemComponent id="c4" name="sizes" isCollection="true"><typeRef>number</typeRef>
    <allowedValues><text>1, 2, 3</text></allowedValues></itemComponent>
</itemDefinition>
<itemDefinition id="i3" name="tKinds" isCollection="true"><typeRef>tKind</typeRef>
  <allowedValues><text>not("c")</text></allowedValues></itemDefinition>
<itemDefinition id="i4" name="tSmall"><typeRef>tP2</typeRef>
  <allowedValues><text>&lt; 5</text></allowedValues></itemDefinition>
<itemDefinition id="i5" name="tP2"><typeRef>number</typeRef>
  <allowedValues><text>&gt; 0</text></allowedValues></itemDefinition>
<inputData id="p" name="p"><variable name="p" typeRef="tP"/></inputData>
<inputData id="k" name="kinds"><variable name="kinds" typeRef="tKinds"/></inputData>
<inputData id="s" name="small"><variable name="small" typeRef="tSmall"/></inputData>
<decision id="x" name="X"><variable name="X" typeRef="number"/>
  <informationRequirement><requiredInput href="#p"/></informationRequirement>
  <informationRequirement><requiredInput href="#k"/></informationRequirement>
  <informationRequirement><requiredInput href="#s"/></informationRequirement>
  <literalExpression><text>p.score + small + count(kinds)</text></literalExpression></decision></definitions>)";
    create({{"xml", xml}});
    const json decisions = host_.get("/models/p/decisions?version=latest").json();
    const json inputs = decisions["items"][0]["input_schema"]["properties"];
    const json p = inputs["p"]["properties"];
    EXPECT_EQ(p["score"], json({{"type", "number"},
                                {"description", "Allowed values: [300..850]"},
                                {"minimum", 300},
                                {"maximum", 850}}));
    EXPECT_EQ(p["colour"]["enum"], json({"red", "blue"}));
    EXPECT_EQ(p["kind"]["title"], "tKind");
    EXPECT_EQ(p["kind"]["enum"], json({"a", "b"}));
    EXPECT_EQ(p["sizes"]["type"], "array");
    EXPECT_EQ(p["sizes"]["items"]["enum"], json({1, 2, 3}));
    EXPECT_FALSE(p["sizes"].contains("description")) << "it is about the items";
    EXPECT_EQ(inputs["kinds"]["items"]["description"], "Allowed values: not(\"c\"); \"a\", \"b\"");
    EXPECT_EQ(inputs["kinds"]["items"]["allOf"][0]["enum"], json({"a", "b"}));
    EXPECT_EQ(inputs["small"]["exclusiveMaximum"], 5);
    EXPECT_EQ(inputs["small"]["allOf"][0]["exclusiveMinimum"], 0);
}

TEST_F(Models, KeepPublishedVersionsAsTheyWere) {
    create({{"xml", grades(50)}});
    publish("grades");
    const Answer changed = patch("grades", {{"xml", grades(60)}});
    ASSERT_EQ(changed.status, 200U) << changed.problem << changed.body;
    EXPECT_EQ(changed.json()["latest_version"], 2);
    EXPECT_EQ(host_.get("/models/grades/versions/1/source").body, grades(50));
    EXPECT_EQ(patch("grades", {{"xml", grades(70)}}).json()["latest_version"], 2) << "a draft is replaced";
    ++host_.now;
    publish("grades");
    const json rolled = host_.call("POST", "/models/grades/rollback").json();
    EXPECT_EQ(rolled["latest_version"], 3);
    const json versions = host_.get("/models/grades/versions").json()["items"];
    ASSERT_EQ(versions.size(), 3U);
    EXPECT_EQ(versions[0]["copy_of"], 1);
    EXPECT_EQ(versions[0]["status"], "published");
    EXPECT_EQ(host_.get("/models/grades/versions/3/source").body, grades(50));
    EXPECT_EQ(host_.post("/models/grades/rollback", {{"version", 9}}).code(), "version_not_found");
    EXPECT_EQ(host_.get("/models/grades/versions?limit=1").json()["next_cursor"], "3");
    EXPECT_EQ(host_.get("/models/grades/versions?limit=2&cursor=3").json()["items"][0]["version"], 2);
}

TEST_F(Models, KeepTheirDraftWhenTheyAreRolledBack) {
    create({{"xml", grades(50)}});
    publish("grades");
    ++host_.now;
    patch("grades", {{"xml", grades(60)}});
    publish("grades");
    ASSERT_EQ(patch("grades", {{"xml", grades(70)}}).json()["latest_version"], 3);
    ++host_.now;
    const Answer rolled = host_.call("POST", "/models/grades/rollback");
    ASSERT_EQ(rolled.status, 200U) << rolled.problem;
    EXPECT_EQ(rolled.json()["latest_version"], 5);
    EXPECT_EQ(host_.get("/models/grades/versions/3").code(), "version_not_found");
    EXPECT_EQ(host_.get("/models/grades/versions/4").json()["version"]["copy_of"], 1);
    EXPECT_EQ(host_.get("/models/grades/versions/4/source").body, grades(50));
    EXPECT_EQ(host_.get("/models/grades/versions/5").json()["version"]["status"], "draft");
    EXPECT_EQ(host_.get("/models/grades/versions/5/source").body, grades(70));
    ++host_.now;
    EXPECT_EQ(publish("grades").status, 200U);
    EXPECT_EQ(host_.call("POST", "/models/grades/rollback").json()["latest_version"], 6);
    EXPECT_EQ(host_.get("/models/grades/versions/6").json()["version"]["copy_of"], 4);
}

TEST_F(Models, AreRolledBackToWhatWasInForceBefore) {
    create({{"xml", grades(50)}});
    EXPECT_EQ(host_.call("POST", "/models/grades/rollback").code(), "nothing_to_roll_back");
    publish("grades");
    const Answer first = host_.call("POST", "/models/grades/rollback");
    EXPECT_EQ(first.status, 409U);
    EXPECT_EQ(first.code(), "nothing_to_roll_back");
    patch("grades", {{"xml", grades(60)}});
    EXPECT_EQ(publish("grades", {{"valid_from", "2030-01-01"}}).json()["warnings"], json::array());
    ++host_.now;
    patch("grades", {{"xml", grades(70)}});
    const json hiding = publish("grades").json()["warnings"];
    ASSERT_EQ(hiding.size(), 1U);
    EXPECT_EQ(hiding[0]["code"], "hides_planned_version");
    EXPECT_THAT(hiding[0]["detail"].get<std::string>(),
                testing::HasSubstr("Version 2, planned from 2030-01-01"));
    ++host_.now;
    const json rolled = host_.call("POST", "/models/grades/rollback").json();
    EXPECT_EQ(rolled["warnings"], hiding);
    EXPECT_EQ(host_.get("/models/grades/versions/4/source").body, grades(50));
    patch("grades", {{"xml", grades(80)}});
    EXPECT_EQ(publish("grades", {{"valid_to", "2029-01-01"}}).json()["warnings"], json::array())
        << "it ends before the planned one begins";
}

TEST_F(Models, TellWarningsOfTheirFilesWhenTheyComeIn) {
    std::string xml = grades(50);
    xml.replace(xml.find("<text>points</text>"), 19, "<text>points + bonus</text>");
    const json created = create({{"xml", xml}});
    ASSERT_EQ(created["warnings"].size(), 1U) << created;
    const json& warning = created["warnings"][0];
    EXPECT_EQ(warning["code"], "undeclared_input");
    EXPECT_EQ(warning["file"], "model.dmn");
    EXPECT_GT(warning["line"], 0);
    EXPECT_THAT(warning["detail"].get<std::string>(), testing::HasSubstr("bonus"));
    EXPECT_EQ(patch("grades", {{"xml", xml}}).json()["warnings"], created["warnings"]);
    EXPECT_EQ(patch("grades", {{"name", "N"}}).json()["warnings"], json::array());
    const json published = publish("grades").json()["warnings"];
    ASSERT_FALSE(published.empty());
    EXPECT_EQ(published[0], warning);
}

TEST_F(Models, AreInForceFromADateToAnother) {
    create({{"xml", grades(50)}});
    EXPECT_EQ(publish("grades", {{"valid_from", "2030-01-01"}, {"valid_to", "2029-01-01"}}).code(),
              "invalid_period");
    EXPECT_EQ(publish("grades", {{"valid_from", "soon"}}).code(), "invalid_request");
    EXPECT_EQ(publish("grades", {{"valid_to", "9999-12-31T23:59:59-01:00"}}).code(), "invalid_request");
    ASSERT_EQ(
        publish("grades", {{"valid_from", "2020-07-01"}, {"valid_to", "2021-07-01T00:00:00+06:00"}}).status,
        200U);
    const auto status = [&](const std::string& moment) {
        return host_.get("/models/grades/decisions?as_of=" + moment).status;
    };
    EXPECT_EQ(status("2020-06-30"), 404U);
    EXPECT_EQ(status("2020-07-01"), 200U);
    EXPECT_EQ(status("2021-06-30T17:59:59Z"), 200U);
    EXPECT_EQ(status("2021-06-30T18:00:00Z"), 404U);
    ASSERT_EQ(host_.post("/models/grades/versions/1/end", {{"valid_to", "2021-01-01"}}).status, 200U);
    EXPECT_EQ(status("2021-01-01"), 404U);
    patch("grades", {{"xml", grades(60)}});
    EXPECT_EQ(publish("grades", {{"valid_to", "9999-12-31"}}).status, 200U);
    EXPECT_EQ(host_.get("/models/grades/versions/2").json()["version"]["valid_to"],
              "9999-12-31T00:00:00.000000Z");
    EXPECT_EQ(status("9999-12-30"), 200U);
    EXPECT_EQ(status("9999-12-31"), 404U);
}

TEST_F(Models, ChangeOnlyWithTheirETag) {
    const std::string id = create({{"xml", grades(50)}})["id"];
    EXPECT_EQ(host_.call("PATCH", "/models/" + id, "{}").status, 428U);
    EXPECT_EQ(patch(id, {{"name", "N"}}, "\"7\"").status, 412U);
    const Answer changed = patch(id, {{"name", "N"}, {"tags", {"b", "a", "b"}}}, "\"1\"");
    ASSERT_EQ(changed.status, 200U);
    EXPECT_EQ(changed.headers.at("etag"), "\"2\"");
    EXPECT_EQ(changed.json()["tags"], json({"a", "b"}));
    EXPECT_EQ(changed.json()["latest_version"], 1);
    EXPECT_EQ(host_.call("DELETE", "/models/" + id).status, 428U);
    EXPECT_EQ(host_.call("DELETE", "/models/" + id, {}, {{"if-match", "\"2\""}}).status, 204U);
    EXPECT_EQ(host_.get("/models/" + id).code(), "model_not_found");
}

TEST_F(Models, AreListedPageByPage) {
    for (const char* key : {"one", "two", "three"})
        create({{"xml", grades(50)}, {"key", key}, {"tags", {std::string(key).substr(0, 1)}}});
    EXPECT_THAT(keys(""), ElementsAre("three", "two", "one"));
    EXPECT_THAT(keys("?tag=t"), ElementsAre("three", "two"));
    EXPECT_THAT(keys("?q=NE"), ElementsAre("one"));
    EXPECT_THAT(keys("?layer=shared"), ElementsAre());
    const json page = host_.get("/models?limit=2").json();
    const std::string cursor = page["next_cursor"];
    EXPECT_THAT(keys("?limit=2&cursor=" + cursor), ElementsAre("one"));
    EXPECT_EQ(host_.get("/models?cursor=x").code(), "invalid_cursor");
    EXPECT_EQ(host_.get("/models?limit=0").code(), "invalid_parameter");
    EXPECT_EQ(host_.get("/models?sort=x").code(), "unknown_parameter");
}

TEST_F(Models, OfTheTenantOverrideSharedOnes) {
    const auto share = [&](int high) {
        return host_.call("PUT", "/shared/grades", json({{"xml", grades(high)}}).dump());
    };
    const Answer shared = share(50);
    ASSERT_EQ(shared.status, 200U) << shared.problem << shared.body;
    EXPECT_EQ(shared.json()["layer"], "shared");
    EXPECT_THAT(host_.events(), ElementsAre("model.published grades"));
    EXPECT_EQ(share(55).json()["latest_version"], 2);
    EXPECT_EQ(patch("grades", {{"name", "N"}}).code(), "shared_model");
    const std::string own = create({{"xml", grades(60)}, {"key", "grades"}})["id"];
    EXPECT_EQ(host_.get("/models/grades").json()["id"], own);

    const auto grade = [&](const std::string& path) {
        const Answer answer = host_.post(path, {{"decision", "Grade"}, {"context", {{"points", 57}}}});
        return answer.status == 200 ? answer.json()["result"].get<std::string>() : answer.code();
    };
    EXPECT_EQ(grade("/models/grades/evaluate"), "A") << "a draft overrides nothing";
    publish("grades");
    EXPECT_EQ(grade("/models/grades/evaluate"), "B");
    ASSERT_EQ(host_.call("DELETE", "/models/" + own, {}, {{"if-match", "*"}}).status, 204U);
    EXPECT_EQ(grade("/models/grades/evaluate"), "A");
}

TEST_F(Models, OfSeveralFilesImportEachOther) {
    const std::string main =
        R"(<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="m" name="Main" namespace="urn:m">
<import namespace="urn:g" name="lib" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>
<decision id="x" name="X"><variable name="X" typeRef="string"/>
  <informationRequirement><requiredDecision href="urn:g#grade"/></informationRequirement>
  <literalExpression><text>lib.Grade</text></literalExpression></decision></definitions>)";
    const json files = {{{"name", "main.dmn"}, {"xml", main}}, {{"name", "lib.dmn"}, {"xml", grades(50)}}};
    const json test = {
        {"name", "t"}, {"decision", "x"}, {"context", {{"lib", {{"points", 70}}}}}, {"expected", "A"}};
    create({{"files", files}, {"tests", {test}}});
    const Answer published = publish("main");
    EXPECT_EQ(published.status, 200U) << published.problem << published.body;
    EXPECT_EQ(host_.get("/models/main/versions/1/source?file=lib.dmn").body, grades(50));
    EXPECT_EQ(host_.get("/models/main/versions/1/source?file=no.dmn").code(), "file_not_found");
    const json run = host_.call("POST", "/models/main/test").json();
    EXPECT_EQ(run["coverage"]["hit"], 1) << run;
}

}  // namespace
}  // namespace rules::test
