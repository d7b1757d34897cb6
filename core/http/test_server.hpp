#pragma once

// A server with a handler whose answers the tests choose by path, for the tests of the server.

#include "core/http/problem.hpp"
#include "core/http/server.hpp"
#include "core/http/stream.hpp"
#include "core/http/testing.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace mortise::http::testing {

using namespace std::chrono_literals;

// A feed whose stream the test pushes to.
class TestFeed final : public StreamFeed {
 public:
    // What the test sees of the feed, which may have ended by then.
    struct View {
        std::atomic<bool> ended = false;
        std::atomic<bool> expired = false;  // the next heartbeat ends the stream
    };
    using Opened = std::function<void(Stream, std::shared_ptr<View>)>;

    explicit TestFeed(Opened opened) : opened_(std::move(opened)) {}
    ~TestFeed() override { view_->ended = true; }
    void opened(Stream stream) override { opened_(std::move(stream), view_); }
    std::string_view heartbeat() override { return view_->expired ? "" : "beat;"; }

 private:
    const Opened opened_;
    const std::shared_ptr<View> view_ = std::make_shared<View>();
};

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
        if (path == "/stream") return responder.send(stream());
        if (path == "/pool-stream") {
            auto late = std::make_shared<Responder>(std::move(responder));
            return pool_.post([this, late] { late->send(stream()); });
        }
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

    struct OpenStream {
        Stream stream;
        std::shared_ptr<TestFeed::View> view;
    };
    // Waits for so many open streams and gives them, in the order of their opening.
    std::vector<OpenStream> take_streams(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, 10s, [&] { return streams_.size() >= count; });
        return std::exchange(streams_, {});
    }

 private:
    Response stream() {
        auto feed = std::make_shared<TestFeed>([this](Stream stream, std::shared_ptr<TestFeed::View> view) {
            const std::lock_guard lock(mutex_);
            streams_.push_back({std::move(stream), std::move(view)});
            changed_.notify_all();
        });
        return {.content_type = "text/plain", .feed = std::move(feed)};
    }

    void hold(Responder&& responder) {
        const std::lock_guard lock(mutex_);
        held_.push_back(std::move(responder));
        changed_.notify_all();
    }

    Pool& pool_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Responder> held_;
    std::vector<OpenStream> streams_;
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

inline std::string get(std::string_view target, std::string_view version = "1.1",
                       std::string_view fields = {}) {
    return "GET " + std::string(target) + " HTTP/" + std::string(version) + "\r\nHost: a\r\n" +
           std::string(fields) + "\r\n";
}
inline std::string post(std::string_view target, std::string_view fields, std::string_view body) {
    return "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n" +
           std::string(body);
}

}  // namespace mortise::http::testing
