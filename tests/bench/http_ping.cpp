// A server that answers every request inline, to be measured with wrk against nginx's `return 200`:
//     http_ping [reactors [port]]
// Prints its port, and runs until its standard input ends.
#include "core/base/clock.hpp"
#include "core/http/server.hpp"

#include <cstdio>
#include <cstdlib>

namespace {

using namespace mortise;

class Ping final : public http::Handler {
 public:
    http::HeadDecision on_head(const http::RequestHead&) override { return {.body_limit = 1 << 20}; }
    void on_request(http::Request&&, http::Responder responder) override {
        responder.send({.content_type = "text/plain", .body = "pong"});
    }
    void on_refused(const http::RefusedRequest&) override {}
};

}  // namespace

int main(int argc, char** argv) {
    const base::SystemClock clock;
    Ping ping;
    http::ServerSettings settings;
    if (argc > 1) settings.reactors = static_cast<unsigned>(std::atoi(argv[1]));
    if (argc > 2) settings.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
    http::Server server(settings, ping, clock);
    if (const auto started = server.start(); !started) {
        std::fprintf(stderr, "%s\n", started.error().detail.c_str());
        return 1;
    }
    std::printf("%u\n", static_cast<unsigned>(server.port()));
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    return 0;
}
