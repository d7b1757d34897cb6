// The language by examples: most are those of the specification's own tables.
#include "feel/test_eval.hpp"

#include <gtest/gtest.h>

namespace rules::feel {
namespace {

TEST(Language, CalculatesInTheOrderOfItsOperators) {
    check({{"1 + 2 * 3", "7"},
           {"(1 + 2) * 3", "9"},
           {"10 - 4 - 3", "3"},
           {"-2 ** 2", "4"},
           {"2 ** 3 ** 2", "64"},
           {"2 ** -1", "0.5"},
           {"1 / 0", "null"},
           {"\"a\" + \"b\"", "\"ab\""},
           {"\"a\" - \"b\"", "null"},
           {"1 + null", "null"},
           {"-\"a\"", "null"},
           {".5 + 1.5", "2"},
           {"1.2e3", "1200"},
           {"1e40 = 10 ** 40", "true"},
           {".5e3", "500"},
           {"1.5E+3", "1500"},
           {"1e-2", "0.01"},
           {"-1e2", "-100"},
           {"[1e1..2E1].end", "20"},
           {"{e1: 2}.e1 + 1e1", "12"},
           {"1e", "fault: the text should end here"},
           {"1e+", "fault: the text should end here"},
           {"1e9999", "fault: the number is too large"}});
}

TEST(Language, CalculatesWithTime) {
    check({{"@\"2020-01-31\" + @\"P1M\"", "2020-02-29"},
           {"@\"P1M\" + @\"2020-01-31\"", "2020-02-29"},
           {"@\"2020-01-01\" - @\"P13M\"", "2018-12-01"},
           {"@\"2020-01-01\" + @\"PT36H\"", "2020-01-02"},
           {"@\"2020-03-29T01:30:00@Europe/Paris\" + @\"PT1H\"", "2020-03-29T03:30:00@Europe/Paris"},
           {"@\"2020-01-02\" - @\"2020-01-01\"", "P1D"},
           {"@\"2020-01-02\" - @\"2020-01-01T00:00:00\"", "null"},
           {"@\"2020-01-02\" - @\"2020-01-01T00:00:00Z\"", "P1D"},
           {"@\"10:00:00\" - @\"11:30:00\"", "-PT1H30M"},
           {"@\"23:00:00\" + @\"PT2H\"", "01:00:00"},
           {"@\"10:00:00Z\" - @\"11:30:00\"", "null"},
           {"@\"P1Y\" * 1.5", "P1Y6M"},
           {"@\"PT1H\" / 4", "PT15M"},
           {"@\"PT1S\" / 3", "PT0.333333333S"},
           {"@\"P1D\" / @\"PT12H\"", "2"},
           {"@\"P1D\" + @\"P1Y\"", "null"},
           {"-@\"PT1.5S\"", "-PT1.5S"},
           {"@\"999999999-12-31\" + @\"P1D\"", "null"},
           {"@\"P9223372036854775807M\" + @\"P1M\"", "null"},
           {"@\"foo\"", "null"}});
}

TEST(Language, KnowsThreeTruthValues) {
    check({{"true and null", "null"},
           {"false and null", "false"},
           {"true or null", "true"},
           {"false or 1", "null"},
           {"1 = \"1\"", "null"},
           {"null = null", "true"},
           {"1 != 2", "true"},
           {"not(null)", "null"},
           {"2 between 1 and 3", "true"},
           {"null between 1 and 3", "null"},
           {"if null then 1 else 2", "2"},
           {"[1, [2, {a: 3}]] = [1, [2, {a: 3.0}]]", "true"},
           {"{a: 1, b: 2} = {b: 2, a: 1}", "true"},
           {"[1..3] = [1..3]", "true"},
           {"[1..3] = [1..3)", "false"},
           {"(< 3) = (<= 3)", "false"}});
}

TEST(Language, TestsMembership) {
    check({{"1 in (1, 2)", "true"},
           {"1 in [[1..3]]", "true"},
           {"5 in (< 3, > 4)", "true"},
           {"5 in (1..5]", "true"},
           {"5 in [1..5)", "false"},
           {"5 in ]1..5[", "false"},
           {"5 in >= 5", "true"},
           {"5 in 5", "true"},
           {"\"b\" in [\"a\"..\"c\"]", "true"},
           {"1 in [null..3]", "null"},
           {"5 in (null)", "false"},
           {"null in [1..3]", "null"},
           {"null in [9..1]", "null"},
           {"5 in [9..1]", "false"},
           {"null in ([9..1], null)", "true"},
           {"for x in [1, 9] return null in [x..5]", "[null, null]"},
           {"null in @\"foo\"", "null"},
           {"[1..10[.end included", "false"},
           {"[1..[3, 4][1]]", "[1..3]"},
           {"(1..[2..3].end[", "(1..3)"},
           {"[]1..2[, ]3..4]]", "[(1..2), (3..4]]"},
           {"(<= 10).start included", "false"},
           {"(= 10).end", "10"},
           {"[5..1]", "null"},
           {"[1..\"a\"]", "null"}});
}

TEST(Language, HasListsAndContexts) {
    check({{"[1, 2, 3][2]", "2"},
           {"[1, 2, 3][-1]", "3"},
           {"[1, 2, 3][0]", "null"},
           {"[1, 2, 3][item > 1]", "[2, 3]"},
           {"[1, 2][]1..2[.start]", "1"},
           {"[][1]", "null"},
           {"[][item > 1]", "[]"},
           {"5[1]", "5"},
           {"5[item > 9]", "[]"},
           {"null[true]", "null"},
           {"[{item: 1}, {item: 2}][item >= 2]", "[{item: 2}]"},
           {"[{a: 1}, {b: 2}].a", "[1, null]"},
           {"{a: 1, b: a + 1}", "{a: 1, b: 2}"},
           {"{\"a b!\": 1}", "{\"a b!\": 1}"},
           {"{foo+bar: 1}.foo+bar", "1"},
           {"{a: 1, a: 2}", "null"},
           {"{a: 1}.b", "null"},
           {"@\"2024-02-29\".weekday", "4"},
           {"@\"10:30:01.5\".second", "1.5"},
           {"@\"10:30:00+05:00\".time offset", "PT5H"},
           {"@\"2018-12-10T10:30:00@Etc/UTC\".timezone", "\"Etc/UTC\""},
           {"@\"-PT1.5S\".seconds", "-1.5"},
           {"@\"P14M\".months", "2"}});
}

TEST(Language, Iterates) {
    check({{"for x in [1, 2], y in [x..x + 1] return x * y", "[1, 2, 4, 6]"},
           {"for i in 3..1 return i", "[3, 2, 1]"},
           {"for i in (1..4) return i", "[2, 3]"},
           {"for i in 0..4 return if i = 0 then 1 else i * partial[-1]", "[1, 1, 2, 6, 24]"},
           {"for d in @\"2020-02-28\"..@\"2020-03-01\" return d.day", "[28, 29, 1]"},
           {"for i in [] return i", "[]"},
           {"for i in 1.5..2 return i", "null"},
           {"for i in null return i", "null"},
           {"some x in [1, 2] satisfies x > 1", "true"},
           {"some x in [1, null] satisfies x > 1", "null"},
           {"every x in [] satisfies x > 1", "true"},
           {"every x in [2, null, 0] satisfies x > 1", "false"},
           {"some x in [1, 2], y in [x] satisfies x + y = 4", "true"}});
}

TEST(Language, KnowsTypes) {
    check({{"1 instance of number", "true"},
           {"-1 instance of number", "true"},
           {"[1] instance of list<number>", "true"},
           {"[\"a\"] instance of list<number>", "false"},
           {"{a: 1} instance of context<a: number>", "true"},
           {"[1..2] instance of range<number>", "true"},
           {"null instance of Any", "false"},
           {"null instance of Null", "true"},
           {"1 instance of Any", "true"},
           {"[1] instance of list", "null"},
           {"@\"P1D\" instance of days and time duration", "true"},
           {"(function(a: number) a + 1) instance of function<number>->number", "true"},
           {"sqrt instance of function<number>->number", "true"},
           {"sqrt instance of function<number, number>->number", "false"},
           {"1 + 1 instance of number", "null"}});
}

TEST(Language, ReadsEscapesAndComments) {
    check({{"\"\\u0041\\U01F40E\\n\\\"\"", "\"A\xF0\x9F\x90\x8E\\n\\\"\""},
           {"\"\\uD83D\\uDC0E\"", "\"\xF0\x9F\x90\x8E\""},
           {"\"\\d\"", "\"\\\\d\""},
           {"1 + /* 1 + */ 1 // and more", "2"},
           {"{\xF0\x9F\x90\x8E: 1}.\xF0\x9F\x90\x8E", "1"},
           {"1\xC2\xA0+\xE2\x80\x83"
            "1",
            "2"}});
}

TEST(Language, GivesNullForCallsThatDoNotFit) {
    check({{"abs()", "null"},
           {"abs(1, 2)", "null"},
           {"abs(x: 1)", "null"},
           {"sqrt(\"4\")", "null"},
           {"sqrt([4])", "2"},
           {"sqrt(number: 4)", "2"},
           {"1(2)", "null"},
           {"min(values: 5)", "5"},
           {"floor(1.5, null)", "null"},
           {"floor(n: 1.5, scale: null)", "null"}});
}

}  // namespace
}  // namespace rules::feel
