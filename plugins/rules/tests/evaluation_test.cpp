#include "evaluation.hpp"

#include "compiled_models.hpp"
#include "evaluation_settings.hpp"
#include "json_pieces.hpp"
#include "sha256.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

// Evaluation of a model's elements, from JSON to JSON.
namespace rules::test {
namespace {

using nlohmann::json;

constexpr std::string_view kModel = R"xml(<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="shipping" name="shipping"
             namespace="https://example.com/shipping">
  <inputData id="i_weight" name="weight"><variable name="weight" typeRef="number"/></inputData>
  <inputData id="i_due" name="due"><variable name="due" typeRef="date"/></inputData>
  <decision id="d_price" name="price">
    <variable name="price" typeRef="number"/>
    <informationRequirement><requiredInput href="#i_weight"/></informationRequirement>
    <decisionTable id="t_price" hitPolicy="FIRST">
      <input id="in1"><inputExpression typeRef="number"><text>weight</text></inputExpression></input>
      <output id="out1" typeRef="number"/>
      <rule id="r_light"><inputEntry><text>&lt; 10</text></inputEntry><outputEntry><text>5.10</text></outputEntry></rule>
      <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>weight * 2</text></outputEntry></rule>
    </decisionTable>
  </decision>
  <decision id="d_reminder" name="reminder">
    <variable name="reminder" typeRef="date"/>
    <informationRequirement><requiredInput href="#i_due"/></informationRequirement>
    <literalExpression><text>due - duration("P1D")</text></literalExpression>
  </decision>
  <decision id="d_today" name="today is">
    <variable name="today is" typeRef="date"/>
    <literalExpression><text>today()</text></literalExpression>
  </decision>
  <decision id="d_endless" name="endless">
    <literalExpression><text>count(for i in 1..100000000 return i)</text></literalExpression>
  </decision>
</definitions>)xml";

std::shared_ptr<const dmn::Model> shipping() {
    static const auto model = [] {
        const dmn::Source source{"shipping.dmn", kModel};
        return dmn::compile({&source, 1}).model;
    }();
    return model;
}

Evaluated evaluate(std::string_view decision, std::string_view context,
                   const EvaluationOptions& options = {}) {
    const auto index = shipping()->find(dmn::NodeKind::kDecision, decision);
    return Evaluator(*shipping(), index.value()).evaluate(context, options);
}

TEST(Evaluation, KeepsEveryDigitOfANumber) {
    EXPECT_EQ(evaluate("price", R"({"weight": 12345678901234567890.12345678901234})").result,
              "24691357802469135780.24691357802468");
    EXPECT_EQ(evaluate("price", R"({"weight": 3})").result, "5.1");
    EXPECT_EQ(evaluate("price", R"({"weight": {"@type": "number", "@value": "1E400"}})").result, "2E400")
        << "which many readers of JSON refuse as a number";
}

TEST(Evaluation, ReadsATextAsTheModelsTypesSay) {
    EXPECT_EQ(evaluate("reminder", R"({"due": "2024-03-01"})").result, R"("2024-02-29")");
    EvaluationOptions options;
    options.form = feel::JsonForm::kTagged;
    EXPECT_EQ(json::parse(evaluate("reminder", R"({"due": "2024-03-01"})", options).result),
              json::parse(R"({"@type": "date", "@value": "2024-02-29"})"));
}

TEST(Evaluation, RefusesWhatIsNoObject) {
    for (const char* context :
         {"", "[]", "null", "{\"weight\": 1", "{\"weight\": 1, \"weight\": 2}", "{\"a\": nul}"}) {
        const Evaluated evaluated = evaluate("price", context);
        EXPECT_EQ(evaluated.verdict, Verdict::kBadInput) << context;
        EXPECT_EQ(evaluated.result, "null");
        EXPECT_FALSE(evaluated.reason.empty());
    }
}

TEST(Evaluation, EndsAtALimitAndSaysWhich) {
    EvaluationOptions options;
    options.limits.steps = 10'000;
    const Evaluated evaluated = evaluate("endless", "{}", options);
    EXPECT_EQ(evaluated.verdict, Verdict::kLimit);
    EXPECT_NE(evaluated.reason.find("steps"), std::string::npos) << evaluated.reason;
}

TEST(Evaluation, ExplainsEachDecisionWithItsRulesAndMissingInputs) {
    EvaluationOptions options;
    options.explain = true;
    const auto found = json::parse(evaluate("price", R"({"weight": 12})", options).explanation);
    ASSERT_TRUE(found["complete"].get<bool>());
    EXPECT_TRUE(found["missing_inputs"].empty());
    const auto& price = found["nodes"].back();
    EXPECT_EQ(price["name"], "price");
    EXPECT_EQ(price["value"], 24);
    const auto& table = price["tables"].at(0);
    EXPECT_EQ(table["id"], "t_price");
    EXPECT_EQ(table["inputs"].at(0)["expression"], "weight");
    EXPECT_EQ(table["inputs"].at(0)["value"], 12);
    EXPECT_EQ(table["matched"].at(0)["number"], 2);

    const auto without = json::parse(evaluate("price", "{}", options).explanation);
    EXPECT_EQ(without["missing_inputs"], json::array({"weight"}));
    EXPECT_TRUE(evaluate("price", "{}").explanation.empty());
}

TEST(Evaluation, RecordsInputsInOneOrderAndTheRulesThatWereHit) {
    EvaluationOptions options;
    options.record = true;
    const auto first =
        evaluate("price", R"({"weight": 3, "due": "2024-01-01", "a": {"y": 1, "x": [2]}})", options);
    const auto second =
        evaluate("price", R"({"a": {"x": [2], "y": 1}, "due": "2024-01-01", "weight": 3})", options);
    ASSERT_TRUE(first.record && second.record);
    EXPECT_EQ(first.record->inputs, second.record->inputs);
    EXPECT_EQ(first.record->result, "5.1");
    const auto hits = json::parse(first.record->hits);
    ASSERT_EQ(hits.size(), 1U);
    EXPECT_EQ(hits[0]["table"], "t_price");
    EXPECT_EQ(hits[0]["rules"], json::parse(R"([{"id": "r_light", "number": 1}])"));
    EXPECT_FALSE(evaluate("price", "{}").record);
}

TEST(Evaluation, TakesTheTimeThatItIsGivenForNow) {
    EvaluationOptions options;
    options.now = 1'709'251'199'999'999;  // 2024-02-29T23:59:59.999999Z
    EXPECT_EQ(evaluate("today is", "{}", options).result, R"("2024-02-29")");
}

TEST(Evaluation, RecordsTheHashOfAResultThatIsTooLong) {
    const auto text = feel::Value::string(std::string(kMaxRecorded, 'x'));
    const auto recorded = json::parse(recorded_result(text));
    EXPECT_EQ(recorded["@sha256"].get<std::string>().size(), 64U);
    EXPECT_EQ(recorded_result(feel::Value::string("short")), "\"short\"");
}

TEST(JsonPieces, AreCutAtTheirBounds) {
    const auto members = json_members(R"( { "a" : [1, {"b": "}],"}] , "c\u0064" : "x\\\"," , "e":-1.50 } )");
    ASSERT_TRUE(members);
    ASSERT_EQ(members->size(), 3U);
    EXPECT_EQ(members->at(0).text, R"([1, {"b": "}],"}])");
    EXPECT_EQ(members->at(1).name, "cd");
    EXPECT_EQ(members->at(1).text, R"("x\\\",")");
    EXPECT_EQ(members->at(2).text, "-1.50");
    EXPECT_EQ(json_items(" [ {} , [1,2],3 ] ").value(), (std::vector<std::string_view>{"{}", "[1,2]", "3"}));
    EXPECT_TRUE(json_items("[]").value().empty());
    EXPECT_TRUE(json_members("{}").value().empty());
}

TEST(JsonPieces, RefuseWhatIsCutOffOrNamedTwice) {
    for (const char* text : {"", "{", "[]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1} x", "{\"a\":\"",
                             "{\"a\":[}", "{\"a\":1,\"\\u0061\":2}", "{a:1}", "{\"a\":1]"})
        EXPECT_FALSE(json_members(text)) << text;
    for (const char* text : {"", "[", "{}", "[1,]", "[,1]", "[1] 2", "[\"]", "[[1]"})
        EXPECT_FALSE(json_items(text)) << text;
}

// FIPS 180-4's examples, and lengths about the border of a block.
TEST(Sha256, GivesTheStandardsDigests) {
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    EXPECT_EQ(sha256_hex(std::string(64, 'a')),
              "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

mortise::sdk::Uuid id_of(std::uint8_t number) {
    mortise::sdk::Uuid id;
    id.bytes[15] = number;
    return id;
}

TEST(CompiledModels, KeepTheOnesUsedLast) {
    CompiledModels models(2, std::size_t{1} << 20);
    int loads = 0;
    const auto get = [&](std::uint8_t number) {
        return models.get({id_of(0), id_of(number)}, [&] {
            ++loads;
            return std::vector<SourceFile>{{"a.dmn", std::string(kModel)}};
        });
    };
    const auto first = get(1);
    ASSERT_TRUE(first);
    get(2);
    EXPECT_EQ(get(1), first);
    EXPECT_EQ(loads, 2);
    get(3);  // 2 goes
    EXPECT_EQ(get(1), first);
    EXPECT_EQ(loads, 3);
    get(2);
    EXPECT_EQ(loads, 4);
    EXPECT_EQ(models.size(), 2U);
}

TEST(CompiledModels, BelongToATenantAndStayWithinTheirBytes) {
    CompiledModels models(8, kModel.size() + 1);
    const auto load = [] { return std::vector<SourceFile>{{"a.dmn", std::string(kModel)}}; };
    const auto one = models.get({id_of(1), id_of(9)}, load);
    const auto other = models.get({id_of(2), id_of(9)}, load);
    EXPECT_NE(one, other);
    EXPECT_EQ(models.size(), 1U);
    EXPECT_FALSE(models.get({id_of(1), id_of(7)}, [] { return std::vector<SourceFile>{{"b.dmn", "<x"}}; }));
}

TEST(EvaluationSettings, StayWithinTheirMaxima) {
    const auto settings = decode_settings(
        R"({"max_steps": 9000000000, "max_time_ms": 0, "max_bytes": 1, "audit": "whole",
            "audit_retention_days": 7, "event_sample_percent": 200})");
    EXPECT_EQ(settings.steps, EvaluationSettings::kMaxSteps);
    EXPECT_EQ(settings.milliseconds, 1);
    EXPECT_EQ(settings.bytes, 65'536);
    EXPECT_EQ(settings.audit_inputs, AuditInputs::kWhole);
    EXPECT_EQ(settings.audit_days, 7);
    EXPECT_EQ(settings.event_percent, 100);
    EXPECT_EQ(decode_settings("nonsense").audit_inputs, AuditInputs::kHashed);
    EXPECT_EQ(decode_settings(R"({"audit": "off"})").audit_inputs, AuditInputs::kNone);
}

}  // namespace
}  // namespace rules::test
