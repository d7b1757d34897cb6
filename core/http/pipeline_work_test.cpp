// Where the pipeline works: pools and their queues, deadlines, what waits, what fails after a commit.
#include "core/http/test_pipeline.hpp"

#include <thread>

namespace mortise::http {
namespace {

using namespace std::chrono_literals;
using base::Result;
using http::testing::Client;
using http::testing::Reply;

TEST_F(PipelineTest, AFullQueueIs503) {
    serve({holding("/hold")}, {.pool_threads = 1, .pool_queue = 1});
    Client first(server_->port()), second(server_->port());
    first.send(text("GET /hold"));
    held_.get_future().wait();
    second.send(text("GET /hold"));
    // The second is queued at some moment; until then a third takes its place and waits.
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (metrics_.render().find("mortise_http_pool_queued{pool=\"common\"} 1") == std::string::npos &&
           std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    const Reply full = ask("GET /hold");
    EXPECT_EQ(told(full), "503 overloaded");
    EXPECT_EQ(full.field("Retry-After"), "1");
    release();
    EXPECT_EQ(first.read()->status, 200);
    EXPECT_EQ(second.read()->status, 200);
}

TEST_F(PipelineTest, WhoWaitedPastTheDeadlineGets504) {
    std::atomic<int> runs{0};
    Route late = row(Method::kGet, "/late", [&](const Call& call) {
        ++runs;
        return fine(call);
    });
    late.work = Work::kPool;
    serve({holding("/hold"), late}, {.pool_threads = 1, .request_timeout = 30s});
    Client first(server_->port()), second(server_->port());
    first.send(text("GET /hold"));
    held_.get_future().wait();
    second.send(text("GET /late"));
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (metrics_.render().find("mortise_http_pool_queued{pool=\"common\"} 1") == std::string::npos &&
           std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    house_.world.clock.advance_s(31);
    release();
    EXPECT_EQ(told(*second.read()), "504 deadline_exceeded");
    EXPECT_EQ(runs, 0);
}

// A plugin that does not come back: its client is told, once, and others are served by the only thread's
// replacement.
TEST_F(PipelineTest, AThreadThatIsGivenUpIsReplaced) {
    Route stuck = row(Method::kGet, "/stuck", [this](const Call& call) {
        ++holding_;
        std::thread([&] { (*call.given_up)(); }).join();  // as the host's watch does
        go_.wait();
        return fine(call);
    });
    stuck.work = Work::kPool;
    Route other = row(Method::kGet, "/other");
    other.work = Work::kPool;
    serve({stuck, other}, {.pool_threads = 1});
    for (int i = 1; i <= 3; ++i) {
        EXPECT_EQ(told(ask("GET /stuck")), "504 deadline_exceeded");
        EXPECT_EQ(ask("GET /other").status, 200) << i << " threads are stuck";
    }
    EXPECT_EQ(holding_, 3);
    release();
    EXPECT_TRUE(pipeline_->drain(base::Monotonic::clock::now() + 10s));
    const std::string log = logged();
    std::size_t answers = 0;
    for (auto at = log.find("\"path\":\"/stuck\""); at != std::string::npos;
         at = log.find("\"path\":\"/stuck\"", at + 1))
        ++answers;
    EXPECT_EQ(answers, 3U) << "one line for each request: " << log;
}

// However many logins wait, nobody else does.
TEST_F(PipelineTest, HashingDoesNotTakeTheThreadsOfOthers) {
    Route login = holding("/login");
    login.hashes_password = true;
    Route other = row(Method::kGet, "/other");
    other.work = Work::kPool;
    serve({login, other}, {.pool_threads = 1, .password_threads = 1, .password_queue = 2});
    std::vector<std::unique_ptr<Client>> waiting;
    for (int i = 0; i < 3; ++i) {
        waiting.push_back(std::make_unique<Client>(server_->port()));
        waiting.back()->send(text("GET /login"));
        if (i == 0) held_.get_future().wait();
    }
    EXPECT_EQ(ask("GET /other").status, 200);
    EXPECT_NE(metrics_.render().find("mortise_http_requests_in_flight"), std::string::npos);
    release();
    for (const auto& client : waiting)
        EXPECT_EQ(client->read()->status, 200);
}

// However many wait for a database that does not answer, health is told.
TEST_F(PipelineTest, AProbeIsAnsweredWhileAllOthersWait) {
    Route probe = row(Method::kGet, "/probe");
    probe.work = Work::kPool;
    probe.probe = true;
    serve({holding("/hold"), probe}, {.pool_threads = 1, .pool_queue = 1});
    std::vector<std::unique_ptr<Client>> waiting;
    for (int i = 0; i < 2; ++i) {
        waiting.push_back(std::make_unique<Client>(server_->port()));
        waiting.back()->send(text("GET /hold"));
        if (i == 0) held_.get_future().wait();
    }
    EXPECT_EQ(ask("GET /probe").status, 200);
    release();
    for (const auto& client : waiting)
        EXPECT_EQ(client->read()->status, 200);
}

// A body is not taken in from who will be refused by the head alone.
TEST_F(PipelineTest, ALargeBodyIsNotAwaitedFromAStranger) {
    Route route = row(Method::kPost, "/a");
    route.realm = Realm::kTenant;
    route.scope = "milestones:read";
    route.request_type = "text/plain";
    serve({route});
    Client stranger(server_->port());
    stranger.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    const auto refused = stranger.read();
    ASSERT_TRUE(refused);
    EXPECT_EQ(told(*refused), "401 credential_required");
    EXPECT_TRUE(refused->field("X-Request-Id"));
    Client asking(server_->port());
    asking.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(asking.read()->status, 401) << "instead of 100";
    const std::string large(100'000, 'x');
    EXPECT_EQ(ask("POST /a", as(key_) + "Content-Type: text/plain\r\n", large).status, 200);
    EXPECT_NE(logged().find("\"status\":401,\"code\":\"credential_required\""), std::string::npos);
}

// The work is done, whatever follows it: the answer says so.
TEST_F(PipelineTest, WhatFailsAfterTheCommitDoesNotChangeTheAnswer) {
    Route failing = row(Method::kPost, "/failing");
    failing.work = Work::kCoreWrite;
    failing.after_commit = [](const Call&, Response&) -> base::Status {
        return base::internal_error("later");
    };
    Route throwing = failing;
    throwing.pattern = "/throwing";
    throwing.after_commit = [](const Call&, Response&) -> base::Status {
        throw std::runtime_error("thrown");
    };
    serve({failing, throwing});
    EXPECT_EQ(ask("POST /failing").status, 200);
    EXPECT_EQ(ask("POST /throwing").status, 200);
    EXPECT_NE(logged().find("\"reason\":\"later\""), std::string::npos);
    EXPECT_NE(logged().find("\"reason\":\"thrown\""), std::string::npos);
}

TEST_F(PipelineTest, RoutesAreReplacedUnderRequests) {
    serve({holding("/hold"), row(Method::kGet, "/old")});
    Client client(server_->port());
    client.send(text("GET /hold"));
    held_.get_future().wait();
    pipeline_->replace_routes(*RouteTable::build({row(Method::kGet, "/new")}));
    EXPECT_EQ(ask("GET /old").status, 404);
    EXPECT_EQ(ask("GET /new").status, 200);
    release();
    EXPECT_EQ(client.read()->body, "fine") << "the old row lives as long as its request";
}

TEST_F(PipelineTest, ATenantThatIsNotActiveIsNotWorkedIn) {
    Route route = row(Method::kGet, "/a");
    route.realm = Realm::kTenant;
    serve({route});
    const std::string inside = as(admin_) + "Mortise-Tenant: acme\r\n";
    EXPECT_EQ(ask("GET /a", inside).status, 200);
    EXPECT_TRUE(house_.world
                    .write([&](storage::Unit& unit) {
                        return house_.world.tenants.suspend(tenancy::system_context(), unit, "acme",
                                                            std::nullopt);
                    })
                    .ok());
    EXPECT_EQ(told(ask("GET /a", inside)), "403 tenant_suspended");
}

// A node whose database does not answer may lack the tenant that was just made, and the key.
TEST_F(PipelineTest, WhatMayOnlyBeUnknownYetIs503) {
    Route route = row(Method::kGet, "/a");
    route.realm = Realm::kTenant;
    serve({route});
    const std::string unknown_tenant = as(admin_) + "Mortise-Tenant: nobody\r\n";
    const std::string unknown_key = "X-API-Key: " + key_ + "x\r\n";
    EXPECT_EQ(told(ask("GET /a", unknown_tenant)), "404 tenant_not_found");
    failing_.fails = true;
    EXPECT_FALSE(house_.world.snapshots.reload());
    const Reply reply = ask("GET /a", unknown_tenant);
    EXPECT_EQ(told(reply), "503 directory_behind");
    EXPECT_EQ(reply.field("Retry-After"), "1");
    EXPECT_EQ(told(ask("GET /a", unknown_key)), "503 directory_behind");
    EXPECT_EQ(ask("GET /a", as(admin_) + "Mortise-Tenant: acme\r\n").status, 200);
    failing_.fails = false;
    EXPECT_TRUE(house_.world.snapshots.refresh());
    EXPECT_EQ(told(ask("GET /a", unknown_tenant)), "404 tenant_not_found");
    EXPECT_EQ(told(ask("GET /a", unknown_key)), "401 invalid_token");
}

TEST_F(PipelineTest, WhatFollowsACommitRunsThoughMemoryCannotFollow) {
    std::atomic<bool> ran{false};
    Route made = row(Method::kPost, "/made");
    made.work = Work::kCoreWrite;
    made.after_commit = [&](const Call&, Response&) {
        ran = true;
        return base::Status();
    };
    serve({made});
    failing_.fails = true;
    EXPECT_FALSE(house_.world.snapshots.reload());
    EXPECT_EQ(ask("POST /made").status, 200);
    EXPECT_TRUE(ran);
    failing_.fails = false;
}

TEST_F(PipelineTest, DrainWaitsForWhatRuns) {
    serve({holding("/hold")});
    Client client(server_->port());
    client.send(text("GET /hold"));
    held_.get_future().wait();
    EXPECT_FALSE(pipeline_->drain(base::Monotonic::clock::now() + 1ms));
    release();
    EXPECT_TRUE(pipeline_->drain(base::Monotonic::clock::now() + 10s));
    EXPECT_EQ(client.read()->status, 200);
    EXPECT_EQ(told(ask("GET /hold")), "503 overloaded") << "a drained pool takes no more";
}

}  // namespace
}  // namespace mortise::http
