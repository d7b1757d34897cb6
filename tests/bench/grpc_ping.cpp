// The round trip of gRPC C++ over a Unix socket, to compare a worker's with:
//     grpc_ping FOLDER
// Serves in a child process, asks from this one, and prints the median in nanoseconds.
#include "ping.grpc.pb.h"
#include "tests/bench/timing.hpp"

#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace {

class PingService final : public ping::Ping::Service {
    grpc::Status Call(grpc::ServerContext*, const ping::Request*, ping::Response* response) override {
        response->set_status(200);
        response->set_body("pong");
        return grpc::Status::OK;
    }
};

int serve(const std::string& address) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    PingService service;
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials());
    builder.RegisterService(&service);
    const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    if (!server) return 1;
    server->Wait();
    return 0;
}

int ask(const std::string& address) {
    const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
    if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10))) return 1;
    const auto stub = ping::Ping::NewStub(channel);
    ping::Request request;
    request.set_route("ping");
    ping::Response response;
    bool good = true;
    const double median = mortise::bench::median_ns(20000, [&] {
        grpc::ClientContext context;
        good = stub->Call(&context, request, &response).ok() && response.status() == 200 && good;
    });
    std::printf("%.0f\n", median);
    return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: grpc_ping FOLDER\n");
        return 2;
    }
    const std::string address = "unix:" + (std::filesystem::path(argv[1]) / "grpc.sock").string();
    // Before any thread of gRPC: a child that was forked later would have locks of threads that it has not.
    const pid_t child = ::fork();
    if (child < 0) return 1;
    if (child == 0) ::_exit(serve(address));
    const int code = ask(address);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    return code;
}
