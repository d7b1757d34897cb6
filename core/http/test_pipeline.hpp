#pragma once

#include "core/flags/flag_usage.hpp"
#include "core/flags/snapshot.hpp"
#include "core/http/pipeline.hpp"
#include "core/http/server.hpp"
#include "core/http/testing.hpp"
#include "core/identity/test_house.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/telemetry/log.hpp"
#include "core/tenancy/meters.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mortise::http {

inline base::Result<Response> fine(const Call&) {
    return Response{.content_type = "text/plain", .body = "fine"};
}

// Follows the same rows as the directory, after it, and can't when it is told so.
class Failing final : public tenancy::Snapshot {
 public:
    std::string_view snapshot_name() const noexcept override { return tenancy::Directory::kName; }
    base::Status load(storage::Unit&) override {
        return fails ? base::Status(base::internal_error("told so")) : base::Status();
    }
    std::atomic<bool> fails = false;
};

// A pipeline over a real database and a real server, asked over its socket.
class PipelineTest : public ::testing::Test {
 protected:
    PipelineTest() {
        house_.world.snapshots.add(flags_);
        house_.world.snapshots.add(failing_);
        EXPECT_TRUE(
            house_.make_user(identity::House::administrator(), "root@example.com", "platform_admin").ok());
        acme_ = house_.world.make_tenant("acme");
        EXPECT_TRUE(
            house_.make_user(identity::House::administrator(&acme_), "owner@example.com", "tenant_admin")
                .ok());
        admin_ = house_.login("root@example.com")->access_token;
        key_ = make_key({"milestones:read"});
    }
    ~PipelineTest() override {
        release();
        if (server_) server_->stop();
        ::close(log_file_);
    }

    std::string make_key(std::vector<std::string> scopes) {
        const auto context = house_.context_of(house_.login("owner@example.com")->access_token);
        auto made = house_.world.write([&](storage::Unit& unit) {
            return house_.api_keys.create(context, unit, {"key", std::move(scopes), std::nullopt});
        });
        if (!made.ok()) ADD_FAILURE() << made.error().detail;
        return made.ok() ? made->secret : "";
    }

    static Route row(Method method, std::string pattern, RouteHandler handler = fine) {
        Route route;
        route.method = method;
        route.operation = std::string(to_string(method)) + pattern;
        route.pattern = std::move(pattern);
        route.realm = Realm::kPublic;
        route.handler = std::move(handler);
        return route;
    }
    // Holds the thread that serves it until release().
    Route holding(std::string pattern) {
        Route route = row(Method::kGet, std::move(pattern), [this](const Call& call) {
            if (++holding_ == 1) held_.set_value();
            go_.wait();
            return fine(call);
        });
        route.work = Work::kPool;
        return route;
    }
    void release() {
        if (!released_.exchange(true)) go_promise_.set_value();
    }

    void serve(std::vector<Route> rows, PipelineSettings settings = {}) {
        const PipelineParts parts{house_.world.clock,
                                  log_,
                                  metrics_,
                                  *house_.world.database,
                                  house_.world.directory,
                                  house_.world.snapshots,
                                  house_.authenticator,
                                  licence_,
                                  flags_,
                                  flag_usage_,
                                  meters_};
        pipeline_ = std::make_unique<Pipeline>(settings, parts, *RouteTable::build(std::move(rows)));
        server_ = std::make_unique<Server>(ServerSettings{}, *pipeline_, house_.world.clock);
        ASSERT_TRUE(server_->start().ok());
    }

    // `fields` end with CR LF each.
    static std::string text(const std::string& request_line, const std::string& fields = {},
                            const std::string& body = {}) {
        std::string out = request_line + " HTTP/1.1\r\nHost: a\r\n" + fields;
        if (!body.empty()) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        return out + "\r\n" + body;
    }
    testing::Reply ask(const std::string& request_line, const std::string& fields = {},
                       const std::string& body = {}) {
        testing::Client client(server_->port());
        EXPECT_TRUE(client.send(text(request_line, fields, body)));
        return client.read(request_line.starts_with("HEAD")).value_or(testing::Reply{});
    }
    // "401 credential_required"; the status alone if it is no problem.
    static std::string told(const testing::Reply& reply) {
        const std::string mark = "\"code\":\"";
        const auto at = reply.body.find(mark);
        if (at == std::string::npos) return std::to_string(reply.status);
        const auto begin = at + mark.size();
        return std::to_string(reply.status) + ' ' +
               reply.body.substr(begin, reply.body.find('"', begin) - begin);
    }
    std::string as(const std::string& credential) { return "Authorization: Bearer " + credential + "\r\n"; }
    std::string logged() {
        log_.flush();
        std::string all(1 << 20, '\0');
        all.resize(
            static_cast<std::size_t>(std::max<ssize_t>(0, ::pread(log_file_, all.data(), all.size(), 0))));
        return all;
    }

    identity::House house_;
    const int log_file_ = ::memfd_create("log", MFD_CLOEXEC);
    telemetry::Log log_{log_file_, telemetry::Level::kInfo, true, house_.world.clock};
    telemetry::Metrics metrics_;
    licensing::TimeKeeper time_{house_.world.clock};
    licensing::LicenceHolder licence_{time_};
    tenancy::Meters meters_{*house_.world.database, house_.world.clock, licence_};
    flags::FlagStore flags_;
    flags::FlagUsage flag_usage_{*house_.world.database, house_.world.clock};
    Failing failing_;
    tenancy::Tenant acme_;
    std::string admin_, key_;
    std::promise<void> held_, go_promise_;
    std::shared_future<void> go_{go_promise_.get_future().share()};
    std::atomic<int> holding_{0};
    std::atomic<bool> released_{false};
    std::unique_ptr<Pipeline> pipeline_;
    std::unique_ptr<Server> server_;
};

}  // namespace mortise::http
