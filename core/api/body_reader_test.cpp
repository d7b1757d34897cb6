#include "core/api/body_reader.hpp"

#include <gtest/gtest.h>

#include <map>

namespace mortise::api {
namespace {

// Code by pointer of every fault.
std::map<std::string, std::string> faults(BodyReader& body) {
    const base::Status done = body.finish();
    std::map<std::string, std::string> all;
    if (done.ok()) return all;
    EXPECT_EQ(done.error().code, "invalid_body");
    for (const base::FieldError& field : done.error().fields)
        all.emplace(field.pointer, field.code);
    return all;
}

using Faults = std::map<std::string, std::string>;

TEST(BodyReader, ReadsMembers) {
    BodyReader body(R"({"a":"x","b":["y","z"],"c":true,"d":null,"e":{"k":1},"t":"2027-01-31T12:00:00Z"})");
    EXPECT_EQ(body.text("a"), "x");
    EXPECT_EQ(body.texts("b"), (std::vector<std::string>{"y", "z"}));
    EXPECT_TRUE(body.boolean("c"));
    EXPECT_EQ(body.optional_text("d"), std::nullopt);
    EXPECT_EQ(body.optional_text("absent"), std::nullopt);
    EXPECT_EQ(body.object_text("e"), R"({"k":1})");
    EXPECT_EQ(body.object_text("also absent"), "{}");
    EXPECT_EQ(body.optional_time("t"), base::Micros{1801396800000000});
    EXPECT_EQ(faults(body), Faults{});
}

TEST(BodyReader, TellsEveryFaultAtOnce) {
    BodyReader body(R"({"a":1,"b":["y",2],"c":"true","e":[],"t":"tomorrow","more":1})");
    EXPECT_EQ(body.text("a"), "");
    EXPECT_TRUE(body.texts("b").empty());
    EXPECT_FALSE(body.boolean("c"));
    EXPECT_EQ(body.object_text("e"), "{}");
    EXPECT_EQ(body.optional_time("t"), std::nullopt);
    EXPECT_EQ(body.text("missing"), "");
    EXPECT_EQ(faults(body), (Faults{{"/a", "wrong_type"},
                                    {"/b", "wrong_type"},
                                    {"/c", "wrong_type"},
                                    {"/e", "wrong_type"},
                                    {"/t", "invalid_time"},
                                    {"/missing", "required"},
                                    {"/more", "unknown_member"}}));
}

TEST(BodyReader, NullIsAbsent) {
    BodyReader body(R"({"a":null})");
    EXPECT_EQ(body.text("a"), "");
    EXPECT_EQ(faults(body), (Faults{{"/a", "required"}}));
}

TEST(BodyReader, NullRemovesNothingThatMustStay) {
    BodyReader body(R"({"a":null,"b":null,"c":"x","d":["y"]})");
    EXPECT_EQ(body.changed_text("a"), std::nullopt);
    EXPECT_EQ(body.changed_texts("b"), std::nullopt);
    EXPECT_EQ(body.changed_text("c"), "x");
    EXPECT_EQ(body.changed_texts("d"), std::vector<std::string>{"y"});
    EXPECT_EQ(body.changed_text("absent"), std::nullopt);
    EXPECT_EQ(faults(body), (Faults{{"/a", "wrong_type"}, {"/b", "wrong_type"}}));
}

TEST(BodyReader, RefusesWhatIsNoObject) {
    for (const char* text : {"[]", "1", "null", "\"{}\"", "", "{"}) {
        BodyReader body(text);
        EXPECT_EQ(faults(body), (Faults{{"", "wrong_type"}})) << text;
    }
}

// RFC 6901, 3: "~" is "~0" and "/" is "~1".
TEST(BodyReader, EscapesPointers) {
    BodyReader body(R"({"a/b~c":1})");
    EXPECT_EQ(faults(body), (Faults{{"/a~1b~0c", "unknown_member"}}));
}

// The answer to a body of nothing but faults must not be as large as the body.
TEST(BodyReader, TellsOnlySoManyFaults) {
    std::string text = "{";
    for (int i = 0; i < 10000; ++i)
        text += (i == 0 ? "\"m" : ",\"m") + std::to_string(i) + "\":1";
    BodyReader body(text + "}");
    EXPECT_EQ(faults(body).size(), 50U);
}

}  // namespace
}  // namespace mortise::api
