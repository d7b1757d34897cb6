#include "core/flags/segment.hpp"

#include "core/flags/test_rules.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace mortise::flags {
namespace {

using nlohmann::json;

RuleSet rules_with(const std::vector<std::pair<std::string, std::string>>& segments,
                   const json& evaluators = nullptr) {
    RuleSet set;
    if (!evaluators.is_null()) set.evaluators = std::make_shared<const json>(evaluators);
    SegmentRules rules;
    for (const auto& [key, text] : segments)
        rules.emplace(key, *read_stored_segment(text));
    set.segments = std::make_shared<const SegmentRules>(std::move(rules));
    return set;
}

json is_in(const RuleSet& set, const std::string& user, const json& context = json::object(),
           const char* rule = R"({"if":[{"$ref":"s"},"in","out"]})") {
    return test::run_json(json::parse(rule), context, {.user = user, .set = set});
}

std::string segment_faults(const std::string& text, const RuleSet& set = {}) {
    const auto parsed = parse_segment(text, "s", set);
    std::string all;
    if (!parsed) {
        EXPECT_EQ(parsed.error().code, "invalid_flag_segment");
        for (const auto& fault : parsed.error().fields)
            all += fault.pointer + " " + fault.code + "\n";
    }
    return all;
}

constexpr char kTesters[] =
    R"({"included":["ada","bob"],"excluded":["eve"],"rule":{"ends_with":[{"var":"email"},"@example.com"]}})";

TEST(Segment, ListsGoBeforeTheRule) {
    const auto set = rules_with({{"s", kTesters}});
    const json inside{{"email", "x@example.com"}}, outside{{"email", "x@example.org"}};
    EXPECT_EQ(is_in(set, "ada", outside), "in");
    EXPECT_EQ(is_in(set, "bob", outside), "in");
    EXPECT_EQ(is_in(set, "eve", inside), "out");
    EXPECT_EQ(is_in(set, "zoe", inside), "in");
    EXPECT_EQ(is_in(set, "zoe", outside), "out");
    EXPECT_EQ(is_in(set, "", inside), "in");
    EXPECT_EQ(is_in(set, ""), "out");
    EXPECT_EQ(is_in(set, "ad"), "out");
}

TEST(Segment, WithoutARuleThereAreItsMembersOnly) {
    const auto set = rules_with({{"s", R"({"included":["ada"]})"}});
    EXPECT_EQ(is_in(set, "ada"), "in");
    EXPECT_EQ(is_in(set, "zoe"), "out");
    EXPECT_EQ(is_in(rules_with({{"s", "{}"}}), "ada"), "out");
}

TEST(Segment, AnswersTrueOrFalse) {
    const auto set = rules_with({{"s", R"({"rule":{"var":"x"}})"}});
    const auto* const rule = R"({"$ref":"s"})";
    EXPECT_EQ(is_in(set, "u", {{"x", "text"}}, rule), true);
    EXPECT_EQ(is_in(set, "u", {{"x", 0}}, rule), false);
    EXPECT_EQ(is_in(set, "u", json::object(), rule), false);
}

TEST(Segment, SeesTheWholeContextAlsoInsideOfAMap) {
    const auto set = rules_with({{"s", R"({"rule":{"==":[{"var":"country"},"de"]}})"}});
    const auto* const rule = R"({"map":[{"var":"list"},{"$ref":"s"}]})";
    EXPECT_EQ(is_in(set, "u", {{"list", {1, 2}}, {"country", "de"}}, rule), json({true, true}));
    EXPECT_EQ(is_in(set, "u", {{"list", {json{{"country", "de"}}}}, {"country", "fr"}}, rule),
              json::array({false}));
}

TEST(Segment, SegmentsAndEvaluatorsReferToEachOther) {
    const auto set = rules_with({{"s", R"({"rule":{"or":[{"$ref":"other"},{"$ref":"german"}]}})"},
                                 {"other", R"({"included":["ada"]})"}},
                                {{"german", {{"==", {{{"var", "country"}}, "de"}}}}});
    EXPECT_EQ(is_in(set, "ada"), "in");
    EXPECT_EQ(is_in(set, "zoe", {{"country", "de"}}), "in");
    EXPECT_EQ(is_in(set, "zoe"), "out");
}

TEST(Segment, ThatLeadsBackToItselfIsRefused) {
    const auto set = rules_with({{"other", R"({"rule":{"$ref":"s"}})"}}, {{"e", {{"$ref", "s"}}}});
    EXPECT_EQ(segment_faults(R"({"rule":{"$ref":"s"}})", set), "/rule/$ref evaluator_cycle\n");
    EXPECT_EQ(segment_faults(R"({"rule":{"!":[{"$ref":"other"}]}})", set),
              "/segments/other/rule/$ref evaluator_cycle\n");
    EXPECT_EQ(segment_faults(R"({"rule":{"$ref":"e"}})", set), "/$evaluators/e/$ref evaluator_cycle\n");
}

TEST(Segment, RefusesWhatIsWrongWithAPointer) {
    EXPECT_EQ(segment_faults("{}"), "");
    EXPECT_EQ(segment_faults("[]"), " invalid_type\n");
    EXPECT_EQ(segment_faults(R"({"names":1,"name":1,"description":null})"),
              "/names unknown_member\n/name invalid_text\n/description invalid_text\n");
    EXPECT_EQ(segment_faults(R"({"included":{},"excluded":["",1,")" + std::string(257, 'x') + R"("]})"),
              "/included invalid_keys\n/excluded/0 invalid_targeting_key\n/excluded/1 invalid_targeting_key\n"
              "/excluded/2 invalid_targeting_key\n");
    EXPECT_EQ(segment_faults(R"({"included":["a","b","a"],"excluded":["b"]})"),
              "/included/2 repeated_key\n/excluded/0 repeated_key\n");
    EXPECT_EQ(segment_faults(R"({"rule":true})"), "/rule invalid_rule\n");
    EXPECT_EQ(segment_faults(R"({"rule":{"nope":[]}})"), "/rule/nope unknown_operator\n");
    EXPECT_EQ(segment_faults(R"({"rule":{"$ref":"nope"}})"), "/rule/$ref unknown_evaluator\n");
}

TEST(Segment, HasAtMostTenThousandKeys) {
    json keys = json::array();
    for (int i = 0; i < 5000; ++i)
        keys.push_back("user-" + std::to_string(i));
    json more = json::array();
    for (int i = 5000; i < 10'000; ++i)
        more.push_back("user-" + std::to_string(i));
    json segment{{"included", keys}, {"excluded", more}};
    EXPECT_EQ(segment_faults(segment.dump()), "");
    const auto set = rules_with({{"s", segment.dump()}});
    for (const auto* const user : {"user-0", "user-17", "user-4999"})
        EXPECT_EQ(is_in(set, user), "in") << user;
    for (const auto* const user : {"user-5000", "user-9999", "user-10000", "user"})
        EXPECT_EQ(is_in(set, user), "out") << user;
    segment["excluded"].push_back("one more");
    EXPECT_EQ(segment_faults(segment.dump()), "/excluded too_many\n");
}

// Rules share the keys of a segment: a program grows by no more than a node for each reference.
TEST(Segment, ItsKeysAreHeldOnce) {
    json keys = json::array();
    for (int i = 0; i < 10'000; ++i)
        keys.push_back("user-" + std::to_string(i));
    const auto set = rules_with({{"s", json{{"included", keys}}.dump()}});
    const auto compiled = compile_rule(json::parse(R"({"$ref":"s"})"), set, Strictness::kSchema, "");
    ASSERT_NE(compiled.program, nullptr);
    EXPECT_LT(compiled.program->bytes(), 10'000U);
}

}  // namespace
}  // namespace mortise::flags
