#include "core/http/response_writer.hpp"

#include "core/http/unique_fd.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace mortise::http {
namespace {

std::string written(Response&& response, const Framing& framing = {}) {
    OutQueue out;
    write_response(out, std::move(response), framing, "D");
    return out.tail();
}

TEST(ResponseWriter, WritesHeadAndBody) {
    EXPECT_EQ(
        written({.status = 201, .headers = {{"ETag", "\"1\""}}, .content_type = "text/plain", .body = "hi"}),
        "HTTP/1.1 201 Created\r\nDate: D\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nETag: \"1\"\r\n\r\nhi");
}

TEST(ResponseWriter, HeadHasTheLengthButNoBody) {
    EXPECT_EQ(written({.body = "hello"}, {.head_only = true}),
              "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 5\r\n\r\n");
}

TEST(ResponseWriter, SomeStatusesHaveNeitherLengthNorBody) {
    EXPECT_EQ(written({.status = 204, .body = "x"}), "HTTP/1.1 204 No Content\r\nDate: D\r\n\r\n");
    EXPECT_EQ(written({.status = 304, .body = "x"}), "HTTP/1.1 304 Not Modified\r\nDate: D\r\n\r\n");
}

TEST(ResponseWriter, SaysHowTheConnectionGoesOn) {
    EXPECT_NE(written({}, {.keep_alive = false}).find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_NE(written({}, {.http_1_0 = true}).find("\r\nConnection: keep-alive\r\n"), std::string::npos);
    EXPECT_EQ(written({}).find("Connection"), std::string::npos);
}

TEST(ResponseWriter, LeavesOutWhatWouldBreakTheFraming) {
    const Response hostile{.headers = {{"X", "a\r\nSet-Cookie: b"},
                                       {"Bad name", "c"},
                                       {"", "d"},
                                       {"N", std::string("\0", 1)},
                                       {"content-length", "99"},
                                       {"Transfer-Encoding", "chunked"},
                                       {"Connection", "e"},
                                       {"Date", "f"},
                                       {"Good", "g"}},
                           .content_type = "a\nb"};
    EXPECT_EQ(written(Response(hostile)),
              "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 0\r\nGood: g\r\n\r\n");
}

TEST(DateHeader, IsAnImfFixdate) {
    DateHeader date;
    // The example of RFC 9110, 5.6.7.
    EXPECT_EQ(date.at(784111777'000'000), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(date.at(784111777'999'999), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(date.at(951782400'000'000), "Tue, 29 Feb 2000 00:00:00 GMT");
}

TEST(OutQueue, SendsInOrderWhatTheSocketTakes) {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    const UniqueFd ours(pair[0]);
    const UniqueFd theirs(pair[1]);
    OutQueue out;
    std::string expected;
    for (int i = 0; i < 60; ++i) {
        const std::string piece(i % 3 == 0 ? 40'000 : 100, static_cast<char>('a' + i % 26));
        expected += piece;
        out.append(std::string(piece));
    }
    EXPECT_EQ(out.size(), expected.size());
    std::string got;
    bool blocked = false;
    while (got.size() < expected.size()) {
        const auto result = out.send(ours.get());
        ASSERT_NE(result, OutQueue::Result::kFailed);
        blocked = blocked || result == OutQueue::Result::kBlocked;
        char buffer[7000];
        const auto n = ::recv(theirs.get(), buffer, sizeof buffer, MSG_DONTWAIT);
        ASSERT_GT(n, 0);
        got.append(buffer, static_cast<std::size_t>(n));
    }
    EXPECT_TRUE(blocked);
    EXPECT_TRUE(got == expected);
    EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace mortise::http
