// Built-in functions by the examples of DMN 1.5, section 10.3.4, and at their borders.
#include "feel/test_eval.hpp"

#include <gtest/gtest.h>

namespace rules::feel {
namespace {

TEST(Functions, Convert) {
    check({{"date(2012, 12, 25)", "2012-12-25"},
           {"date(2012, 12, 32)", "null"},
           {"date(date and time(\"2012-12-25T11:00:00Z\"))", "2012-12-25"},
           {"date and time(date(\"2012-12-24\"), time(\"23:59:00\"))", "2012-12-24T23:59:00"},
           {"time(23, 59, 0, duration(\"-PT5H\"))", "23:59:00-05:00"},
           {"time(23, 59, 1.25, null)", "23:59:01.25"},
           {"time(date(\"2012-12-24\"))", "00:00:00Z"},
           {"time(24, 0, 0)", "null"},
           {"number(\"1 000,0\", \" \", \",\")", "1000"},
           {"number(\"1,000.0\", \",\", \".\")", "1000"},
           {"number(\"1,000.0\", \".\", \".\")", "null"},
           {"number(\"1,000.0\", \"x\", \".\")", "null"},
           {"number(\"\")", "null"},
           {"number(\"1E3\")", "null"},
           {"string(1.10)", "\"1.1\""},
           {"string(null)", "null"},
           {"string([1, \"a\"])", "\"[1, \\\"a\\\"]\""},
           {"duration(\"P2Y2M\")", "P2Y2M"},
           {"duration(\"x\")", "null"},
           {"years and months duration(date(\"2011-12-22\"), date(\"2013-08-24\"))", "P1Y8M"},
           {"years and months duration(date(\"2013-08-24\"), date(\"2011-12-25\"))", "-P1Y7M"},
           {"range(\"[18..21)\")", "[18..21)"},
           {"range(\"(..21)\") = (< 21)", "true"},
           {"range(\"[1..x]\")", "null"},
           {"range(\"1\")", "null"},
           {"is(time(\"23:00:50z\"), time(\"23:00:50\"))", "false"},
           {"is(1, 1.0)", "true"},
           {"not(false)", "true"}});
}

TEST(Functions, WorkOnStrings) {
    check({{"substring(\"foobar\", 3)", "\"obar\""},
           {"substring(\"foobar\", 3, 3)", "\"oba\""},
           {"substring(\"foobar\", -2, 1)", "\"a\""},
           {"substring(\"\\U01F40Eab\", 2)", "\"ab\""},
           {"substring(\"foobar\", 0)", "null"},
           {"string length(\"\\U01F40Eab\")", "3"},
           {"upper case(\"aBc4\xC3\xA4\")", "\"ABC4\xC3\x84\""},
           {"lower case(\"aBc4\xC3\x84\")", "\"abc4\xC3\xA4\""},
           {"substring before(\"foobar\", \"bar\")", "\"foo\""},
           {"substring before(\"foobar\", \"xyz\")", "\"\""},
           {"substring after(\"foobar\", \"ob\")", "\"ar\""},
           {"substring after(\"\", \"a\")", "\"\""},
           {"contains(\"foobar\", \"of\")", "false"},
           {"starts with(\"foobar\", \"fo\")", "true"},
           {"ends with(\"foobar\", \"r\")", "true"},
           {"split(\"a;b;c;;\", \";\")", "[\"a\", \"b\", \"c\", \"\", \"\"]"},
           {"string join([\"a\", null, \"c\"], \"_and_\")", "\"a_and_c\""},
           {"string join([])", "\"\""},
           {"string join([1])", "null"},
           {"string join([\"a\", \"b\"], [null])", "\"ab\""}});
}

TEST(Functions, MatchRegularExpressions) {
    check({{"matches(\"foobar\", \"^fo*b\")", "true"},
           {"matches(\"abZ\", \"^[A-Z]*$\", \"i\")", "true"},
           {"matches(\"a\\nb\", \"a.b\")", "false"},
           {"matches(\"a\\nb\", \"a.b\", \"s\")", "true"},
           {"matches(\"a\\nb\", \"^b\", \"m\")", "true"},
           {"matches(\"ab\", \"a b\", \"x\")", "true"},
           {"matches(\"a.b\", \"a.b\", \"q\")", "true"},
           {"matches(\"axb\", \"a.b\", \"q\")", "false"},
           {"matches(\"o\", \"[a-z-[aeiou]]\")", "false"},
           {"matches(\"q\", \"[^Q]\", \"i\")", "false"},
           {"matches(\"abab\", \"^(ab)\\1$\")", "true"},
           {"matches(\"\xD9\xA3\", \"^\\d$\")", "true"},
           {"matches(\"\xCE\xB1\", \"^\\p{IsGreek}$\")", "true"},
           {"replace(\"abracadabra\", \"bra\", \"*\")", "\"a*cada*\""},
           {"replace(\"abcd\", \"(ab)|(a)\", \"[1=$1][2=$2]\")", "\"[1=ab][2=]cd\""},
           {"replace(\"abc\", \"b\", \"\\$\")", "\"a$c\""},
           {"replace(\"abc\", \"b\", \"$\")", "null"},
           {"replace(\"abc\", \"x*\", \"-\")", "null"}});
}

TEST(Functions, RefuseWhatIsNoRegularExpressionOfXPath) {
    for (const auto pattern :
         {"\\\\b", "(?i)a", "(?=a)", "a**", "[", "[]", "(", ")", "a{2", "a{,2}", "\\\\p{Greek}", "[z-a]",
          "\\\\1", "(a\\\\1)", "]", "[[:alpha:]]", "a{1001}", "((((a{100}){100}){100}){100})"})
        EXPECT_EQ(eval("matches(\"a\", \"" + std::string(pattern) + "\")"), "null") << pattern;
    EXPECT_EQ(eval("matches(\"a\", \"a\", \"g\")"), "null");
}

TEST(Functions, MatchInBoundedTime) {
    const std::string text(5000, 'a');
    EXPECT_EQ(eval("matches(\"" + text + "b\", \"^(a|aa)+$\")"), "false");
    EXPECT_EQ(eval("matches(\"" + text + "b\", \"(a*)*\\1c\")"), "null");
}

TEST(Functions, PayForWhatRegularExpressionsDo) {
    const auto repeated = [](const std::string& call, const Limits& limits) {
        return eval("count(for i in 1..1000 return " + call + ")", Scope(), {}, limits);
    };
    const std::string backtracking = "(\"" + std::string(44, 'a') + "!\", \"(a|aa)*(.)\\2b\"";
    const std::string scanning = "(\"" + std::string(50'000, 'a') + "\", \"a(.*b)?\"";
    Limits few;
    few.steps = 100'000;
    Limits late;
    late.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    for (const auto& call :
         {"matches" + backtracking + ")", "replace" + backtracking + ", \"\")", "split" + backtracking + ")",
          "replace" + scanning + ", \"\")", "split" + scanning + ")"}) {
        EXPECT_EQ(repeated(call, few), "limit exceeded: steps") << call;
        EXPECT_EQ(repeated(call, late), "limit exceeded: time") << call;
    }
}

TEST(Functions, WorkOnLists) {
    check({{"list contains([1, 2, null], null)", "true"},
           {"count([1, 2])", "2"},
           {"count([])", "0"},
           {"min(1, 2, 3)", "1"},
           {"max([\"a\", \"c\", \"b\"])", "\"c\""},
           {"max([1, \"a\"])", "null"},
           {"min([])", "null"},
           {"sum([1, 2, 3])", "6"},
           {"sum([])", "null"},
           {"mean([1, 2, 3])", "2"},
           {"all([true, null, false])", "false"},
           {"all([true, null])", "null"},
           {"all([])", "true"},
           {"any([false, null, true])", "true"},
           {"sublist([4, 5, 6], 1, 2)", "[4, 5]"},
           {"sublist([4, 5, 6], -1)", "[6]"},
           {"sublist([4, 5, 6], 4)", "null"},
           {"sublist([4, 5, 6], 1, 0)", "null"},
           {"append([1], 2, 3)", "[1, 2, 3]"},
           {"append([1], null)", "[1, null]"},
           {"concatenate([1, 2], [3])", "[1, 2, 3]"},
           {"insert before([1, 3], 1, 2)", "[2, 1, 3]"},
           {"remove([1, 2, 3], 2)", "[1, 3]"},
           {"reverse([1, 2, 3])", "[3, 2, 1]"},
           {"index of([1, 2, 3, 2], 2)", "[2, 4]"},
           {"union([1, 2], [2, 3])", "[1, 2, 3]"},
           {"distinct values([1, 2, 3, 2, 1])", "[1, 2, 3]"},
           {"flatten([[1, 2], [[3]], 4])", "[1, 2, 3, 4]"},
           {"product([2, 3, 4])", "24"},
           {"median([8, 2, 5, 3, 4])", "4"},
           {"median([6, 1, 2, 3])", "2.5"},
           {"stddev([2, 4, 7, 5])", "2.081665999466132735282297706979931"},
           {"mode([6, 1, 9, 6, 1])", "[1, 6]"},
           {"mode([])", "[]"},
           {"list replace([2, 4, 7, 8], 3, 6)", "[2, 4, 6, 8]"},
           {"list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5)", "[5, 5, 7, 8]"},
           {"sort([3, 1, 4, 5, 2], function(x, y) x < y)", "[1, 2, 3, 4, 5]"},
           {"sort([3, 1], function(x, y) null)", "null"}});
}

TEST(Functions, CalculateWithNumbers) {
    check({{"decimal(1/3, 2)", "0.33"},
           {"decimal(1.5, 0)", "2"},
           {"decimal(2.5, 0)", "2"},
           {"floor(-1.5)", "-2"},
           {"floor(-1.56, 1)", "-1.6"},
           {"ceiling(1.5)", "2"},
           {"round up(-5.5, 0)", "-6"},
           {"round down(1.126, 2)", "1.12"},
           {"round half up(-5.5, 0)", "-6"},
           {"round half down(1.126, 2)", "1.13"},
           {"abs(@\"-PT5H\")", "PT5H"},
           {"modulo(10, 4)", "2"},
           {"modulo(10, -4)", "-2"},
           {"modulo(-10.1, 4.5)", "3.4"},
           {"modulo(1, 0)", "null"},
           {"sqrt(16)", "4"},
           {"log(0)", "null"},
           {"odd(5)", "true"},
           {"even(5)", "false"},
           {"even(1.5)", "null"}});
}

TEST(Functions, CompareRanges) {
    check({{"before(1, 10)", "true"},
           {"before([1..10), 10)", "true"},
           {"after([5..10], [1..5))", "true"},
           {"meets([1..5], [5..10])", "true"},
           {"met by([5..10], [1..5])", "true"},
           {"overlaps([1..5], (5..8])", "false"},
           {"overlaps before([1..5], [3..8])", "true"},
           {"overlaps after([3..8], [1..5])", "true"},
           {"finishes(10, [1..10])", "true"},
           {"finished by([1..10], (5..10])", "true"},
           {"includes([1..10], 5)", "true"},
           {"includes((< 10), 5)", "true"},
           {"during([4..6], [1..10))", "true"},
           {"starts(1, [1..5])", "true"},
           {"started by([1..10], [1..5])", "true"},
           {"coincides([1..5], [1..5))", "false"},
           {"coincides(5, 5)", "true"},
           {"before(1, \"a\")", "null"},
           {"before(range1: [1..2], range2: [3..4])", "true"}});
}

TEST(Functions, KnowTheCalendar) {
    check({{"day of year(date(2019, 9, 17))", "260"},
           {"day of week(date(2019, 9, 17))", "\"Tuesday\""},
           {"month of year(date(2019, 9, 17))", "\"September\""},
           {"week of year(date(2005, 1, 1))", "53"},
           {"now() = now()", "true"},
           {"today() = date(now())", "true"}});
}

TEST(Functions, WorkOnContexts) {
    check({{"get value({key1: \"value1\"}, \"key1\")", "\"value1\""},
           {"get value({}, \"x\")", "null"},
           {"get entries({a: 1})", "[{key: \"a\", value: 1}]"},
           {"context([{key: \"a\", value: 1}, {key: \"b\", value: 2}])", "{a: 1, b: 2}"},
           {"context([{key: \"a\", value: 1}, {key: \"a\", value: 2}])", "null"},
           {"context([{key: \"a\"}])", "null"},
           {"context put({x: 1}, \"y\", 2)", "{x: 1, y: 2}"},
           {"context put({x: {y: 1}}, [\"x\", \"y\"], 2)", "{x: {y: 2}}"},
           {"context put({x: 1}, [\"x\", \"y\"], 2)", "null"},
           {"context put({x: 1}, [], 2)", "null"},
           {"context merge([{x: 1}, {y: 2, x: 3}])", "{x: 3, y: 2}"}});
}

TEST(Functions, TakeTheClockOfTheirEvaluation) {
    const auto expression = compile_expression("string(now()) + \" \" + string(today())", Scope());
    Frame frame(expression->frame_size());
    Evaluation evaluation;
    evaluation.set_now(DateTime::parse("2024-02-29T12:00:00@Europe/Paris").value());
    EXPECT_EQ(expression->evaluate(frame, evaluation).as_string(),
              "2024-02-29T12:00:00@Europe/Paris 2024-02-29");
}

}  // namespace
}  // namespace rules::feel
