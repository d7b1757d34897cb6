// Answers that stay open: what the client sees, who is cut off, and how they end.
#include "core/http/test_server.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace mortise::http::testing {
namespace {

using OpenStream = TestHandler::OpenStream;

StreamBytes bytes(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
}

bool soon(const std::function<bool()>& condition) {
    for (int i = 0; i < 1000 && !condition(); ++i)
        std::this_thread::sleep_for(10ms);
    return condition();
}

TEST_F(ServerTest, AStreamIsSentInChunksAsItComes) {
    start();
    Client one = client();
    one.send(get("/stream") + get("/never"));
    const auto reply = one.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->field("Transfer-Encoding"), "chunked");
    EXPECT_EQ(reply->field("Content-Length"), std::nullopt);
    EXPECT_EQ(reply->field("Connection"), "close");
    const auto open = handler_.take_streams(1);
    ASSERT_EQ(open.size(), 1U);
    EXPECT_TRUE(open[0].stream.push(bytes("hello, ")));
    EXPECT_TRUE(open[0].stream.push(bytes(std::string(26, 'x'))));
    open[0].stream.end();
    EXPECT_FALSE(open[0].stream.push(bytes("late")));
    // RFC 9112, 7.1: sizes are hexadecimal; the request behind the stream is not answered.
    EXPECT_EQ(one.read_all(), "7\r\nhello, \r\n1a\r\n" + std::string(26, 'x') + "\r\n0\r\n\r\n");
    EXPECT_TRUE(soon([&] { return open[0].view->ended.load(); }));
}

TEST_F(ServerTest, AStreamOfHttp10EndsWithTheConnection) {
    start();
    Client one = client();
    one.send(get("/pool-stream", "1.0"));
    const auto reply = one.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->field("Transfer-Encoding"), std::nullopt);
    const auto open = handler_.take_streams(1);
    ASSERT_EQ(open.size(), 1U);
    open[0].stream.push(bytes("a"));
    open[0].stream.push(bytes("b"));
    open[0].stream.end();
    EXPECT_EQ(one.read_all(), "ab");
}

TEST_F(ServerTest, AHeadOpensNoStream) {
    start();
    Client one = client();
    one.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n" + get("/next"));
    EXPECT_EQ(one.read(true)->status, 200);
    EXPECT_EQ(one.read()->body, "/next|");
    EXPECT_TRUE(handler_.take_streams(0).empty());
}

TEST_F(ServerTest, ASilentStreamBeatsUntilItsFeedIsOver) {
    start({.idle_timeout = 100ms, .stream_beat = 200ms});
    Client one = client();
    one.send(get("/stream", "1.0"));
    ASSERT_TRUE(one.read());
    const auto open = handler_.take_streams(1);
    ASSERT_EQ(open.size(), 1U);
    char buffer[64];
    std::string got;
    while (got.size() < 10) {
        const auto count = ::recv(one.fd(), buffer, sizeof buffer, 0);
        ASSERT_GT(count, 0);
        got.append(buffer, static_cast<std::size_t>(count));
    }
    EXPECT_EQ(got.substr(0, 10), "beat;beat;");
    open[0].view->expired = true;
    one.read_all();
    EXPECT_TRUE(soon([&] { return open[0].view->ended.load(); }));
}

TEST_F(ServerTest, AFeedLearnsThatItsClientLeft) {
    start();
    for (const bool reset : {false, true}) {
        Client one = client();
        one.send(get("/stream"));
        ASSERT_TRUE(one.read());
        const auto open = handler_.take_streams(1);
        ASSERT_EQ(open.size(), 1U);
        one.leave(reset);
        EXPECT_TRUE(soon([&] { return open[0].view->ended.load(); }));
        EXPECT_FALSE(open[0].stream.push(bytes("x")));
    }
}

// Nobody waits for a client that does not read, and it holds no more memory than it may.
TEST_F(ServerTest, ASlowReaderOfAStreamIsCutOffAndStopsNobodyElse) {
    start({.reactors = 1, .max_stream_unsent = 64 * 1024});
    Client slow = client(4096);
    slow.send(get("/stream"));
    ASSERT_TRUE(slow.read());
    Client other = client();
    other.send(get("/stream", "1.0"));
    ASSERT_TRUE(other.read());
    auto open = handler_.take_streams(2);
    ASSERT_EQ(open.size(), 2U);
    const auto piece = bytes(std::string(8 * 1024, 'x'));
    std::size_t taken = 0;
    // The kernel's buffers hold some MB at most.
    std::size_t received = 0;
    char buffer[64 * 1024];
    while (open[0].stream.push(piece) && taken < 100'000'000) {
        taken += piece->size();
        ASSERT_TRUE(open[1].stream.push(piece)) << "the other one reads";
        for (std::size_t got = 0; got < piece->size();) {
            const auto count = ::recv(other.fd(), buffer, sizeof buffer, 0);
            ASSERT_GT(count, 0);
            got += static_cast<std::size_t>(count);
            received += static_cast<std::size_t>(count);
        }
    }
    EXPECT_LT(taken, 50'000'000U);
    EXPECT_EQ(received, taken);
    EXPECT_TRUE(soon([&] { return open[0].view->ended.load(); }));
    EXPECT_FALSE(open[1].view->ended);
    EXPECT_LT(slow.read_all().size(), taken + 100'000);
}

// The order of one thread's pushes is kept, whoever else pushes meanwhile.
TEST_F(ServerTest, ManyClientsGetEveryPieceInOrder) {
    start({.reactors = 2, .max_stream_unsent = 1024 * 1024});
    constexpr int kClients = 200;
    constexpr int kPieces = 50;
    std::vector<Client> clients;
    for (int i = 0; i < kClients; ++i) {
        clients.push_back(client());
        clients.back().send(get(i % 2 == 0 ? "/stream" : "/pool-stream", "1.0"));
    }
    for (Client& one : clients)
        ASSERT_TRUE(one.read());
    const auto open = handler_.take_streams(kClients);
    ASSERT_EQ(open.size(), std::size_t{kClients});
    std::vector<std::thread> threads;
    for (const char name : {'a', 'b'}) {
        threads.emplace_back([&, name] {
            for (int i = 0; i < kPieces; ++i) {
                const auto piece = bytes(name + std::to_string(i) + ";");
                for (const OpenStream& one : open)
                    EXPECT_TRUE(one.stream.push(piece));
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    for (const OpenStream& one : open)
        one.stream.end();
    for (Client& one : clients) {
        const std::string got = one.read_all();
        for (const char name : {'a', 'b'}) {
            std::size_t at = 0;
            for (int i = 0; i < kPieces; ++i) {
                const auto found = got.find(name + std::to_string(i) + ";", at);
                ASSERT_NE(found, std::string::npos) << name << i << " in " << got;
                at = found;
            }
        }
    }
}

// Clients come and go while pieces are pushed: none may get what was for another.
TEST_F(ServerTest, NoPieceReachesAStranger) {
    start();
    std::atomic<bool> stop{false};
    std::atomic<int> strangers{0};
    std::vector<std::thread> threads;
    threads.emplace_back([&] {
        while (!stop)
            for (const OpenStream& one : handler_.take_streams(0))
                for (int i = 0; i < 3; ++i)
                    one.stream.push(bytes("piece"));
    });
    for (int t = 0; t < 3; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 500; ++i) {
                Client one = client();
                if ((i + t) % 2 == 0) {
                    one.send(get("/stream"));
                    one.read();
                } else {
                    const std::string target = "/late?" + std::to_string(i);
                    one.send(get(target));
                    const auto reply = one.read();
                    if (!reply || reply->body != target + "|") ++strangers;
                }
                one.leave(i % 3 == 0);
            }
        });
    }
    for (std::size_t i = 1; i < threads.size(); ++i)
        threads[i].join();
    stop = true;
    threads[0].join();
    EXPECT_EQ(strangers, 0);
}

TEST_F(ServerTest, TheEndOfServingEndsStreamsAtOnce) {
    start({.max_stream_unsent = 16 * 1024 * 1024});
    Client one = client();
    Client stuck = client(4096);
    for (Client* each : {&one, &stuck}) {
        each->send(get("/stream"));
        ASSERT_TRUE(each->read());
    }
    const auto open = handler_.take_streams(2);
    ASSERT_EQ(open.size(), 2U);
    for (int i = 0; i < 1200; ++i)
        open[1].stream.push(bytes(std::string(8 * 1024, 'x')));
    const auto before = std::chrono::steady_clock::now();
    server_->stop_accepting();
    EXPECT_TRUE(server_->drain(in(20s)));
    EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
    EXPECT_EQ(one.read_all(), "0\r\n\r\n") << "ended in order";
    for (const OpenStream& each : open) {
        EXPECT_TRUE(each.view->ended);
        EXPECT_FALSE(each.stream.push(bytes("late")));
    }
    server_->stop();
    server_.reset();
    EXPECT_FALSE(open[0].stream.push(bytes("later")));
    open[0].stream.end();
}

}  // namespace
}  // namespace mortise::http::testing
