#include "core/http/sse.hpp"

#include <gtest/gtest.h>

namespace mortise::http {
namespace {

// HTML, 9.2.6: fields end with a line, an event with an empty one.
TEST(Sse, WritesFieldsAndAnEmptyLine) {
    EXPECT_EQ(to_sse({.id = "7", .event = "change", .data = "{}"}), "id: 7\nevent: change\ndata: {}\n\n");
    EXPECT_EQ(to_sse({.data = "a"}), "data: a\n\n");
    EXPECT_EQ(to_sse({.id = "7"}), "id: 7\n\n");
    EXPECT_EQ(sse_retry(std::chrono::milliseconds(1500)), "retry: 1500\n\n");
}

TEST(Sse, KeepsLinesOfDataApart) {
    EXPECT_EQ(to_sse({.data = "a\nb"}), "data: a\ndata: b\n\n");
    EXPECT_EQ(to_sse({.data = "a\r\nb\rc\n"}), "data: a\ndata: b\ndata: c\ndata: \n\n");
}

TEST(Sse, LetsNoIdEndItsField) {
    EXPECT_EQ(to_sse({.id = "1\ndata: x", .event = "a\rb", .data = "d"}), "data: d\n\n");
}

}  // namespace
}  // namespace mortise::http
