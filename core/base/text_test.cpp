#include "core/base/text.hpp"

#include <gtest/gtest.h>

namespace mortise::base {
namespace {

using namespace std::string_literals;

TEST(Utf8, AcceptsTheEdgesAndRefusesWhatUnicodeForbids) {
    for (const auto& good : {""s, "abc"s, "é"s, "\xe2\x82\xac"s, "\xf0\x90\x80\x80"s, "\xf4\x8f\xbf\xbf"s,
                             "\xed\x9f\xbf"s, "\xee\x80\x80"s})
        EXPECT_TRUE(is_utf8(good)) << to_hex(good);
    for (const auto& bad :
         {"\x80"s, "\xc0\xaf"s, "\xc1\xbf"s, "\xe0\x80\xaf"s, "\xed\xa0\x80"s, "\xf0\x80\x80\xaf"s,
          "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xe2\x82"s, "\xff"s})
        EXPECT_FALSE(is_utf8(bad)) << to_hex(bad);
    EXPECT_EQ(utf8_length("a\xe2\x82\xac\xf0\x90\x80\x80"), 3U);
}

TEST(PercentDecode, IsStrict) {
    EXPECT_EQ(percent_decode("a%20b%C3%A9", false), "a b\xc3\xa9");
    EXPECT_EQ(percent_decode("a+b", false), "a+b");
    EXPECT_EQ(percent_decode("a+b", true), "a b");
    for (const std::string_view bad : {"%", "%2", "%zz", "%00", "%ff", "abc%e2%82"})
        EXPECT_FALSE(percent_decode(bad, false)) << bad;
}

// RFC 4648, section 10, in the URL alphabet without padding.
TEST(Base64Url, PassesTheVectorsOfTheRfc) {
    const std::pair<std::string, std::string> vectors[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff", "-_8"}};
    for (const auto& [plain, encoded] : vectors) {
        EXPECT_EQ(base64url_encode(plain), encoded);
        EXPECT_EQ(base64url_decode(encoded), plain);
    }
}

TEST(Base64Url, RefusesEverySecondSpelling) {
    for (const std::string_view bad : {"Zg==", "Zh", "Zm9", "Z", "Zm+v", "Zm/v", "Zm9v\n", " Zg"})
        EXPECT_FALSE(base64url_decode(bad)) << bad;
}

TEST(Numbers, TakeTheWholeTextOrNothing) {
    EXPECT_EQ(parse_u64("18446744073709551615"), 18446744073709551615ULL);
    EXPECT_EQ(parse_i64("-5"), -5);
    for (const std::string_view bad : {"", "-5", "+5", " 5", "5 ", "5x", "18446744073709551616", "0x5"})
        EXPECT_FALSE(parse_u64(bad)) << bad;
}

TEST(Rfc3339, RoundTripsAndKnowsTheCalendar) {
    EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(parse_rfc3339("2024-04-17T02:00:00.5+02:00"), 1713312000500000);
    // RFC 3339, 5.6: a fraction has any number of digits.
    EXPECT_EQ(parse_rfc3339("2024-04-17T00:00:00.123456789Z"), 1713312000123456);
    EXPECT_EQ(format_rfc3339(1713312000500000), "2024-04-17T00:00:00.500Z");
    EXPECT_EQ(format_rfc3339(1713312000000001), "2024-04-17T00:00:00.000001Z");
    EXPECT_EQ(format_rfc3339(-1000000), "1969-12-31T23:59:59Z");
    EXPECT_TRUE(is_date("2024-02-29"));
    for (const std::string_view bad :
         {"2023-02-29", "2024-13-01", "0000-01-01", "2024-2-1", "2024-02-01x", "2024-02-30"})
        EXPECT_FALSE(is_date(bad)) << bad;
    for (const std::string_view bad :
         {"2024-04-17", "2024-04-17T24:00:00Z", "2024-04-17T00:00:00", "2024-04-17T00:00:00.Z",
          "2024-04-17T00:00:00+2:00", "2024-04-17T00:00:00Zx"})
        EXPECT_FALSE(parse_rfc3339(bad)) << bad;
}

TEST(JsonEscape, NeverLetsALineOrAQuoteThrough) {
    std::string out;
    append_json_escaped(out, "a\"b\\c\n\x7f\xff\xc3\xa9");
    EXPECT_EQ(out, "a\\\"b\\\\c\\u000a\\u007f\\ufffd\xc3\xa9");
}

}  // namespace
}  // namespace mortise::base
