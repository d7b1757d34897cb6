#include "feel/json.hpp"

#include <gtest/gtest.h>

namespace rules::feel {
namespace {

std::string round_trip(std::string_view text, const Type& type = {}, JsonForm form = JsonForm::kPlain) {
    const auto value = read_json(text, type);
    return value ? write_json(*value, form).ok() ? *write_json(*value, form) : "" : value.fault().reason;
}

TEST(Json, KeepsAllDigitsOfNumbers) {
    for (const auto text :
         {"1234567890123456789012345678901234", "0.1", "-1E-50", "18446744073709551615", "[1,2.5]"})
        EXPECT_EQ(round_trip(text), text);
    EXPECT_EQ(round_trip("1E400"), "1E400");
    EXPECT_EQ(round_trip("1.10"), "1.1");
}

TEST(Json, ReadsEscapes) {
    EXPECT_EQ(read_json(R"("\u0041\ud83d\udc0e\n\/")")->as_string(), "A\xF0\x9F\x90\x8E\n/");
}

TEST(Json, KeepsTheOrderOfMembers) {
    EXPECT_EQ(round_trip(R"({"b":1,"a":[null,true,"x\n\"\\"]})"), R"({"b":1,"a":[null,true,"x\u000a\"\\"]})");
}

TEST(Json, ReadsTemporalsWhereTheTypeWantsThem) {
    const auto type = Type::context({{"when", Type::Kind::kDate}, {"times", Type::list(Type::Kind::kTime)}});
    const auto value = read_json(R"({"when":"2024-02-29","times":["10:00:00"],"other":"2024-02-29"})", type);
    EXPECT_TRUE(value->as_context().find("when")->is_date());
    EXPECT_TRUE(value->as_context().find("times")->as_list()[0].is_time());
    EXPECT_TRUE(value->as_context().find("other")->is_string());
    EXPECT_TRUE(read_json("\"no date\"", Type::Kind::kDate)->is_string());
}

TEST(Json, ReadsAndWritesTags) {
    const auto tagged = R"({"@type":"date and time","@value":"2024-02-29T10:00:00Z"})";
    EXPECT_TRUE(read_json(tagged)->is_date_time());
    EXPECT_EQ(round_trip(tagged, {}, JsonForm::kTagged), tagged);
    EXPECT_EQ(round_trip(tagged), R"("2024-02-29T10:00:00Z")");
    EXPECT_TRUE(read_json(R"({"@type":"date","@value":"x"})")->is_context());
}

TEST(Json, RefusesWhatIsNotJson) {
    EXPECT_EQ(read_json("{\"a\":1,}").fault().reason, "the text is not JSON");
    EXPECT_EQ(read_json("{\n\"a\":1 x}").fault().line, 2U);
    EXPECT_EQ(read_json("{\"a\":1,\"a\":2}").fault().reason, "an object has two members of one name");
    EXPECT_EQ(read_json("1E99999").fault().reason, "a number is too large");
    EXPECT_EQ(read_json("\"\xff\"").fault().reason, "the text is not UTF-8");
    for (const auto text : {"", "01", "1.", "-", ".5", "1e", "[1,]", "{\"a\"}", "\"a", "\"\\x\"",
                            "\"\\uD800\"", "\"\n\"", "nul", "1 2", "+1", "\"\\u12\""})
        EXPECT_EQ(read_json(text).fault().reason, "the text is not JSON") << text;
}

TEST(Json, StopsAtItsLimits) {
    JsonLimits limits;
    limits.bytes = 10;
    limits.depth = 3;
    limits.values = 4;
    EXPECT_EQ(read_json("[1,2,3,4,5,6]", {}, limits).fault().reason, "the text is too long");
    limits.bytes = 1000;
    EXPECT_EQ(read_json("[1,2,3,4,5,6]", {}, limits).fault().reason, "the text has too many values");
    EXPECT_EQ(read_json("[[[[1]]]]", {}, limits).fault().reason, "the text is nested too deeply");
    limits.bytes = 5;
    EXPECT_EQ(write_json(Value::string("123456"), JsonForm::kPlain, limits).fault().reason,
              "the value is too large");
    EXPECT_EQ(read_json(std::string(100'000, '[')).fault().reason, "the text is nested too deeply");
}

}  // namespace
}  // namespace rules::feel
