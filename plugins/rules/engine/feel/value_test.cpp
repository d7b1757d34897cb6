#include "feel/value.hpp"

#include "feel/evaluation.hpp"
#include "feel/function.hpp"
#include "feel/type.hpp"

#include <gtest/gtest.h>

#include <array>

namespace rules::feel {
namespace {

Value text(std::string_view utf8) {
    return Value::string(utf8);
}
Value number(std::int64_t value) {
    return Value::number(value);
}
Value moment(std::string_view iso) {
    return Value::date_time(DateTime::parse(iso).value());
}

TEST(Value, KeepsWhatItIsGiven) {
    const std::string long_text(100, 'x');
    EXPECT_EQ(text("").as_string(), "");
    EXPECT_EQ(text("exactly16 bytes!").as_string(), "exactly16 bytes!");
    EXPECT_EQ(text(long_text).as_string(), long_text);
    for (const auto iso : {"-999999999-01-01T00:00:00Z", "999999999-12-31T23:59:59.999999999+18:00",
                           "2024-02-29T12:00:00@Europe/Paris", "2024-02-29T12:00:00"})
        EXPECT_EQ(to_string(moment(iso)), iso);
    const auto list = Value::list({number(1), text(long_text), {}});
    const auto copy = list;
    EXPECT_EQ(copy.as_list()[1].as_string(), long_text);
    EXPECT_TRUE(copy.as_list()[2].is_null());
}

TEST(Value, CountsDepthAndWeight) {
    const auto inner = Value::list({number(1), number(2)});
    const auto outer = Value::list({inner, inner});
    EXPECT_EQ(outer.depth(), 2U);
    EXPECT_EQ(outer.weight(), 7U);
    EXPECT_EQ(number(1).depth(), 0U);
}

TEST(Value, FindsEntriesOfSmallAndOfLargeContexts) {
    std::vector<std::pair<std::string, Value>> entries;
    for (int i = 0; i < 50; ++i)
        entries.emplace_back("name " + std::to_string(i), number(i));
    entries.emplace_back("name 3", text("again"));
    const auto context = Value::context(entries);
    EXPECT_EQ(context.as_context().size(), 50U);
    EXPECT_EQ(context.as_context().find("name 3")->as_string(), "again");
    EXPECT_EQ(context.as_context().name(3), "name 3");
    EXPECT_EQ(context.as_context().find("name 49")->as_number(), Decimal::of(49));
    EXPECT_EQ(context.as_context().find("other"), nullptr);
}

TEST(Value, ComparesWithinAKindOnly) {
    Evaluation evaluation;
    EXPECT_EQ(equal(number(1), number(1), evaluation), Truth::kTrue);
    EXPECT_EQ(equal(number(1), text("1"), evaluation), Truth::kNull);
    EXPECT_EQ(equal({}, text("1"), evaluation), Truth::kFalse);
    EXPECT_EQ(equal({}, {}, evaluation), Truth::kTrue);
    EXPECT_EQ(less(number(1), text("2")), Truth::kNull);
    EXPECT_EQ(less(text("a"), text("b")), Truth::kTrue);
    EXPECT_EQ(less(Value::boolean(false), Value::boolean(true)), Truth::kNull);
}

TEST(Value, ComparesMomentsByTheInstant) {
    Evaluation evaluation;
    EXPECT_EQ(equal(moment("2024-07-01T12:00:00@Europe/Paris"), moment("2024-07-01T10:00:00Z"), evaluation),
              Truth::kTrue);
    EXPECT_FALSE(identical(moment("2024-07-01T12:00:00@Europe/Paris"), moment("2024-07-01T10:00:00Z")));
    // DMN 1.5, table 54: one without an offset uses the other's.
    EXPECT_EQ(less(moment("2024-07-01T12:00:00"), moment("2024-07-01T12:30:00+05:00")), Truth::kTrue);
    EXPECT_EQ(equal(moment("2024-07-01T12:00:00"), moment("2024-07-01T12:00:00Z"), evaluation),
              Truth::kFalse);
}

TEST(Value, ContainsPointsBetweenItsEnds) {
    const Range range{number(1), number(5), true, false};
    EXPECT_EQ(contains(range, number(1)), Truth::kTrue);
    EXPECT_EQ(contains(range, number(5)), Truth::kFalse);
    EXPECT_EQ(contains(range, {}), Truth::kNull);
    EXPECT_EQ(contains(range, text("a")), Truth::kNull);
    EXPECT_EQ(contains({{}, number(5), false, true}, number(-100)), Truth::kTrue);
    // OMG issue DMN15-78: with an end that is null, false or null, never true.
    EXPECT_EQ(contains({{}, number(5), false, true, true}, number(3)), Truth::kNull);
    EXPECT_EQ(contains({{}, number(5), false, true, true}, number(7)), Truth::kFalse);
}

TEST(Type, AcceptsAndConforms) {
    Evaluation evaluation;
    const auto person = Type::context({{"name", Type::Kind::kString}, {"age", Type::Kind::kNumber}});
    const auto named = Type::context({{"name", Type::Kind::kString}});
    EXPECT_TRUE(person.conforms_to(named));
    EXPECT_FALSE(named.conforms_to(person));
    EXPECT_TRUE(Type::list(person).conforms_to(Type::list(named)));
    EXPECT_TRUE(Type(Type::Kind::kNull).conforms_to(person));
    EXPECT_TRUE(Type::function({named}, person).conforms_to(Type::function({person}, named)));
    EXPECT_FALSE(Type::function({person}, person).conforms_to(Type::function({named}, named)));
    EXPECT_TRUE(
        person.accepts(Value::context({{"name", text("Ann")}, {"age", {}}, {"more", {}}}), evaluation));
    EXPECT_FALSE(person.accepts(Value::context({{"name", text("Ann")}}), evaluation));
    EXPECT_EQ(Type::list(person).to_string(), "list<context<name: string, age: number>>");
}

class Positive final : public Constraint {
 public:
    bool allows(const Value& value, Evaluation&) const override { return !value.as_number().negative(); }
};

TEST(Type, ConvertsAsTheSpecificationSays) {
    Evaluation evaluation;
    const Type number_type = Type::Kind::kNumber;
    EXPECT_EQ(to_string(coerce(Value::list({number(1)}), number_type, evaluation)), "1");
    EXPECT_EQ(to_string(coerce(number(1), Type::list(number_type), evaluation)), "[1]");
    EXPECT_EQ(to_string(coerce(Value::date(*Date::parse("2024-01-01")), Type::Kind::kDateTime, evaluation)),
              "2024-01-01T00:00:00Z");
    EXPECT_TRUE(coerce(text("1"), number_type, evaluation).is_null());
    EXPECT_TRUE(coerce(Value::list({number(1), number(2)}), number_type, evaluation).is_null());
    const auto positive = Type::named(number_type, "tPositive", std::make_shared<const Positive>());
    EXPECT_TRUE(coerce(number(-1), positive, evaluation).is_null());
    EXPECT_EQ(to_string(coerce(Value::list({number(2)}), positive, evaluation)), "2");
    EXPECT_EQ(to_string(coerce(number(2), Type::list(positive), evaluation)), "[2]");
}

TEST(Type, SaysWhichPartOfAValueItRefuses) {
    const Type number_type = Type::Kind::kNumber;
    const auto positive = Type::named(number_type, "tPositive", std::make_shared<const Positive>());
    const auto loan = Type::named(Type::context({{"rate", positive}, {"terms", Type::list(number_type)}}),
                                  "tLoan", nullptr);
    const auto why = [&](const Value& rate, const Value& terms) {
        Evaluation evaluation;
        evaluation.keep_notes(true);
        EXPECT_TRUE(coerce(Value::context({{"rate", rate}, {"terms", terms}}), loan, evaluation).is_null());
        return evaluation.notes().back();
    };
    EXPECT_EQ(why(text("1"), {}), "a context is no tLoan: `rate`: a string is no tPositive");
    EXPECT_EQ(why(number(-1), {}), "a context is no tLoan: `rate`: the value is not allowed by tPositive");
    EXPECT_EQ(why({}, Value::list({number(1), text("2")})),
              "a context is no tLoan: `terms[2]`: a string is no number");
    Evaluation evaluation;
    evaluation.keep_notes(true);
    coerce(Value::context({{"rate", {}}}), loan, evaluation);
    coerce(text("x"), loan, evaluation);
    coerce(number(-1), positive, evaluation);
    EXPECT_EQ(evaluation.notes(),
              (std::vector<std::string>{"a context is no tLoan: `terms` is missing", "a string is no tLoan",
                                        "a number is no tPositive: the value is not allowed by tPositive"}));
}

TEST(Function, IsCalledByPositionAndByName) {
    Evaluation evaluation;
    const auto substring = built_in_function("substring");
    const std::array<Value, 2> arguments = {text("foobar"), number(4)};
    EXPECT_EQ(to_string(invoke(substring, arguments, evaluation)), "bar");
    const std::vector<std::pair<std::string, Value>> named = {{"start position", number(-1)},
                                                              {"string", text("foobar")}};
    EXPECT_EQ(to_string(invoke(substring, NamedArguments(named), evaluation)), "r");
    EXPECT_TRUE(invoke(number(1), arguments, evaluation).is_null());
    EXPECT_TRUE(built_in_function("no such").is_null());
}

TEST(Evaluation, SaysWhyAValueIsNull) {
    Evaluation evaluation;
    evaluation.null("not kept");
    evaluation.keep_notes(true);
    EXPECT_TRUE(evaluation.null("kept").is_null());
    EXPECT_EQ(evaluation.notes(), std::vector<std::string>{"kept"});
}

TEST(Evaluation, StopsAtEachLimit) {
    Limits limits;
    limits.steps = 10;
    Evaluation steps(limits);
    EXPECT_TRUE(steps.step(10));
    EXPECT_FALSE(steps.step());
    EXPECT_EQ(steps.exceeded_reason(), "limit exceeded: steps");

    limits.deadline = std::chrono::steady_clock::now();
    Evaluation late(limits);
    EXPECT_FALSE(late.step());
    EXPECT_EQ(late.exceeded_reason(), "limit exceeded: time");

    limits = {};
    limits.bytes = 100;
    Evaluation small(limits);
    EXPECT_TRUE(small.list(std::vector<Value>(10)).is_null());
    EXPECT_EQ(small.exceeded_reason(), "limit exceeded: memory");

    limits = {};
    limits.depth = 5;
    Evaluation shallow(limits);
    EXPECT_TRUE(shallow.enter(5));
    EXPECT_FALSE(shallow.enter(1));
    EXPECT_EQ(shallow.exceeded_reason(), "limit exceeded: depth");
}

}  // namespace
}  // namespace rules::feel
