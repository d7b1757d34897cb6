#include "core/http/json_edge.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mortise::http {
namespace {

std::string code_of(std::string_view text) {
    const base::Status checked = check_json(text);
    return checked.ok() ? "ok" : checked.error().code;
}

std::string nested(std::size_t depth, char open, char close) {
    return std::string(depth, open) + std::string(depth, close);
}

TEST(CheckJson, TakesWhatRfc8259Allows) {
    for (const char* text :
         {"{}", "[]", "null", "true", "-0", "1e3", "\"\"", " \t\r\n{ } ", "[1,2,\"\\ud83d\\ude00\"]",
          R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})", "\"\xc3\xa9\""})
        EXPECT_EQ(code_of(text), "ok") << text;
}

TEST(CheckJson, RefusesWhatIsNoJson) {
    for (const char* text :
         {" ", "{", "}", "[1,]", "{\"a\":1,}", "{a:1}", "'a'", "01", "+1", ".5", "NaN", "1 2", "{}{}",
          "\"a\nb\"", "\"\\x\"", "// c\n{}", "tru", "[1e999]", "\"\\ud800\""})
        EXPECT_EQ(code_of(text), "invalid_json") << text;
    EXPECT_EQ(code_of(""), "body_required");
    EXPECT_EQ(code_of("\xef\xbb\xbf{"), "invalid_json");
}

TEST(CheckJson, RefusesWhatIsNoUtf8) {
    for (const char* text :
         {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\""})
        EXPECT_EQ(code_of(text), "invalid_utf8");
}

TEST(CheckJson, PointsToWhatItRefuses) {
    const auto place = [](std::string_view text, std::size_t depth = kMaxJsonDepth) {
        const base::Status checked = check_json(text, depth);
        return checked.ok() || checked.error().fields.empty() ? std::string("none")
                                                              : checked.error().fields[0].pointer;
    };
    EXPECT_EQ(place(R"({"a":[0,{"b":1},{"c/d":1,"x":[],"c\u002fd":2}]})"), "/a/2/c~1d");
    EXPECT_EQ(place(R"([[],{},[0,{"deep":[]}]])", 3), "/2/1/deep");
    EXPECT_EQ(place(R"({"a":1,"a":2})"), "/a");
    EXPECT_EQ(place("{"), "none");
    EXPECT_EQ(place("{\"" + std::string(2000, 'k') + R"(":[]})", 1), "none");
}

TEST(CheckJson, GoesSixtyFourLevelsDeep) {
    EXPECT_EQ(code_of(nested(64, '[', ']')), "ok");
    EXPECT_EQ(code_of(nested(65, '[', ']')), "json_too_deep");
    std::string objects;
    for (int i = 0; i < 63; ++i)
        objects += "{\"a\":";
    EXPECT_EQ(code_of(objects + "{}" + std::string(63, '}')), "ok");
    EXPECT_EQ(code_of("{\"a\":" + objects + "{}" + std::string(64, '}')), "json_too_deep");
    // It stops there: a megabyte of brackets takes no more than the first 65.
    EXPECT_EQ(code_of(std::string(1 << 20, '[')), "json_too_deep");
}

TEST(CheckJson, RefusesAMemberTwiceHoweverItIsWritten) {
    EXPECT_EQ(code_of(R"({"a":1,"a":1})"), "duplicate_member");
    EXPECT_EQ(code_of(R"({"a":1,"\u0061":2})"), "duplicate_member");
    EXPECT_EQ(code_of(R"([{"b":{"a":1,"a":2}}])"), "duplicate_member");
    EXPECT_EQ(code_of(R"({"a":1,"A":2})"), "ok");
}

TEST(ParseQuery, DecodesNamesAndValues) {
    std::vector<std::pair<std::string, std::string>> out;
    ASSERT_TRUE(parse_query("a=1&b=x+y%20z&&c&=d&a=2&%C3%A9=%26", out));
    const std::vector<std::pair<std::string, std::string>> expected{
        {"a", "1"}, {"b", "x y z"}, {"c", ""}, {"", "d"}, {"a", "2"}, {"\xc3\xa9", "&"}};
    EXPECT_EQ(out, expected);
}

TEST(ParseQuery, RefusesWhatCantBeDecodedAndTooMany) {
    for (const char* query : {"a=%", "a=%4", "a=%zz", "%ff=1", "a=%c0%af"}) {
        std::vector<std::pair<std::string, std::string>> out;
        EXPECT_FALSE(parse_query(query, out)) << query;
    }
    std::string many;
    for (std::size_t i = 0; i < kMaxQueryParameters; ++i)
        many += "a=1&";
    std::vector<std::pair<std::string, std::string>> out;
    EXPECT_TRUE(parse_query(many, out));
    out.clear();
    EXPECT_FALSE(parse_query(many + "b=1", out));
}

}  // namespace
}  // namespace mortise::http
