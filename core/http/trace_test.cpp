#include "core/http/trace.hpp"

#include <gtest/gtest.h>

namespace mortise::http {
namespace {

// The examples of W3C Trace Context, level 1, 3.2.3.
constexpr std::string_view kSampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr std::string_view kNotSampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

TEST(Traceparent, ReadsTheExamplesOfTheSpecification) {
    const auto trace = parse_traceparent(kSampled);
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace_id_text(*trace), "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_EQ(trace->span_id[0], 0x00);
    EXPECT_EQ(trace->span_id[1], 0xf0);
    EXPECT_EQ(trace->span_id[7], 0xb7);
    EXPECT_EQ(trace->flags, 1);
    ASSERT_TRUE(parse_traceparent(kNotSampled));
    EXPECT_EQ(parse_traceparent(kNotSampled)->flags, 0);
}

// 3.2.2.5.2: flags that are not defined must be set to zero when passed on.
TEST(Traceparent, KeepsOnlyTheFlagThatIsDefined) {
    EXPECT_EQ(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff")->flags, 1);
    EXPECT_EQ(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe")->flags, 0);
}

// 3.2.4: a higher version is read by the parts that this one has.
TEST(Traceparent, ReadsLaterVersions) {
    EXPECT_TRUE(parse_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    EXPECT_TRUE(parse_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future"));
    EXPECT_FALSE(parse_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what"));
}

class WrongTraceparent : public ::testing::TestWithParam<std::string_view> {};

TEST_P(WrongTraceparent, IsIgnored) {
    EXPECT_FALSE(parse_traceparent(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    Specification, WrongTraceparent,
    ::testing::Values("", "00", "00-", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
                      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
                      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-010",
                      "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",  // 3.2.2.1: ff is forbidden
                      "FF-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                      "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",  // 3.2.2.3
                      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",  // 3.2.2.4
                      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",  // lower case only
                      "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
                      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0A",
                      "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
                      "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));

TEST(NewTrace, IsValidAndNotSampled) {
    const auto a = new_trace(), b = new_trace();
    EXPECT_NE(a.trace_id, decltype(a.trace_id){});
    EXPECT_NE(a.span_id, decltype(a.span_id){});
    EXPECT_NE(a.trace_id, b.trace_id);
    EXPECT_EQ(a.flags, 0);
}

}  // namespace
}  // namespace mortise::http
