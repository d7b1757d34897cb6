#include "core/http/request_codec.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mortise::http {
namespace {

const CodecLimits kLimits;
constexpr std::uint64_t kBodyLimit = 1000;

// What a connection makes of `wire` when it comes in the given pieces: one line for each request, or why
// one was refused.
std::vector<std::string> read_all(std::string_view wire, std::vector<std::size_t> cuts = {},
                                  const CodecLimits& limits = kLimits) {
    RequestCodec codec(limits, "192.0.2.7");
    std::vector<std::string> out;
    std::string waiting;
    cuts.push_back(wire.size());
    std::size_t begin = 0;
    for (const std::size_t cut : cuts) {
        waiting += wire.substr(begin, cut - begin);
        begin = cut;
        for (;;) {
            std::size_t used = 0;
            const auto step = codec.advance(waiting, used);
            waiting.erase(0, used);
            if (step == RequestCodec::Step::kNeedMore) break;
            bool refused = step == RequestCodec::Step::kRefused;
            if (step == RequestCodec::Step::kHead) refused = !codec.accept_body(kBodyLimit);
            if (refused) {
                out.push_back(std::to_string(codec.refusal().status) + " " +
                              std::string(codec.refusal().code));
                return out;
            }
            if (step != RequestCodec::Step::kRequest) continue;
            const Request request = codec.take();
            out.push_back(std::string(to_string(request.head.method)) + " " +
                          std::string(request.head.target) +
                          (request.head.keep_alive ? " keep [" : " close [") + request.body + "]");
        }
    }
    return out;
}

using Lines = std::vector<std::string>;

std::string get(std::string_view fields) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}
std::string post(std::string_view fields, std::string_view body = {}) {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

Request read_one(std::string_view wire) {
    RequestCodec codec(kLimits, "192.0.2.7");
    std::size_t used = 0;
    EXPECT_EQ(codec.advance(wire, used), RequestCodec::Step::kHead);
    EXPECT_TRUE(codec.accept_body(kBodyLimit));
    std::size_t rest = 0;
    EXPECT_EQ(codec.advance(wire.substr(used), rest), RequestCodec::Step::kRequest);
    return codec.take();
}

TEST(RequestCodec, ReadsRequestsOneAfterTheOther) {
    EXPECT_EQ(
        read_all("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n"
                 "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
                 "PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "3\r\nabc\r\n4;x=\"y\"\r\ndefg\r\n0\r\nTrailer: dropped\r\n\r\n"
                 "DELETE /d HTTP/1.0\r\n\r\n"),
        (Lines{"GET /a?b=c keep []", "POST /b keep [hello]", "PUT /c keep [abcdefg]", "DELETE /d close []"}));
}

// However the bytes are cut, the same requests come out.
TEST(RequestCodec, EverySplitPointGivesTheSame) {
    const std::vector<std::string> wires{
        "\r\n\r\nGET /a?b=c HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\nHEAD / HTTP/1.1\r\nHost:x\r\n\r\n",
        "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=\"y\"\r\ndefg\r\n"
        "000\r\nTrailer: t\r\nOther: u\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n folded\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    };
    for (const std::string& wire : wires) {
        const Lines whole = read_all(wire);
        ASSERT_FALSE(whole.empty());
        std::vector<std::size_t> each;
        for (std::size_t i = 1; i < wire.size(); ++i) {
            EXPECT_EQ(read_all(wire, {i}), whole) << wire << " cut at " << i;
            each.push_back(i);
            for (std::size_t j = i + 1; j < wire.size(); j += 7)
                EXPECT_EQ(read_all(wire, {i, j}), whole) << wire << " cut at " << i << " and " << j;
        }
        EXPECT_EQ(read_all(wire, each), whole) << wire << " byte by byte";
    }
}

struct Refused {
    const char* what;
    std::string wire;
    const char* expected;
};

class RefusedTest : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedTest, IsRefusedHoweverItIsSplit) {
    const Refused& refused = GetParam();
    EXPECT_EQ(read_all(refused.wire), Lines{refused.expected}) << refused.what;
    if (refused.wire.size() > 2000) return;
    std::vector<std::size_t> each;
    for (std::size_t i = 1; i < refused.wire.size(); ++i)
        each.push_back(i);
    EXPECT_EQ(read_all(refused.wire, each), Lines{refused.expected}) << refused.what << ", byte by byte";
}

const std::string kChunked = "Transfer-Encoding: chunked\r\n";

INSTANTIATE_TEST_SUITE_P(
    Framing, RefusedTest,
    ::testing::Values(
        Refused{"two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n"), "400 bad_content_length"},
        Refused{"the same length twice", post("Content-Length: 5\r\nContent-Length: 5\r\n"),
                "400 bad_content_length"},
        Refused{"a list of lengths", post("Content-Length: 5, 6\r\n"), "400 bad_content_length"},
        Refused{"a list of one length", post("Content-Length: 5, 5\r\n"), "400 bad_content_length"},
        Refused{"negative", post("Content-Length: -1\r\n"), "400 bad_content_length"},
        Refused{"plus", post("Content-Length: +5\r\n"), "400 bad_content_length"},
        Refused{"hexadecimal", post("Content-Length: 0x5\r\n"), "400 bad_content_length"},
        Refused{"empty", post("Content-Length: \r\n"), "400 bad_content_length"},
        Refused{"words", post("Content-Length: 5 6\r\n"), "400 bad_content_length"},
        Refused{"beyond 64 bits", post("Content-Length: 18446744073709551616\r\n"), "400 bad_content_length"},
        Refused{"length, then coding", post("Content-Length: 5\r\n" + kChunked), "400 ambiguous_framing"},
        Refused{"coding, then length", post(kChunked + "Content-Length: 5\r\n"), "400 ambiguous_framing"},
        Refused{"length and unknown coding", post("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n"),
                "400 ambiguous_framing"},
        Refused{"two codings", post(kChunked + kChunked), "400 ambiguous_framing"},
        Refused{"coding in 1.0", "POST / HTTP/1.0\r\n" + kChunked + "\r\n", "400 ambiguous_framing"},
        Refused{"unknown coding", post("Transfer-Encoding: gzip\r\n"), "501 unknown_transfer_coding"},
        Refused{"list of codings", post("Transfer-Encoding: gzip, chunked\r\n"),
                "501 unknown_transfer_coding"},
        Refused{"chunked not last", post("Transfer-Encoding: chunked, gzip\r\n"),
                "501 unknown_transfer_coding"},
        Refused{"nearly chunked", post("Transfer-Encoding: xchunked\r\n"), "501 unknown_transfer_coding"},
        Refused{"quoted", post("Transfer-Encoding: \"chunked\"\r\n"), "501 unknown_transfer_coding"},
        Refused{"control character", post("Transfer-Encoding: \vchunked\r\n"), "400 malformed_field"}));

INSTANTIATE_TEST_SUITE_P(
    Chunks, RefusedTest,
    ::testing::Values(
        Refused{"no number", post(kChunked, "xyz\r\n"), "400 malformed_chunk"},
        Refused{"empty size", post(kChunked, "\r\n\r\n"), "400 malformed_chunk"},
        Refused{"negative", post(kChunked, "-1\r\n"), "400 malformed_chunk"},
        Refused{"0x", post(kChunked, "0x5\r\nhello\r\n"), "400 malformed_chunk"},
        Refused{"space after size", post(kChunked, "5 \r\nhello\r\n"), "400 malformed_chunk"},
        Refused{"beyond 64 bits", post(kChunked, "10000000000000005\r\n"), "400 malformed_chunk"},
        Refused{"bare LF", post(kChunked, "5\nhello\r\n"), "400 malformed_chunk"},
        Refused{"bare CR", post(kChunked, "5\rhello\r\n"), "400 malformed_chunk"},
        Refused{"data too long", post(kChunked, "5\r\nhello!\r\n0\r\n\r\n"), "400 malformed_chunk"},
        Refused{"bad extension", post(kChunked, "5;=\r\nhello\r\n"), "400 malformed_chunk"},
        Refused{"long extension", post(kChunked, "5;a=" + std::string(5000, 'x') + "\r\n"),
                "400 malformed_chunk"},
        Refused{"endless size line", post(kChunked, "5;a=" + std::string(20000, 'x')), "431 head_too_large"},
        Refused{"endless trailers", post(kChunked, "0\r\n" + std::string(20000, 'x')), "431 head_too_large"},
        Refused{"long trailers", post(kChunked, "0\r\nA: " + std::string(20000, 'x') + "\r\n\r\n"),
                "431 head_too_large"},
        Refused{"folded trailer", post(kChunked, "2\r\nab\r\n0\r\nA: b\r\n c\r\n\r\n"),
                "400 malformed_chunk"},
        Refused{"folded first trailer", post(kChunked, "0\r\n\tA: b\r\n\r\n"), "400 malformed_chunk"},
        Refused{"bare LF in a trailer", post(kChunked, "0\r\nA: b\nC: d\r\n\r\n"), "400 malformed_chunk"},
        Refused{"bare LF at the end", post(kChunked, "0\r\nA: b\n\r\n"), "400 malformed_chunk"},
        Refused{"length in a trailer", post(kChunked, "0\r\nContent-Length: 5\r\n\r\n"),
                "400 malformed_chunk"}));

INSTANTIATE_TEST_SUITE_P(
    Lines, RefusedTest,
    ::testing::Values(Refused{"folded", get("A: b\r\n c\r\n"), "400 folded_field"},
                      Refused{"folded by a tab", get("A: b\r\n\tc\r\n"), "400 folded_field"},
                      Refused{"folded first", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400 folded_field"},
                      Refused{"space before colon", get("A : b\r\n"), "400 malformed_field"},
                      Refused{"empty name", get(": b\r\n"), "400 malformed_field"},
                      Refused{"no colon", get("Abc\r\n"), "400 malformed_field"},
                      Refused{"bad name", get("A@b: c\r\n"), "400 malformed_field"},
                      Refused{"NUL in value", get(std::string("A: b\0c\r\n", 8)), "400 malformed_field"},
                      Refused{"NUL in name", get(std::string("A\0b: c\r\n", 8)), "400 malformed_field"},
                      Refused{"DEL in value", get("A: b\x7f\r\n"), "400 malformed_field"},
                      Refused{"bare CR", get("A: b\rc\r\n"), "400 bad_line_ending"},
                      Refused{"bare LF", "GET / HTTP/1.1\nHost: a\n\n", "400 bad_line_ending"},
                      Refused{"one bare LF", "GET / HTTP/1.1\r\nHost: a\nA: b\r\n\r\n",
                              "400 bad_line_ending"},
                      Refused{"bad Connection", get("Connection: ,@\r\n"), "400 malformed_field"}));

INSTANTIATE_TEST_SUITE_P(
    Host, RefusedTest,
    ::testing::Values(Refused{"none", "GET / HTTP/1.1\r\n\r\n", "400 bad_host"},
                      Refused{"two", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400 bad_host"},
                      Refused{"two in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", "400 bad_host"},
                      Refused{"space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400 bad_host"},
                      Refused{"path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400 bad_host"},
                      Refused{"no port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "400 bad_host"},
                      Refused{"two ports", "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n", "400 bad_host"},
                      Refused{"open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "400 bad_host"},
                      Refused{"user", "GET / HTTP/1.1\r\nHost: u@b\r\n\r\n", "400 bad_host"}));

std::string line(const std::string& text) {
    return text + "\r\nHost: a\r\n\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    RequestLine, RefusedTest,
    ::testing::Values(Refused{"unknown method", line("FOO / HTTP/1.1"), "501 unknown_method"},
                      Refused{"method of WebDAV", line("PROPFIND / HTTP/1.1"), "501 unknown_method"},
                      Refused{"small letters", line("get / HTTP/1.1"), "501 unknown_method"},
                      Refused{"CONNECT", line("CONNECT a:443 HTTP/1.1"), "501 unknown_method"},
                      Refused{"TRACE", line("TRACE / HTTP/1.1"), "501 unknown_method"},
                      Refused{"no token", line("G@T / HTTP/1.1"), "400 malformed_request"},
                      Refused{"leading space", " GET / HTTP/1.1\r\n", "400 malformed_request"},
                      Refused{"TLS", std::string("\x16\x03\x01\x02\x00\x01", 6), "400 malformed_request"},
                      Refused{"HTTP/0.9", "GET /\r\n", "400 malformed_request"},
                      Refused{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 unknown_http_version"},
                      Refused{"HTTP/1.2", line("GET / HTTP/1.2"), "505 unknown_http_version"},
                      Refused{"HTTP/0.9 by name", line("GET / HTTP/0.9"), "505 unknown_http_version"},
                      Refused{"version of two digits", line("GET / HTTP/1.10"), "400 malformed_request"},
                      Refused{"small http", line("GET / http/1.1"), "400 malformed_request"},
                      Refused{"two spaces", line("GET  / HTTP/1.1"), "400 malformed_target"},
                      Refused{"space in target", line("GET /a b HTTP/1.1"), "400 malformed_request"},
                      Refused{"fragment", line("GET /a#b HTTP/1.1"), "400 malformed_target"},
                      Refused{"control character", line("GET /a\x01 HTTP/1.1"), "400 malformed_target"},
                      Refused{"no ASCII", line("GET /\xc3\xa9 HTTP/1.1"), "400 malformed_target"},
                      Refused{"authority", line("GET a:80 HTTP/1.1"), "400 malformed_target"},
                      Refused{"relative", line("GET a/b HTTP/1.1"), "400 malformed_target"},
                      Refused{"other scheme", line("GET ftp://a/ HTTP/1.1"), "400 malformed_target"},
                      Refused{"empty authority", line("GET http:///x HTTP/1.1"), "400 malformed_target"},
                      Refused{"user in authority", line("GET http://u@a/ HTTP/1.1"), "400 malformed_target"},
                      Refused{"* for GET", line("GET * HTTP/1.1"), "400 malformed_target"},
                      Refused{"many empty lines", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n" + get({}),
                              "400 malformed_request"},
                      Refused{"expectation", post("Expect: 200-ok\r\nContent-Length: 1\r\n", "x"),
                              "417 unknown_expectation"},
                      Refused{"two expectations", post("Expect: 100-continue\r\nExpect: x\r\n"),
                              "417 unknown_expectation"}));

std::string fields(std::size_t count) {
    std::string out = "Host: a\r\n";
    for (std::size_t i = 1; i < count; ++i)
        out += "A: b\r\n";
    return out;
}
std::string head_of_size(std::size_t size) {
    std::string head = "GET / HTTP/1.1\r\nHost: a\r\nA: \r\n\r\n";
    return head.insert(head.size() - 4, size - head.size(), 'x');
}
std::string target_of_size(std::size_t size) {
    return "GET /" + std::string(size - 1, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    Limits, RefusedTest,
    ::testing::Values(
        Refused{"101 fields", "GET / HTTP/1.1\r\n" + fields(101) + "\r\n", "431 too_many_fields"},
        Refused{"head", head_of_size(16 * 1024 + 1), "431 head_too_large"},
        Refused{"endless head", "GET / HTTP/1.1\r\nA: " + std::string(20000, 'x'), "431 head_too_large"},
        Refused{"target", target_of_size(8 * 1024 + 1), "414 target_too_long"},
        Refused{"endless target", "GET /" + std::string(20000, 'x'), "414 target_too_long"},
        Refused{"declared body", post("Content-Length: 1001\r\n"), "413 body_too_large"},
        Refused{"huge body", post("Content-Length: 18446744073709551615\r\n"), "413 body_too_large"},
        Refused{"one chunk", post(kChunked, "3e9\r\n"), "413 body_too_large"},
        Refused{"chunks", post(kChunked, "3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\n"),
                "413 body_too_large"}));

TEST(RequestCodec, TakesWhatIsJustWithinTheLimits) {
    EXPECT_EQ(read_all("GET / HTTP/1.1\r\n" + fields(100) + "\r\n"), Lines{"GET / keep []"});
    EXPECT_EQ(read_all(head_of_size(16 * 1024)), Lines{"GET / keep []"});
    EXPECT_EQ(read_all(target_of_size(8 * 1024)).at(0).size(),
              8U * 1024 + std::string("GET  keep []").size());
    EXPECT_EQ(read_all(post("Content-Length: 1000\r\n", std::string(1000, 'x'))).size(), 1U);
    EXPECT_EQ(read_all(post(kChunked, "3e8\r\n" + std::string(1000, 'x') + "\r\n0\r\n\r\n")).size(), 1U);
}

TEST(RequestCodec, TakesEveryFormOfHost) {
    for (const std::string host :
         {"", "a", "a.example:80", "a:", "192.0.2.1:8080", "[::1]", "[2001:db8::1]:443"})
        EXPECT_EQ(read_all("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"), Lines{"GET / keep []"}) << host;
}

struct Kept {
    std::string version, fields;
    bool kept;
};

TEST(RequestCodec, SaysWhetherTheClientWantsToStay) {
    for (const Kept& kept :
         {Kept{"1.1", "", true}, Kept{"1.1", "Connection: close\r\n", false},
          Kept{"1.1", "Connection: Keep-Alive\r\n", true}, Kept{"1.1", "Connection: a, CLOSE\r\n", false},
          Kept{"1.0", "", false}, Kept{"1.0", "Connection: keep-alive\r\n", true},
          Kept{"1.0", "Connection: close\r\n", false}})
        EXPECT_EQ(
            read_one("GET / HTTP/" + kept.version + "\r\nHost: a\r\n" + kept.fields + "\r\n").head.keep_alive,
            kept.kept)
            << kept.version << " " << kept.fields;
}

struct Target {
    std::string sent, path, query, authority;
};

TEST(RequestCodec, TakesTargetsApart) {
    for (const Target& target :
         {Target{"GET /", "/", "", "a"}, Target{"GET /x%20y?z=1&?", "/x%20y", "z=1&?", "a"},
          Target{"GET /?", "/", "", "a"}, Target{"GET //b/c", "//b/c", "", "a"},
          Target{"GET http://b:80/x?y", "/x", "y", "b:80"}, Target{"GET HTTPS://b", "/", "", "b"},
          Target{"GET http://b?y/z", "/", "y/z", "b"}, Target{"GET http://[::1]:8/", "/", "", "[::1]:8"},
          Target{"OPTIONS *", "*", "", "a"}, Target{"OPTIONS http://b", "*", "", "b"}}) {
        const Request request = read_one(target.sent + " HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(request.head.path, target.path) << target.sent;
        EXPECT_EQ(request.head.query, target.query) << target.sent;
        EXPECT_EQ(request.head.authority, target.authority) << target.sent;
    }
}

TEST(RequestCodec, HeadOutlivesCodecAndBuffers) {
    Request request =
        read_one("POST /p HTTP/1.1\r\nHost: a\r\nX-One:  1 \r\nx-two:\r\nContent-Length: 2\r\n\r\nok");
    const Request moved = std::move(request);
    EXPECT_EQ(moved.head.path, "/p");
    EXPECT_EQ(moved.head.peer_address, "192.0.2.7");
    EXPECT_EQ(moved.head.header("x-ONE"), "1");
    EXPECT_EQ(moved.head.header("X-Two"), "");
    EXPECT_EQ(moved.head.header("X-Three"), std::nullopt);
    EXPECT_EQ(moved.head.content_length, 2U);
    EXPECT_EQ(moved.head.fields.size(), 4U);
    EXPECT_EQ(moved.body, "ok");
}

TEST(RequestCodec, ExpectationCountsOnlyIn11) {
    EXPECT_TRUE(read_one(post("Expect: 100-Continue\r\nContent-Length: 1\r\n", "x")).head.expect_continue);
    EXPECT_FALSE(read_one("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx")
                     .head.expect_continue);
}

TEST(RequestCodec, KnowsWhetherARequestHasBegun) {
    RequestCodec codec(kLimits, "");
    std::size_t used = 0;
    EXPECT_FALSE(codec.in_request());
    codec.advance("\r\n", used);
    EXPECT_FALSE(codec.in_request());
    codec.advance("GET", used);
    EXPECT_TRUE(codec.in_request());
}

}  // namespace
}  // namespace mortise::http
