#include "core/http/server.hpp"

#include "core/http/problem.hpp"
#include "core/http/testing.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <random>

namespace mortise::http {
namespace {

using namespace std::chrono_literals;
using testing::Client;
using testing::Pool;
using testing::Reply;

// Answers by the request's path; see on_request.
class TestHandler final : public Handler {
 public:
    explicit TestHandler(Pool& pool) : pool_(pool) {}

    HeadDecision on_head(const RequestHead& head) override {
        if (head.path == "/throw-on-head") throw std::runtime_error("internal secret");
        if (head.path == "/refused")
            return {.refuse = problem(401, "unauthenticated", "Say who you are.", head.id)};
        return {.body_limit = 1000};
    }

    void on_request(Request&& request, Responder responder) override {
        const std::string_view path = request.head.path;
        if (path == "/throw") throw std::runtime_error("internal secret");
        if (path == "/drop") return;
        if (path == "/close") return responder.send({.body = "bye", .close = true});
        if (path == "/empty") return responder.send({.status = 204});
        if (path == "/large") return responder.send({.body = std::string(20'000'000, 'x')});
        if (path == "/hold") return hold(std::move(responder));
        Response response{.headers = {{"Peer", std::string(request.head.peer_address)}},
                          .content_type = "text/plain",
                          .body = std::string(request.head.target) + "|" + request.body};
        const bool late = path == "/late";
        if (path != "/pool" && !late) return responder.send(std::move(response));
        auto answer =
            std::make_shared<std::pair<Responder, Response>>(std::move(responder), std::move(response));
        pool_.post([answer, late] {
            if (late) std::this_thread::sleep_for(300us);
            answer->first.send(std::move(answer->second));
        });
    }

    void on_refused(const RefusedRequest& refused) override {
        const std::lock_guard lock(mutex_);
        refused_.push_back(std::to_string(refused.status) + " " + std::string(refused.code) + " " +
                           std::string(refused.peer_address) + (refused.request_id.is_nil() ? " nil" : ""));
    }

    std::vector<std::string> refused() {
        const std::lock_guard lock(mutex_);
        return refused_;
    }

    // Waits for a request for /hold and gives its responder.
    std::optional<Responder> take_held() {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, 10s, [this] { return !held_.empty(); })) return std::nullopt;
        std::optional<Responder> responder(std::move(held_.front()));
        held_.pop_front();
        return responder;
    }

 private:
    void hold(Responder&& responder) {
        const std::lock_guard lock(mutex_);
        held_.push_back(std::move(responder));
        changed_.notify_all();
    }

    Pool& pool_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Responder> held_;
    std::vector<std::string> refused_;
};

class ServerTest : public ::testing::Test {
 protected:
    ServerTest() : handler_(pool_) {}
    ~ServerTest() override {
        if (server_) server_->stop();
    }

    void start(ServerSettings settings = {}) {
        server_.emplace(std::move(settings), handler_, clock_);
        const auto started = server_->start();
        ASSERT_TRUE(started) << started.error().detail;
    }
    Client client(int receive_buffer = 0) { return Client(server_->port(), receive_buffer); }
    base::Monotonic in(std::chrono::milliseconds time) const { return clock_.monotonic() + time; }

    base::SystemClock clock_;
    Pool pool_{2};
    TestHandler handler_;
    std::optional<Server> server_;
};

std::string get(std::string_view target, std::string_view version = "1.1", std::string_view fields = {}) {
    return "GET " + std::string(target) + " HTTP/" + std::string(version) + "\r\nHost: a\r\n" +
           std::string(fields) + "\r\n";
}
std::string post(std::string_view target, std::string_view fields, std::string_view body) {
    return "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n" +
           std::string(body);
}

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
}  // namespace mortise::http
