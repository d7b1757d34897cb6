#include "core/outbound/http_post.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace mortise::outbound {
namespace {

// Answers one connection with a text as it is, and keeps what it was sent.
class OneAnswer {
 public:
    explicit OneAnswer(std::string answer) : answer_(std::move(answer)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(listener_, 1) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error("no listener");
        url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/activate";
        thread_ = std::thread([this] { serve(); });
    }
    ~OneAnswer() {
        ::shutdown(listener_, SHUT_RDWR);
        if (thread_.joinable()) thread_.join();
        ::close(listener_);
    }
    const std::string& url() const { return url_; }
    const std::string& received() {
        if (thread_.joinable()) thread_.join();
        return received_;
    }

 private:
    void serve() {
        const int peer = ::accept(listener_, nullptr, nullptr);
        if (peer < 0) return;
        char data[4096];
        while (!received_.ends_with("the body")) {
            const ssize_t got = ::recv(peer, data, sizeof(data), 0);
            if (got <= 0) break;
            received_.append(data, static_cast<std::size_t>(got));
        }
        (void)!::send(peer, answer_.data(), answer_.size(), MSG_NOSIGNAL);
        ::shutdown(peer, SHUT_WR);
        while (answer_.empty() && ::recv(peer, data, sizeof(data), 0) > 0) {
        }
        ::close(peer);
    }

    std::string answer_, url_, received_;
    int listener_ = -1;
    std::thread thread_;
};

HttpPost to(const std::string& url) {
    return {.url = url, .content_type = "text/plain", .body = "the body"};
}

std::string code(const base::Result<HttpAnswer>& result) {
    return result.ok() ? "" : result.error().code;
}

TEST(HttpPost, SendsAndReceives) {
    OneAnswer service(
        "HTTP/1.1 422 Unprocessable Entity\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    const auto answer = post(to(service.url()));
    ASSERT_TRUE(answer.ok()) << answer.error().detail;
    EXPECT_EQ(answer->status, 422);
    EXPECT_EQ(answer->content_type, "application/json");
    EXPECT_EQ(answer->body, "{}");
    const std::string& sent = service.received();
    EXPECT_TRUE(sent.starts_with("POST /activate HTTP/1.1\r\n")) << sent;
    EXPECT_NE(sent.find("Content-Type: text/plain\r\n"), std::string::npos);
    EXPECT_NE(sent.find("Content-Length: 8\r\n"), std::string::npos);
    EXPECT_EQ(sent.find("Expect"), std::string::npos);
    EXPECT_TRUE(sent.ends_with("\r\n\r\nthe body"));
}

TEST(HttpPost, ARedirectIsAnAnswer) {
    OneAnswer service(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/elsewhere\r\nContent-Length: 0\r\n\r\n");
    const auto answer = post(to(service.url()));
    ASSERT_TRUE(answer.ok()) << answer.error().detail;
    EXPECT_EQ(answer->status, 302);
}

TEST(HttpPost, TooLargeAnAnswerIsRefused) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
    HttpPost request;
    OneAnswer exact(head + std::string(100, 'a'));
    request = to(exact.url());
    request.most = 100;
    EXPECT_EQ(code(post(request)), "");
    OneAnswer large(head + std::string(100, 'a'));
    request = to(large.url());
    request.most = 99;
    EXPECT_EQ(code(post(request)), "outbound_answer_too_large");
}

TEST(HttpPost, WhoDoesNotAnswerIsNotAwaitedForEver) {
    OneAnswer silent("");
    HttpPost request = to(silent.url());
    request.time = std::chrono::milliseconds(50);
    EXPECT_EQ(code(post(request)), "outbound_failed");
    EXPECT_EQ(code(post(to("http://127.0.0.1:1/"))), "outbound_failed") << "nobody listens";
}

TEST(HttpPost, OnlySafeUrlsAreTaken) {
    for (const char* url : {"https://vendor.example/activate", "https://192.0.2.1:8443/",
                            "http://127.0.0.1:80/a", "http://localhost/", "http://[::1]:8080/"})
        EXPECT_TRUE(check_url(url).ok()) << url;
    for (const char* url :
         {"http://vendor.example/", "http://127.0.0.1.vendor.example/", "http://localhost.example/",
          "ftp://localhost/", "file:///etc/passwd", "gopher://localhost/", "https://", "", "vendor.example",
          "https://user@vendor.example/", "https://user:geheim@vendor.example/",
          "http://127.0.0.1@vendor.example/", "https://vendor example/", "//localhost/"}) {
        const auto checked = check_url(url);
        ASSERT_FALSE(checked.ok()) << url;
        EXPECT_EQ(checked.error().code, "outbound_url_refused");
        EXPECT_EQ(checked.error().detail.find("geheim"), std::string::npos) << "no password in a message";
        EXPECT_EQ(code(post(to(url))), "outbound_url_refused") << url;
    }
}

}  // namespace
}  // namespace mortise::outbound
