// Deadlines, seats, and clients that take or give nothing.
#include "core/http/test_server.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <chrono>

namespace mortise::http::testing {
namespace {

TEST_F(ServerTest, ASlowReaderStopsNobodyElse) {
    start({.reactors = 1});
    Client slow = client(4096);
    slow.send(get("/large") + get("/large") + get("/end"));
    Client other = client();
    rusage before{};
    ::getrusage(RUSAGE_SELF, &before);
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i) {
        other.send(get("/a"));
        ASSERT_TRUE(other.read());
        std::this_thread::sleep_for(20ms);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    rusage after{};
    ::getrusage(RUSAGE_SELF, &after);
    // Neither does the reactor spin while the slow one's socket is full.
    EXPECT_LT(after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec,
              2);
    for (int i = 0; i < 2; ++i) {
        const auto reply = slow.read();
        ASSERT_TRUE(reply);
        EXPECT_TRUE(reply->body == std::string(20'000'000, 'x'));
    }
    EXPECT_EQ(slow.read()->body, "/end|");
}

// A client that asks and asks and never reads is not read from for ever.
TEST_F(ServerTest, StopsReadingFromAClientThatDoesNotRead) {
    start();
    Client one = client(4096);
    const std::string wire = get("/" + std::string(4000, 'x'));
    timeval limit{1, 0};
    ::setsockopt(one.fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    std::size_t sent = 0;
    while (sent < 100'000'000 && one.send(wire))
        sent += wire.size();
    EXPECT_LT(sent, 50'000'000U) << "the kernel's buffers hold a few MB at most";
}

TEST_F(ServerTest, LivesThroughALackOfDescriptors) {
    start();
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    std::vector<Client> clients;
    for (int i = 0; i < 10; ++i)
        clients.push_back(client());
    const rlimit low{static_cast<rlim_t>(clients.back().fd()) + 1, before.rlim_max};
    clients.clear();
    std::vector<Client> waiting;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
    for (;;) {
        Client one = client();
        if (one.fd() < 0) break;
        waiting.push_back(std::move(one));
    }
    rusage begin{};
    ::getrusage(RUSAGE_SELF, &begin);
    std::this_thread::sleep_for(500ms);
    rusage end{};
    ::getrusage(RUSAGE_SELF, &end);
    const auto used = [](const rusage& usage) {
        return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
               (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
    };
    EXPECT_LT(used(end) - used(begin), 200) << "milliseconds of work in 500";
    ::setrlimit(RLIMIT_NOFILE, &before);
    ASSERT_FALSE(waiting.empty());
    Client& last = waiting.back();
    last.send(get("/a"));
    EXPECT_TRUE(last.read());
}

// What came within the time so far is of no help: each piece just in time does not extend the whole.
TEST_F(ServerTest, ALateHeadOrBodyIsRefusedHoweverItTrickles) {
    start({.head_timeout = 500ms, .body_timeout = 500ms});
    const std::string head = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n";
    for (const std::string& begin : {std::string("GET / HT"), head}) {
        Client one = client();
        const auto before = std::chrono::steady_clock::now();
        one.send(begin);
        std::atomic<bool> ended{false};
        std::thread trickle([&] {
            while (!ended) {
                one.send("x");
                std::this_thread::sleep_for(100ms);
            }
        });
        const auto reply = one.read();
        const auto took = std::chrono::steady_clock::now() - before;
        ended = true;
        trickle.join();
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->status, 408);
        EXPECT_EQ(reply->field("Content-Type"), "application/problem+json");
        EXPECT_EQ(reply->field("Connection"), "close");
        EXPECT_GE(took, 450ms);
        EXPECT_LT(took, 3s);
        EXPECT_TRUE(one.ended());
    }
    EXPECT_EQ(handler_.refused(), (std::vector<std::string>(2, "408 request_timeout 127.0.0.1")));
}

TEST_F(ServerTest, SilentAndIdleClientsAreClosedWithoutAWord) {
    start({.head_timeout = 500ms, .idle_timeout = 2s});
    Client silent = client();
    Client idle = client();
    const auto before = std::chrono::steady_clock::now();
    // A first request must come within the head's time; the next ones begin within the idle time.
    for (int i = 0; i < 4; ++i) {
        idle.send(get("/a"));
        ASSERT_TRUE(idle.read());
        std::this_thread::sleep_for(600ms);
    }
    EXPECT_TRUE(silent.ended());
    EXPECT_TRUE(idle.ended());
    EXPECT_GE(std::chrono::steady_clock::now() - before, 3500ms);
    EXPECT_LT(std::chrono::steady_clock::now() - before, 6500ms);
    EXPECT_TRUE(handler_.refused().empty());
}

TEST_F(ServerTest, WhoTakesNothingOfAnAnswerIsClosed) {
    start({.answer_timeout = 2s});
    Client stuck = client(4096);
    Client slow = client(4096);
    stuck.send(get("/large"));
    slow.send(get("/large"));
    std::thread reader([&] {
        // Slower than the time for no progress, in all, but never still.
        char buffer[8192];
        for (int i = 0; i < 30; ++i) {
            ASSERT_GT(::recv(slow.fd(), buffer, sizeof buffer, 0), 0);
            std::this_thread::sleep_for(100ms);
        }
    });
    reader.join();
    EXPECT_GT(slow.read_all().size(), 19'000'000U);
    EXPECT_LT(stuck.read_all().size(), 19'000'000U);
}

TEST_F(ServerTest, TellsThoseWhoFindNoPlaceAndServesTheOthers) {
    start({.seats = {.total = 2, .per_address = 0, .turned_away = 1}});
    Client one = client();
    Client two = client();
    one.send(get("/a"));
    two.send(get("/a"));
    ASSERT_TRUE(one.read());
    ASSERT_TRUE(two.read());
    Client three = client();
    three.send(get("/a"));
    const auto reply = three.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 503);
    EXPECT_NE(reply->body.find("\"code\":\"too_many_connections\""), std::string::npos);
    EXPECT_TRUE(reply->field("Retry-After"));
    EXPECT_TRUE(three.ended());
    Client four = client();
    EXPECT_EQ(four.read_all(), "") << "closed without a word while the third may still read";
    one.send(get("/a"));
    EXPECT_EQ(one.read()->body, "/a|");
    three.leave(false);
    one.leave(false);
    for (int i = 0; i < 50; ++i) {
        std::this_thread::sleep_for(20ms);
        Client next = client();
        next.send(get("/a"));
        const auto answer = next.read();
        if (answer && answer->status == 200) return;
    }
    FAIL() << "the place of a client that left is given to the next";
}

TEST_F(ServerTest, AHalfSentRequestHoldsTheEndOnlyUntilItsDeadline) {
    start({.body_timeout = 300ms});
    Client half = client();
    half.send(post("/a", "Content-Length: 10\r\n", "x"));
    std::this_thread::sleep_for(100ms);
    server_->stop_accepting();
    const auto before = std::chrono::steady_clock::now();
    EXPECT_TRUE(server_->drain(in(20s)));
    EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
    EXPECT_EQ(half.read()->status, 408);
}

}  // namespace
}  // namespace mortise::http::testing
