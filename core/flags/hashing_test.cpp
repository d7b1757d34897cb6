#include "core/base/text.hpp"
#include "core/flags/cbor.hpp"
#include "core/flags/murmur3.hpp"
#include "core/flags/value_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace mortise::flags {
namespace {

// Known answers of MurmurHash3_x86_32 with seed 0, of each length modulo 4.
TEST(Murmur3, HasTheKnownAnswers) {
    EXPECT_EQ(murmur3(""), 0U);
    EXPECT_EQ(murmur3("test"), 0xba6bd213U);
    EXPECT_EQ(murmur3("Hello, world!"), 0xc0363e43U);
    EXPECT_EQ(murmur3("The quick brown fox jumps over the lazy dog"), 0x2e4ff723U);
    EXPECT_EQ(murmur3("aaa"), 0xb4d05fb7U);
    EXPECT_EQ(murmur3("ab"), 0x9bbfd75fU);
}

std::string encoded(std::string_view json) {
    Arena memory(1 << 20);
    const auto bytes = encode_cbor(*read_value(json, {}, memory), memory);
    return bytes ? base::to_hex(*bytes) : "none";
}

// RFC 8949, appendix A; numbers without a fraction are integers here.
TEST(Cbor, EncodesAsTheStandardsExamples) {
    const std::vector<std::pair<const char*, const char*>> cases{
        {"0", "00"},
        {"1", "01"},
        {"10", "0a"},
        {"23", "17"},
        {"24", "1818"},
        {"25", "1819"},
        {"100", "1864"},
        {"1000", "1903e8"},
        {"1000000", "1a000f4240"},
        {"1000000000000", "1b000000e8d4a51000"},
        {"-1", "20"},
        {"-10", "29"},
        {"-100", "3863"},
        {"-1000", "3903e7"},
        {"1.1", "fb3ff199999999999a"},
        {"1.5", "f93e00"},
        {"3.4028234663852886e+38", "fa7f7fffff"},
        {"1.0e+300", "fb7e37e43c8800759c"},
        {"5.960464477539063e-8", "f90001"},
        {"0.00006103515625", "f90400"},
        {"-4.1", "fbc010666666666666"},
        {"false", "f4"},
        {"true", "f5"},
        {"null", "f6"},
        {R"("")", "60"},
        {R"("a")", "6161"},
        {R"("IETF")", "6449455446"},
        {R"("\"\\")", "62225c"},
        {R"("\u00fc")", "62c3bc"},
        {R"("\ud800\udd51")", "64f0908591"},
        {"[]", "80"},
        {"[1,2,3]", "83010203"},
        {"[1,[2,3],[4,5]]", "8301820203820405"},
        {"{}", "a0"},
        {R"({"a":1,"b":[2,3]})", "a26161016162820203"},
        {R"(["a",{"b":"c"}])", "826161a161626163"},
    };
    for (const auto& [json, hex] : cases)
        EXPECT_EQ(encoded(json), hex) << json;
}

TEST(Cbor, IsDeterministic) {
    EXPECT_EQ(encoded("-0.0"), "00");
    EXPECT_EQ(encoded("1.0"), "01");
    EXPECT_EQ(encoded("65504.0"), "19ffe0");
    EXPECT_EQ(encoded("18446744073709549568"), "1bfffffffffffff800");  // the largest double below 2^64
    EXPECT_EQ(encoded("18446744073709551616"), "fa5f800000");          // 2^64
    EXPECT_EQ(encoded("-9223372036854775808"), "3b7fffffffffffffff");  // -2^63
    EXPECT_EQ(encoded("-9223372036854777856"), "fbc3e0000000000001");  // the next one below
    EXPECT_EQ(encoded("65504.5"), "fa477fe080");                       // no half has these bits
    EXPECT_EQ(encoded("0.0000000298023223876953125"), "fa33000000");   // 2^-25, below every half
    EXPECT_EQ(encoded("0.0009765625"), "f91400");                      // 2^-10
    EXPECT_EQ(encoded("0.00006097555160522461"), "f903ff");            // the largest subnormal half
    EXPECT_EQ(encoded("0.1"), "fb3fb999999999999a");
    // By the length of the name first.
    EXPECT_EQ(encoded(R"({"aa":2,"z":1})"), "a2617a0162616102");
    EXPECT_EQ(encoded(R"({"":0,"b":1,"a":2})"), "a36000616102616201");
}

TEST(Cbor, HasLimits) {
    Arena memory(64 * 1024);
    std::vector<Value> nested(100);
    for (std::size_t i = 1; i < nested.size(); ++i)
        nested[i] = Value::array({&nested[i - 1], 1});
    EXPECT_TRUE(encode_cbor(nested[64], memory));
    EXPECT_FALSE(encode_cbor(nested[65], memory));
    const std::string large(70'000, 'x');
    EXPECT_FALSE(encode_cbor(Value::string(large), memory));
}

}  // namespace
}  // namespace mortise::flags
