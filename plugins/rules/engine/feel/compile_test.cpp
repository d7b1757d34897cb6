#include "feel/compile.hpp"

#include "feel/test_eval.hpp"

#include <gtest/gtest.h>

namespace rules::feel {
namespace {

Value number(std::int64_t value) {
    return Value::number(value);
}

bool matches(std::string_view source, const Value& input, const Scope& scope = {},
             std::vector<Value> values = {}) {
    const auto tests = compile_unary_tests(source, scope);
    EXPECT_TRUE(tests.ok()) << source << ": " << tests.fault().reason;
    if (!tests) return false;
    Frame frame(tests->frame_size());
    for (Slot slot = 0; slot < values.size(); ++slot)
        frame[slot] = std::move(values[slot]);
    Evaluation evaluation;
    return tests->matches(input, frame, evaluation);
}

TEST(Compile, KnowsNamesWithSpacesAndOperators) {
    Scope scope;
    scope.declare("first name");
    scope.declare("a-b");
    scope.declare("a");
    scope.declare("b");
    scope.declare("date");
    scope.declare("if ready");
    const std::vector<Value> values = {
        Value::string("Ann"), number(1), number(20), number(5), number(7), number(9)};
    EXPECT_EQ(eval("first   name", scope, values), "\"Ann\"");
    EXPECT_EQ(eval("a-b", scope, values), "1");
    EXPECT_EQ(eval("a - b", scope, values), "1");
    EXPECT_EQ(eval("(a)-(b)", scope, values), "15");
    EXPECT_EQ(eval("a+b", scope, values), "25");
    EXPECT_EQ(eval("date + 1", scope, values), "8");
    EXPECT_EQ(eval("date and time(\"2024-01-01T00:00:00\").year", scope, values), "2024");
    EXPECT_EQ(eval("if ready + 1", scope, values), "10");
    EXPECT_EQ(eval("first", scope, values), "fault: unknown name `first`");
}

TEST(Compile, ResolvesTheInnermostName) {
    Scope scope;
    scope.declare("x");
    scope.declare("x");
    const std::vector<Value> values = {number(1), number(2)};
    EXPECT_EQ(eval("x", scope, values), "2");
    EXPECT_EQ(eval("for x in [7] return x", scope, values), "[7]");
    EXPECT_EQ(eval("[{x: 5}][x = 5].x", scope, values), "[5]");
    EXPECT_EQ(eval("[{y: 5}][x = 2].y", scope, values), "[5]");
    EXPECT_EQ(eval("{x: 3, y: x}.y", scope, values), "3");
    EXPECT_EQ(scope.find("x"), std::optional<Slot>(1));
    scope.truncate(1);
    EXPECT_EQ(eval("x", scope, values), "1");
}

TEST(Compile, LooksForMembersOfItemsOnlyWhenTheyAreThere) {
    Scope scope;
    scope.declare("people");
    scope.declare("min age");
    const auto people =
        Value::list({Value::context({{"name", Value::string("Ann")}, {"age", number(30)}}),
                     Value::context({{"name", Value::string("Bob")}, {"min age", number(5)}})});
    EXPECT_EQ(eval("people[age > min age].name", scope, {people, number(18)}), "[\"Ann\"]");
    EXPECT_EQ(eval("people[min age = 5].name", scope, {people, number(18)}), "[\"Bob\"]");
    EXPECT_EQ(eval("people[item.name = \"Bob\"][1].name", scope, {people, number(18)}), "\"Bob\"");
    EXPECT_EQ(eval("people[no such name = 1]", scope, {people, number(18)}), "[]");
}

TEST(Compile, CarriesAlongWhatAFunctionNeeds) {
    Scope scope;
    scope.declare("base");
    EXPECT_EQ(eval("{add: function(a) function(b) a + b + base, r: add(1)(2)}.r", scope, {number(10)}), "13");
    EXPECT_EQ(eval("(function(f, n) f(f, n))(function(f, n) if n = 0 then base else n * f(f, n - 1), 5)",
                   scope, {number(1)}),
              "120");
    EXPECT_EQ(eval("(function(a: number) a)(\"x\")", scope, {number(1)}), "null");
    EXPECT_EQ(eval("(function(a, b) [a, b])(b: 1, a: 2)", scope, {number(1)}), "[2, 1]");
    EXPECT_EQ(eval("(function(a, b) [a, b])(b: 1)", scope, {number(1)}), "[null, 1]");
    EXPECT_EQ(eval("(function(a) a)(c: 1)", scope, {number(1)}), "null");
}

TEST(Compile, SaysWhereAFaultIs) {
    const auto fault = [](std::string_view source) { return compile_expression(source, Scope()).fault(); };
    EXPECT_EQ(fault("1 +\n  foo").line, 2U);
    EXPECT_EQ(fault("1 +\n  foo").column, 3U);
    EXPECT_EQ(fault("1 +\n  foo").position, 6U);
    EXPECT_EQ(fault("\"\u00e4\" foo").column, 5U);
    for (const auto& [source, reason] : std::vector<Case>{
             {"", "an expression is missing"},
             {"1 +", "an expression is missing"},
             {"1 2", "the text should end here"},
             {"[1, 2", "expected `]`"},
             {"{a 1}", "expected `:`"},
             {"\"abc", "a string has no end"},
             {"\"\\uD800\"", "the escape names no character"},
             {"/* abc", "a comment has no end"},
             {"1 # 2", "a character has no meaning here"},
             {"if true then 1", "expected `else`"},
             {"x instance of foo", "unknown name `x`"},
             {"1 instance of foo", "unknown type `foo`"},
             {"function(a) external {}", "functions of Java and PMML are not supported"},
             {"@5", "a text should follow `@`"},
             {"[1..2", "expected the end of a range"},
             {"\"\xff\"", "the text is not UTF-8"},
         })
        EXPECT_EQ(fault(source).reason, reason) << source;
}

TEST(Compile, RefusesTextsBeyondItsLimits) {
    Limits limits;
    limits.source_bytes = 10;
    EXPECT_EQ(compile_expression("1 + 1 + 1 + 1", Scope(), limits).fault().reason, "the text is too long");
    const auto reason = [](const std::string& source) {
        return compile_expression(source, Scope()).fault().reason;
    };
    const std::string deep(10'000, '(');
    EXPECT_EQ(reason(deep), "the text is nested too deeply");
    EXPECT_EQ(reason(std::string(10'000, '[')), "the text is nested too deeply");
    EXPECT_EQ(reason(std::string(10'000, '-') + "1"), "the text is nested too deeply");
    std::string chain = "1";
    for (int i = 0; i < 5000; ++i)
        chain += "+1";
    EXPECT_EQ(reason(chain), "the text has too many operators in a chain");
    std::string types = "1 instance of ";
    for (int i = 0; i < 5000; ++i)
        types += "list<";
    EXPECT_EQ(reason(types), "the text is nested too deeply");
}

TEST(Compile, EndsHostileTextsAtTheirLimits) {
    for (
        const auto source : {
            "for i in 1..1000000000000 return i",
            "for i in 1..100, j in 1..100, k in 1..100, l in 1..100 return i",
            "for i in 1..200 return [partial[-1], partial[-1]]",
            "for i in 1..100000 return partial",
            "(function(f) f(f))(function(f) f(f))",
            "(function(f) 1 + f(f))(function(f) 1 + f(f))",
            "some x in 1..1000000000000 satisfies false",
            "{s: \"0123456789\", t: for i in 1..60 return if i = 1 then s else partial[-1] + partial[-1]}",
            "(for i in 1..40000 return i)[item in (for i in 1..40000 return i)]",
            "distinct values(for i in 1..40000 return i)",
            "{s: (for i in 1..20 return if i = 1 then \"aaaaaaaaaaaaaaaa\" else partial[-1] + partial[-1])[-1], t: for i in "
            "1..1000000 return contains(s, \"b\")}",
            "{s: (for i in 1..20 return if i = 1 then \"aaaaaaaaaaaaaaaa\" else partial[-1] + partial[-1])[-1], t: "
            "contains(s + s, s + \"b\")}",
            "{s: (for i in 1..20 return if i = 1 then \"aaaaaaaaaaaaaaaa\" else partial[-1] + partial[-1])[-1], t: for i in "
            "1..1000000 return s < s}",
        })
        EXPECT_TRUE(eval(source).starts_with("limit exceeded: "))
            << source << ": " << eval(source).substr(0, 100);
}

TEST(Compile, KnowsTypesBeforeItEvaluates) {
    Scope scope;
    scope.declare("loan", Type::context({{"annual rate", Type::Kind::kNumber}}));
    const auto type_of_text = [&](std::string_view source) {
        const auto expression = compile_expression(source, scope);
        return expression ? expression->type().to_string() : expression.fault().reason;
    };
    EXPECT_EQ(type_of_text("loan.annual rate"), "number");
    EXPECT_EQ(type_of_text("loan.annual rate > 1"), "boolean");
    EXPECT_EQ(type_of_text("[1, 2]"), "list<number>");
    EXPECT_EQ(type_of_text("[1, \"a\"]"), "list<Any>");
    EXPECT_EQ(type_of_text("{a: 1, b: [loan]}.b.annual rate"), "list<number>");
    EXPECT_EQ(type_of_text("string length(\"a\" + \"b\")"), "number");
    EXPECT_TRUE(compile_expression("date(\"2024-01-01\")", scope)->constant()->is_date());
    EXPECT_EQ(compile_expression("loan", scope)->constant(), nullptr);
}

TEST(Compile, ReadsTypes) {
    Scope scope;
    scope.declare_type("tLoan", Type::context({{"rate", Type::Kind::kNumber}}));
    const auto read = [&](std::string_view source) {
        const auto type = compile_type(source, scope);
        return type ? type->to_string() : type.fault().reason;
    };
    for (const auto text : {"number", "date and time", "list<list<string>>", "context<a: number, b c: Any>",
                            "range<date>", "function<number, string>->boolean"})
        EXPECT_EQ(read(text), text);
    EXPECT_EQ(read("list<tLoan>"), "list<context<rate: number>>");
    EXPECT_EQ(read("foo"), "unknown type `foo`");
    EXPECT_EQ(read("list<number"), "expected `>`");
}

TEST(UnaryTests, MatchPointsIntervalsAndConditions) {
    EXPECT_TRUE(matches("-", {}));
    EXPECT_TRUE(matches("\"a\", \"b\"", Value::string("b")));
    EXPECT_FALSE(matches("\"a\", \"b\"", Value::string("c")));
    EXPECT_FALSE(matches("\"a\"", number(1)));
    EXPECT_TRUE(matches("< 5, [10..20)", number(10)));
    EXPECT_FALSE(matches("< 5, [10..20)", number(20)));
    EXPECT_TRUE(matches("not(5, > 10)", number(7)));
    EXPECT_FALSE(matches("not(5, > 10)", number(11)));
    EXPECT_TRUE(matches("null", {}));
    EXPECT_FALSE(matches("[5..1]", {}));
    EXPECT_FALSE(matches("not([5..1])", {}));
    EXPECT_TRUE(matches("not([5..1])", number(3)));
    EXPECT_FALSE(matches("not(null)", {}));
    EXPECT_TRUE(matches("? > 3 and ? < 6", number(5)));
    EXPECT_TRUE(matches("not(? = 3) and ? < 6", number(5)));
    EXPECT_TRUE(matches("[1, 2, 3]", number(2)));
    EXPECT_TRUE(matches("!= 3", number(2)));
    EXPECT_TRUE(matches("false", Value::boolean(false)));
    EXPECT_FALSE(matches("true", Value::boolean(false)));
}

TEST(UnaryTests, ReadOtherNames) {
    Scope scope;
    scope.declare("limit");
    EXPECT_TRUE(matches("> limit", number(5), scope, {number(3)}));
    EXPECT_TRUE(matches("limit", number(3), scope, {number(3)}));
    EXPECT_TRUE(matches("[limit..10]", number(3), scope, {number(3)}));
    EXPECT_FALSE(matches("[limit..10]", number(3), scope, {Value()}));
    EXPECT_TRUE(matches("not(list contains([limit], 2))", Value::string("x"), scope, {number(3)}));
    EXPECT_TRUE(matches("limit > 2", Value::string("x"), scope, {number(3)}));
    // A constant is a value to be equal to, never a condition.
    EXPECT_FALSE(matches("true", Value::string("x")));
}

TEST(UnaryTests, TellWhatAnIndexCanKnow) {
    const auto tests = [](std::string_view source) { return *compile_unary_tests(source, Scope()); };
    EXPECT_TRUE(tests("-").any());
    EXPECT_TRUE(tests("-").simple());
    EXPECT_EQ(tests("1, 2, [5..7)").intervals().size(), 3U);
    EXPECT_TRUE(tests("not(1)").negated());
    EXPECT_EQ(tests("date(\"2024-01-01\")").intervals().size(), 1U);
    EXPECT_TRUE(tests("> -5").intervals()[0].high.is_null());
    EXPECT_TRUE(tests("[1..null]").intervals().empty());
    EXPECT_EQ(tests("[1, [2..3]], 5").intervals().size(), 3U);
    EXPECT_TRUE(tests("[5..1]").intervals()[0].low.is_null());
    EXPECT_FALSE(tests("[5..1]").intervals()[0].low_included);
    EXPECT_TRUE(tests("null").intervals()[0].low_included);
    for (const auto source : {"? > 1", "1, ? > 1", "!= 1", "not([1, 2])", "[[1]]", "{a: 1}", "< null"})
        EXPECT_FALSE(tests(source).simple()) << source;
}

TEST(Expressions, TellTheNamesThatNobodyDeclares) {
    Scope scope;
    scope.declare("x");
    const auto names = [&](std::string_view source) {
        const auto found = undeclared_names(source, scope);
        if (!found) return "fault: " + found.fault().reason;
        std::string text;
        for (const auto& [name, line] : *found)
            text += name + " " + std::to_string(line) + ";";
        return text;
    };
    EXPECT_EQ(names("x + abs(x)"), "");
    EXPECT_EQ(names("x +\n yy * Monthly Rate / yy"), "yy 2;Monthly Rate 2;");
    EXPECT_EQ(names("order.total > 3"), "order 1;");
    EXPECT_EQ(names("for i in x return i + j"), "j 1;");
    EXPECT_EQ(names("yy +"), "fault: an expression is missing");
    EXPECT_EQ(names("uper case(x)"), "fault: unknown name `uper`");
}

TEST(Expressions, TellWhetherTheyAreReferences) {
    Scope scope;
    scope.declare("a");
    const auto is_reference = [&](std::string_view source) {
        return compile_expression(source, scope)->is_reference();
    };
    EXPECT_TRUE(is_reference("a"));
    EXPECT_TRUE(is_reference("a.b"));
    for (const auto source : {"a + 1", "1", "a.year", "abs(a)", "a.b > 2"})
        EXPECT_FALSE(is_reference(source)) << source;
}

TEST(Names, AreThoseOfTheGrammar) {
    for (const auto name : {"a", "first name", "a-b", "x2", "_x",
                            "\xC3\xA4"
                            "b",
                            "a + b", "date's"})
        EXPECT_TRUE(is_name(name)) << name;
    for (const auto name : {"", "2x", "a{", "-a", " ", "a=b", "\xff"})
        EXPECT_FALSE(is_name(name)) << name;
}

}  // namespace
}  // namespace rules::feel
