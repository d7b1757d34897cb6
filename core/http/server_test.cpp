// What a client sees of one connection, and how the server begins and ends.
#include "core/http/test_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <random>

namespace mortise::http::testing {
namespace {

TEST_F(ServerTest, Keeps11AliveAndCloses10UnlessAsked) {
    start();
    Client modern = client();
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(modern.send(get("/a")));
        const auto reply = modern.read();
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->status, 200);
        EXPECT_EQ(reply->body, "/a|");
        EXPECT_EQ(reply->field("Peer"), "127.0.0.1");
        EXPECT_EQ(reply->field("Connection"), std::nullopt);
        EXPECT_TRUE(reply->field("Date"));
    }
    modern.send(get("/a", "1.1", "Connection: close\r\n"));
    EXPECT_EQ(modern.read()->field("Connection"), "close");
    EXPECT_TRUE(modern.ended());

    Client old = client();
    old.send(get("/a", "1.0", "Connection: keep-alive\r\n"));
    EXPECT_EQ(old.read()->field("Connection"), "keep-alive");
    old.send(get("/a", "1.0"));
    EXPECT_EQ(old.read()->field("Connection"), "close");
    EXPECT_TRUE(old.ended());
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
    start();
    Client one = client();
    std::string wire;
    // Every other one is answered by the pool, so that an answer could overtake another.
    for (int i = 0; i < 2000; ++i)
        wire += i % 2 == 0 ? get("/pool?" + std::to_string(i))
                           : post("/x" + std::to_string(i), "Content-Length: 2\r\n", "ok");
    std::thread sender([&] { one.send(wire); });
    for (int i = 0; i < 2000; ++i) {
        const auto reply = one.read();
        ASSERT_TRUE(reply) << i;
        EXPECT_EQ(reply->body,
                  i % 2 == 0 ? "/pool?" + std::to_string(i) + "|" : "/x" + std::to_string(i) + "|ok");
    }
    sender.join();
}

TEST_F(ServerTest, TakesOneByteAPacket) {
    start();
    Client one = client();
    const std::string wire = get("/pool?1") +
                             post("/2", "Transfer-Encoding: chunked\r\n", "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n") +
                             get("/3");
    for (const char byte : wire)
        ASSERT_TRUE(one.send({&byte, 1}));
    EXPECT_EQ(one.read()->body, "/pool?1|");
    EXPECT_EQ(one.read()->body, "/2|abc");
    EXPECT_EQ(one.read()->body, "/3|");
}

TEST_F(ServerTest, RefusesWithAProblemAndCloses) {
    start();
    struct Case {
        std::string wire;
        int status;
        std::string code;
    };
    const std::vector<Case> cases{
        {"GET / HTTP/1.1\r\n\r\n", 400, "bad_host"},
        {post("/", "Content-Length: 1\r\nContent-Length: 2\r\n", "ab"), 400, "bad_content_length"},
        {post("/", "Transfer-Encoding: gzip\r\n", ""), 501, "unknown_transfer_coding"},
        {get("/" + std::string(9000, 'x')), 414, "target_too_long"},
        {get("/", "1.1", "A: " + std::string(17000, 'x') + "\r\n"), 431, "head_too_large"},
        {post("/", "Content-Length: 1001\r\n", std::string(1001, 'x')), 413, "body_too_large"},
        {post("/", "Transfer-Encoding: chunked\r\n", "1000\r\n" + std::string(100'000, 'x')), 413,
         "body_too_large"},
        {"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501, "unknown_method"},
        {get("/", "3.0"), 505, "unknown_http_version"},
        {post("/", "Expect: tea\r\nContent-Length: 1\r\n", "x"), 417, "unknown_expectation"}};
    std::vector<std::string> expected;
    for (const Case& refused : cases) {
        Client one = client();
        one.send(get("/before") + refused.wire + get("/never"));
        EXPECT_EQ(one.read()->body, "/before|");
        const auto reply = one.read();
        ASSERT_TRUE(reply) << refused.code;
        EXPECT_EQ(reply->status, refused.status);
        EXPECT_EQ(reply->field("Content-Type"), "application/problem+json");
        EXPECT_EQ(reply->field("Connection"), "close");
        EXPECT_NE(reply->body.find("\"code\":\"" + refused.code + "\""), std::string::npos) << reply->body;
        EXPECT_NE(reply->body.find("\"request_id\":\"0"), std::string::npos) << reply->body;
        EXPECT_TRUE(one.ended());
        expected.push_back(std::to_string(refused.status) + " " + refused.code + " 127.0.0.1");
    }
    EXPECT_EQ(handler_.refused(), expected);
}

// The client is still sending when it is refused; a reset would destroy the answer before it is read.
TEST_F(ServerTest, LetsARefusedClientReadWhy) {
    start();
    for (int i = 0; i < 20; ++i) {
        Client one = client();
        ASSERT_TRUE(one.send(post("/", "Content-Length: 200000\r\n", std::string(200'000, 'x'))));
        const auto reply = one.read();
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->status, 413);
        EXPECT_TRUE(one.ended());
    }
}

TEST_F(ServerTest, LingersOnlyForAWhile) {
    start({.linger = 100ms});
    Client one = client();
    one.send(post("/", "Content-Length: 2000\r\n", ""));
    EXPECT_EQ(one.read()->status, 413);
    EXPECT_TRUE(one.ended());
    const auto begin = std::chrono::steady_clock::now();
    while (one.send("x") && std::chrono::steady_clock::now() - begin < 5s)
        std::this_thread::sleep_for(10ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

TEST_F(ServerTest, Continues) {
    start();
    Client one = client();
    one.send(post("/a", "Expect: 100-continue\r\nContent-Length: 2\r\n", ""));
    EXPECT_EQ(one.read(true)->status, 100);
    one.send("ok");
    EXPECT_EQ(one.read()->body, "/a|ok");
    // Not when the head is refused.
    one.send(post("/refused", "Expect: 100-continue\r\nContent-Length: 2\r\n", ""));
    EXPECT_EQ(one.read()->status, 401);
    EXPECT_TRUE(one.ended());
}

TEST_F(ServerTest, KeepsARefusedClientThatSentNoBody) {
    start();
    Client one = client();
    one.send(get("/refused") + get("/a"));
    EXPECT_EQ(one.read()->status, 401);
    EXPECT_EQ(one.read()->body, "/a|");
}

TEST_F(ServerTest, HeadHasTheFieldsOfGetWithoutTheBody) {
    start();
    Client one = client();
    one.send("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n" + get("/empty") + get("/next"));
    const auto head = one.read(true);
    EXPECT_EQ(head->field("Content-Length"), "5");
    const auto empty = one.read();
    EXPECT_EQ(empty->status, 204);
    EXPECT_EQ(empty->field("Content-Length"), std::nullopt);
    EXPECT_EQ(one.read()->body, "/next|");
}

TEST_F(ServerTest, AnswersForAHandlerThatFails) {
    start();
    for (const char* path : {"/throw", "/drop", "/throw-on-head"}) {
        Client one = client();
        one.send(get(path) + get("/after"));
        const auto reply = one.read();
        ASSERT_TRUE(reply) << path;
        EXPECT_EQ(reply->status, 500);
        EXPECT_NE(reply->body.find("\"code\":\"internal_error\""), std::string::npos);
        EXPECT_NE(reply->body.find("\"request_id\":\"0"), std::string::npos);
        EXPECT_EQ(reply->body.find("secret"), std::string::npos);
        EXPECT_EQ(one.read()->body, "/after|");
    }
}

TEST_F(ServerTest, ClosesWhenTheHandlerAsks) {
    start();
    Client one = client();
    one.send(get("/close"));
    EXPECT_EQ(one.read()->field("Connection"), "close");
    EXPECT_TRUE(one.ended());
}

// What was asked before the client shut its sending side is answered.
TEST_F(ServerTest, AnswersAClientThatHasSaidAll) {
    start();
    Client one = client();
    one.send(get("/pool?1") + get("/2") + get("/pool?3"));
    one.shut_sending();
    EXPECT_EQ(one.read()->body, "/pool?1|");
    EXPECT_EQ(one.read()->body, "/2|");
    EXPECT_EQ(one.read()->body, "/pool?3|");
    EXPECT_TRUE(one.ended());
}

TEST_F(ServerTest, StopsOnlyIdleConnections) {
    start();
    Client idle = client();
    idle.send(get("/a"));
    EXPECT_TRUE(idle.read());
    Client busy = client();
    busy.send(get("/hold") + get("/never"));
    auto held = handler_.take_held();
    ASSERT_TRUE(held);

    server_->stop_accepting();
    EXPECT_TRUE(idle.ended());
    EXPECT_FALSE(client().connected());
    EXPECT_FALSE(server_->drain(in(100ms)));

    held->send({.body = "late"});
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(server_->drain(in(10s)));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s) << "it should be woken, not time out";
    const auto reply = busy.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, "late");
    EXPECT_EQ(reply->field("Connection"), "close");
    EXPECT_TRUE(busy.ended());
}

TEST_F(ServerTest, DropsAnswersThatComeAfterTheEnd) {
    start();
    Client one = client();
    one.send(get("/hold"));
    auto held = handler_.take_held();
    ASSERT_TRUE(held);
    EXPECT_TRUE(held->connected());
    server_->stop();
    EXPECT_FALSE(held->connected());
    EXPECT_TRUE(one.ended());
    server_.reset();
    held->send({.body = "late"});
}

TEST_F(ServerTest, TellsWhenItCannotListen) {
    start();
    Server second({.port = server_->port()}, handler_, clock_);
    const auto started = second.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, "listen_failed");
}

TEST_F(ServerTest, NeedsAReactor) {
    for (const unsigned count : {0U, 65U}) {
        Server none({.reactors = count}, handler_, clock_);
        const auto started = none.start();
        ASSERT_FALSE(started);
        EXPECT_EQ(started.error().code, "bad_reactor_count");
    }
}

// Clients ask, are answered by another thread, and leave at random moments, so that descriptors are reused
// while answers are on their way: no answer may reach a client that did not ask for it.
TEST_F(ServerTest, NoAnswerReachesAStranger) {
    start();
    constexpr int kThreads = 4;
    const char* const connections = std::getenv("MORTISE_CHURN_CONNECTIONS");
    const int rounds = (connections == nullptr ? 10'000 : std::atoi(connections)) / kThreads;
    std::atomic<int> answered{0};
    std::atomic<int> misdelivered{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            std::mt19937 random(static_cast<unsigned>(t));
            for (int i = 0; i < rounds; ++i) {
                const std::string target = "/late?" + std::to_string(t) + "-" + std::to_string(i);
                Client one = client();
                if (!one.send(get(target) + get(target))) continue;
                const auto patience = random() % 3;
                for (auto n = patience; n > 0; --n) {
                    const auto reply = one.read();
                    if (!reply) break;
                    ++answered;
                    if (reply->body != target + "|") ++misdelivered;
                }
                one.leave(random() % 2 == 0);
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(misdelivered, 0);
    EXPECT_GT(answered, kThreads * rounds / 3);
    server_->stop_accepting();
    EXPECT_TRUE(server_->drain(in(10s)));
}

TEST_F(ServerTest, EndsUnderLoad) {
    start();
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    std::atomic<int> broken{0};
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            while (!stop) {
                Client one = client();
                while (one.connected() && one.send(get("/pool?x"))) {
                    const auto reply = one.read();
                    if (!reply) break;
                    if (reply->body != "/pool?x|") ++broken;
                    if (reply->field("Connection") == "close") break;
                }
            }
        });
    }
    std::this_thread::sleep_for(300ms);
    server_->stop_accepting();
    EXPECT_TRUE(server_->drain(in(10s)));
    server_->stop();
    stop = true;
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(broken, 0);
}

}  // namespace
}  // namespace mortise::http::testing
