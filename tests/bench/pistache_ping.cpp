// Pistache as it comes: an endpoint that answers every request with the same body, to be measured with wrk.
//     pistache_ping PORT THREADS BODY
// Runs until its standard input ends.
#include <pistache/endpoint.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

namespace {

class Ping final : public Pistache::Http::Handler {
    HTTP_PROTOTYPE(Ping)

 public:
    explicit Ping(std::string body) : body_(std::move(body)) {}

    void onRequest(const Pistache::Http::Request&, Pistache::Http::ResponseWriter response) override {
        response.send(Pistache::Http::Code::Ok, body_, MIME(Application, Json));
    }

 private:
    std::string body_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: pistache_ping PORT THREADS BODY\n");
        return 2;
    }
    const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
    Pistache::Http::Endpoint endpoint(Pistache::Address("127.0.0.1", port));
    endpoint.init(Pistache::Http::Endpoint::options().threads(std::atoi(argv[2])).backlog(1024));
    endpoint.setHandler(std::make_shared<Ping>(argv[3]));
    endpoint.serveThreaded();
    while (std::getchar() != EOF) {
    }
    endpoint.shutdown();
    return 0;
}
