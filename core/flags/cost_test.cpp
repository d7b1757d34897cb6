#include "core/flags/flag_set.hpp"
#include "core/flags/test_tenants.hpp"
#include "core/flags/value_reader.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

// What evaluations may take, so that nobody's flags keep others waiting.
namespace mortise::flags {
namespace {

// Takes some steps for each number of the context's `a`.
constexpr char kSum[] =
    R"({"if":[{">":[{"reduce":[{"var":"a"},{"+":[{"var":"current"},{"var":"accumulator"}]},0]},-1]},"on"]})";
constexpr char kOn[] = R"({"if":[true,"on"]})";
constexpr char kPlain[] = R"({"if":[{"==":[{"var":"a"},"x"]},"on"]})";

FlagRow row(std::string key, const std::string& rule, const std::string& member = "{}",
            const base::Uuid& tenant = kAcme) {
    const auto definition = parse_definition(
        R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":)" +
        rule + R"(,"mortise":)" + member + "}");
    EXPECT_TRUE(definition.ok()) << rule << member;
    return {tenant, std::move(key), *definition};
}

std::string needing(const std::vector<std::string>& others) {
    std::string list;
    for (const auto& other : others)
        list += (list.empty() ? "" : ",") + (R"({"flag":")" + other + R"(","variants":["on"]})");
    return R"({"off_variant":"off","prerequisites":[)" + list + "]}";
}

// A context with so many numbers.
class Numbers {
 public:
    explicit Numbers(int count) {
        text_ = R"({"a":[1)";
        for (int i = 1; i < count; ++i)
            text_ += ",1";
        text_ += "]}";
        value_ = *read_value(text_, {.size = text_.size()}, memory_);
    }
    Subject subject() const { return {.tenant = kAcme, .attributes = value_.members()}; }
    std::size_t bytes() const { return text_.size(); }

 private:
    Arena memory_{16 * 1024 * 1024};
    std::string text_;
    Value value_;
};

std::string outcome(const Evaluation& evaluation) {
    return std::string(evaluation.error == ErrorCode::kNone ? evaluation.variant
                                                            : to_string(evaluation.error));
}

std::map<std::string, std::string> all(const FlagSet& set, const Subject& subject) {
    std::map<std::string, std::string> outcomes;
    set.evaluate_all(subject, [&](const Evaluation& one) { outcomes[std::string(one.key)] = outcome(one); });
    return outcomes;
}

std::size_t count(const std::map<std::string, std::string>& outcomes, std::string_view wanted) {
    std::size_t number = 0;
    for (const auto& [key, outcome] : outcomes)
        if (outcome == wanted) ++number;
    return number;
}

TEST(Cost, AFlagAndWhatItNeedsHaveTheStepsOfOne) {
    std::vector<FlagRow> rows{row("two", kPlain, needing({"a", "b"})),
                              row("three", kOn, needing({"a", "b", "c"})),
                              row("over", kOn, needing({"three"}))};
    for (const char* const key : {"a", "b", "c", "d"})
        rows.push_back(row(key, kSum));
    const FlagSet set(std::move(rows), {});
    const Numbers context(10'000);  // 30,000 steps at least, 50,000 at most
    EXPECT_EQ(outcome(set.evaluate(context.subject(), "a")), "on");
    const FlagSet many({row("a", kSum), row("b", kSum), row("c", kSum), row("d", kSum),
                        row("four", kOn, needing({"a", "b", "c", "d"})), row("over", kOn, needing({"four"}))},
                       {});
    EXPECT_EQ(outcome(many.evaluate(context.subject(), "four")), "GENERAL");
    EXPECT_EQ(outcome(many.evaluate(context.subject(), "over")), "GENERAL") << "not as if it were off";
    // Of all flags each is answered as it is alone, whatever was known before.
    const auto outcomes = all(many, context.subject());
    for (const auto& [key, given] : outcomes)
        EXPECT_EQ(given, outcome(many.evaluate(context.subject(), key))) << key;
    for (const auto& [key, given] : all(set, context.subject()))
        EXPECT_EQ(given, outcome(set.evaluate(context.subject(), key))) << key;
}

TEST(Cost, AllFlagsTogetherHaveALimit) {
    std::vector<FlagRow> rows;
    for (int i = 0; i < 2000; ++i)
        rows.push_back(row("sum-" + std::to_string(i), kSum));
    auto fixed = row("z", kOn);
    fixed.definition = *parse_definition(R"({"state":"ENABLED","variants":{"v":"1"},"defaultVariant":"v"})");
    rows.push_back(std::move(fixed));
    const FlagSet set(std::move(rows), {});
    const auto outcomes = all(set, Numbers(10'000).subject());
    EXPECT_EQ(outcomes.size(), 2001U);
    EXPECT_GE(count(outcomes, "on"), kMaxStepsOfAll / 50'000 - 1);
    EXPECT_LE(count(outcomes, "on"), kMaxStepsOfAll / 30'000);
    EXPECT_EQ(outcomes.at("z"), "v") << "what needs no steps is answered";
    EXPECT_EQ(count(all(set, Numbers(1).subject()), "on"), 2000U);
}

TEST(Cost, WhatManyNeedIsEvaluatedOnce) {
    std::vector<FlagRow> rows{row("needed", kSum)};
    for (int i = 0; i < 500; ++i)
        rows.push_back(row("f" + std::to_string(i), kOn, needing({"needed"})));
    const FlagSet set(std::move(rows), {});
    // 15 million steps if each asked anew.
    EXPECT_EQ(count(all(set, Numbers(10'000).subject()), "on"), 501U);
}

TEST(Cost, TellsQuickSetsFromOthers) {
    std::vector<FlagRow> rows;
    for (int i = 0; i < 100; ++i)
        rows.push_back(row("plain-" + std::to_string(i), kPlain));
    const FlagSet plain(rows, {});
    EXPECT_LE(plain.cost_of_all(kAcme, 65536), kQuickSteps) << "no context makes it longer";
    for (int i = 0; i < 100; ++i)
        rows.push_back(row("sum-" + std::to_string(i), kSum));
    const FlagSet sums(std::move(rows), {});
    EXPECT_LE(sums.cost_of_all(kOther, 65536), kQuickSteps) << "another tenant's";
    EXPECT_LE(sums.cost_of_all(kAcme, 40), kQuickSteps);
    EXPECT_GT(sums.cost_of_all(kAcme, Numbers(10'000).bytes()), kQuickSteps);
    const FlagSet nested({row("n", R"({"map":[{"var":"a"},{"map":[{"var":"a"},1]}]})"), row("m", kSum)}, {});
    EXPECT_GT(nested.cost_of_all(kAcme, 20), kQuickSteps) << "the worst";
    std::vector<FlagRow> many;
    for (int i = 0; i < 10'000; ++i)
        many.push_back(row("p" + std::to_string(i), kPlain, "{}", {}));
    EXPECT_GT(FlagSet(std::move(many), {}).cost_of_all(kOther, 20), kQuickSteps) << "inherited, but many";
}

}  // namespace
}  // namespace mortise::flags
