#include "mortise/text.hpp"

#include "mortise/json_writer.hpp"
#include "mortise/time.hpp"
#include "mortise/uuid.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <string>

namespace mortise::sdk {
namespace {

TEST(Text, Utf8AsInRfc3629) {
    for (const std::string good : {"", "a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                                   "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
        EXPECT_TRUE(is_utf8(good)) << good;
    for (const std::string bad :
         {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE0\xA0",
          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xC2z"})
        EXPECT_FALSE(is_utf8(bad)) << bad;
    EXPECT_EQ(count_code_points("aü€😀"), 4U);
}

TEST(Text, CutsBetweenCodePoints) {
    const std::string text = "aü€😀";  // 1, 2, 3 and 4 bytes
    const std::size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (std::size_t size = 0; size < std::size(kept); ++size)
        EXPECT_EQ(cut_utf8(text, size), text.substr(0, kept[size])) << size;
}

TEST(Text, Controls) {
    EXPECT_TRUE(has_control("a\nb"));
    EXPECT_FALSE(has_control("a\nb", "\n"));
    EXPECT_TRUE(has_control("\x7F"));
    EXPECT_TRUE(has_control("\xC2\x9F"));
    EXPECT_FALSE(has_control("\xC2\xA0ü"));
}

TEST(Uuid, ParsesWhatItPrints) {
    const std::string text = "018f3a5e-7b2c-7def-8123-456789abcdef";
    const auto id = Uuid::parse(text);
    ASSERT_TRUE(id);
    EXPECT_EQ(id->to_string(), text);
    EXPECT_EQ(Uuid::parse("018F3A5E-7B2C-7DEF-8123-456789ABCDEF"), id);
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string bad = text;
        bad[i] = 'g';
        EXPECT_FALSE(Uuid::parse(bad)) << i;
        EXPECT_FALSE(Uuid::parse(text.substr(0, i))) << i;
    }
}

TEST(Time, Rfc3339) {
    EXPECT_EQ(format_time(0), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(format_time(1'709'208'000'123'456), "2024-02-29T12:00:00.123456Z");
    EXPECT_EQ(format_time(-1), "1969-12-31T23:59:59.999999Z");
    EXPECT_TRUE(is_date("2000-02-29"));
    EXPECT_FALSE(is_date("1900-02-29"));
    EXPECT_FALSE(is_date("2000-2-29 "));
}

TEST(JsonWriter, PutsCommasAndEscapes) {
    JsonWriter json;
    json.begin_object().member("a", 1).key("b").begin_array().value("x").value(true).value(nullptr);
    json.begin_object()
        .end_object()
        .end_array()
        .member("c", std::optional<int>())
        .member("d", -5)
        .end_object();
    EXPECT_EQ(json.text(), R"({"a":1,"b":["x",true,null,{}],"c":null,"d":-5})");
    EXPECT_EQ(JsonWriter().value(std::string("\"\\\n\r\t\x01ü\0", 9)).text(), R"("\"\\\n\r\t\u0001ü\u0000")");
}

}  // namespace
}  // namespace mortise::sdk
