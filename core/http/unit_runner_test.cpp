#include "core/http/unit_runner.hpp"

#include "core/host/plugin.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace mortise::http {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using storage::Access;
using storage::Type;
using storage::Unit;

const storage::Statement kWrite{
    "test.write",
    "INSERT INTO idempotency (principal_id, route, key, request_hash, status, headers, created_at) "
    "VALUES ($1, 'effect', $2, $3, 0, '', 0)",
    {Type::kUuid, Type::kText, Type::kBytes}};
const storage::Statement kCount{
    "test.count", "SELECT count(*) FROM idempotency WHERE route = 'effect'", {}, {Type::kInteger}};

// What goes wrong, each so many times: the next ones succeed.
struct Faults {
    std::atomic<int> busy_at_begin{0};
    std::atomic<int> failed_commits{0};
    std::string commit_code{storage::kSerialization};
};

class FaultyUnit final : public Unit {
 public:
    FaultyUnit(std::unique_ptr<Unit> unit, Faults& faults) : unit_(std::move(unit)), faults_(faults) {}
    Result<std::int64_t> run(const storage::Statement& statement, std::span<const storage::Value> parameters,
                             const storage::RowSink& sink) override {
        return unit_->run(statement, parameters, sink);
    }
    Status commit() override {
        if (faults_.failed_commits-- > 0) return storage::storage_error(faults_.commit_code, "on purpose");
        return unit_->commit();
    }
    void abandon() noexcept override { unit_->abandon(); }
    Access access() const noexcept override { return unit_->access(); }
    base::Uuid tenant() const noexcept override { return unit_->tenant(); }
    Status as_plugin(std::string_view plugin, base::FunctionRef<Status()> body) override {
        return unit_->as_plugin(plugin, body);
    }

 private:
    std::unique_ptr<Unit> unit_;
    Faults& faults_;
};

// The real database, with faults put in.
class FaultyDatabase final : public storage::Database {
 public:
    FaultyDatabase(storage::Database& database, Faults& faults) : database_(database), faults_(faults) {}
    storage::Engine engine() const noexcept override { return database_.engine(); }
    Status migrate_core(const storage::MigrationSet& set) override { return database_.migrate_core(set); }
    Status migrate_tenants(const storage::MigrationSet& set) override {
        return database_.migrate_tenants(set);
    }
    Result<std::unique_ptr<Unit>> begin_core(Access access, base::Monotonic deadline) override {
        return with_faults(database_.begin_core(access, deadline));
    }
    Result<std::unique_ptr<Unit>> begin_tenant(const base::Uuid& tenant, Access access,
                                               base::Monotonic deadline) override {
        return with_faults(database_.begin_tenant(tenant, access, deadline));
    }
    Status create_tenant(const base::Uuid& tenant) override { return database_.create_tenant(tenant); }
    Status drop_tenant(const base::Uuid& tenant) override { return database_.drop_tenant(tenant); }
    Status export_tenant(const base::Uuid& tenant, const std::filesystem::path& file) override {
        return database_.export_tenant(tenant, file);
    }
    Status ping(base::Monotonic deadline) override { return database_.ping(deadline); }

 private:
    Result<std::unique_ptr<Unit>> with_faults(Result<std::unique_ptr<Unit>> begun) {
        if (faults_.busy_at_begin-- > 0) return storage::storage_error(storage::kBusy, "on purpose");
        if (!begun.ok()) return begun;
        return std::unique_ptr<Unit>(std::make_unique<FaultyUnit>(std::move(*begun), faults_));
    }

    storage::Database& database_;
    Faults& faults_;
};

// In a tenant's database and in the core's.
class UnitRunnerTest : public ::testing::TestWithParam<Work> {
 protected:
    UnitRunnerTest() {
        route_.work = GetParam();
        route_.operation = "create_thing";
        route_.handler = [this](const Call& call) { return handle(call); };
        context_.tenant = tenant_;
        context_.principal = {base::PrincipalKind::kUser, base::new_uuid(database_.clock()), "somebody"};
        context_.deadline = test::soon();
    }

    // Leaves a row behind if it is committed; answers as the test wants.
    Result<Response> handle(const Call& call) {
        ++calls_;
        MORTISE_TRY(call.unit->run(
            kWrite, {context_.principal.id, std::string_view(base::new_uuid(database_.clock()).to_string()),
                     storage::Bytes{"h"}}));
        if (failure_) return *failure_;
        return response_;
    }

    Result<Response> run(const std::string& key = {}, const std::string& hash = "hash") {
        const Call call{context_, request_, none_, none_};
        return run_in_unit(faulty_, database_.clock(), route_, call, {key, hash});
    }
    static std::string code_of(const Result<Response>& result) {
        return result.ok() ? "ok" : result.error().code;
    }

    std::int64_t effects() {
        auto unit = GetParam() == Work::kCoreWrite
                        ? database_->begin_core(Access::kRead, test::soon())
                        : database_->begin_tenant(tenant_, Access::kRead, test::soon());
        std::int64_t count = -1;
        const auto read = (*unit)->run(kCount, {}, [&](const storage::Row& row) {
            count = row.integer(0);
            return true;
        });
        EXPECT_TRUE(read.ok());
        return count;
    }

    test::TestDatabase database_;
    base::Uuid tenant_ = database_.make_tenant();
    Faults faults_;
    FaultyDatabase faulty_{*database_, faults_};
    Route route_;
    base::RequestContext context_;
    Request request_;
    Pairs none_;
    Response response_{.status = 201,
                       .headers = {{"ETag", "\"1\""}},
                       .content_type = "application/json",
                       .body = R"({"id":"7"})"};
    std::optional<Error> failure_;
    std::atomic<int> calls_{0};
};

TEST_P(UnitRunnerTest, CommitsWhatSucceeded) {
    EXPECT_EQ(run()->status, 201);
    EXPECT_EQ(effects(), 1);
}

TEST_P(UnitRunnerTest, RollsBackErrorsAndProblems) {
    failure_ = Error{ErrorKind::kConflict, "no", "No."};
    EXPECT_EQ(code_of(run("k")), "no");
    failure_.reset();
    response_.status = 400;
    EXPECT_EQ(run("k")->status, 400);
    EXPECT_EQ(effects(), 0);
    response_.status = 201;
    EXPECT_FALSE(run("k")->headers.empty());
    EXPECT_EQ(calls_, 3) << "a refusal is not kept under the key";
    EXPECT_EQ(effects(), 1);
}

TEST_P(UnitRunnerTest, RollsBackWhenTheHandlerThrows) {
    route_.handler = [this](const Call& call) -> Result<Response> {
        EXPECT_TRUE(handle(call).ok());
        throw std::runtime_error("on purpose");
    };
    EXPECT_THROW((void)run("k"), std::runtime_error);
    EXPECT_EQ(effects(), 0);
}

TEST_P(UnitRunnerTest, RepeatsTheAnswerOfAKey) {
    ASSERT_TRUE(run("k").ok());
    response_ = {.status = 200, .body = "another"};
    const auto again = run("k");
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->status, 201);
    EXPECT_EQ(again->body, R"({"id":"7"})");
    EXPECT_EQ(again->content_type, "application/json");
    const Pairs expected{{"ETag", "\"1\""}, {"Idempotent-Replayed", "true"}};
    EXPECT_EQ(again->headers, expected);
    EXPECT_EQ(calls_, 1);
    EXPECT_EQ(effects(), 1);
}

TEST_P(UnitRunnerTest, AKeyIsOneRequestOfOnePrincipalOnOneRoute) {
    ASSERT_TRUE(run("k").ok());
    EXPECT_EQ(code_of(run("k", "another hash")), "idempotency_key_reused");
    EXPECT_EQ(run("k", "another hash").error().kind, ErrorKind::kUnprocessable);
    EXPECT_EQ(calls_, 1);
    route_.operation = "create_other";
    EXPECT_EQ(code_of(run("k", "another hash")), "ok");
    context_.principal.id = base::new_uuid(database_.clock());
    EXPECT_EQ(code_of(run("k", "a third")), "ok");
    EXPECT_EQ(calls_, 3);
}

TEST_P(UnitRunnerTest, ASecretIsAnsweredOnce) {
    route_.secret_answer = true;
    ASSERT_TRUE(run("k").ok());
    const auto again = run("k");
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().kind, ErrorKind::kConflict);
    EXPECT_EQ(again.error().code, "already_done");
    EXPECT_NE(again.error().detail.find("7"), std::string::npos) << "it names what was made";
    EXPECT_EQ(effects(), 1);
}

TEST_P(UnitRunnerTest, OfManyAtOnceOneIsDone) {
    std::atomic<int> replayed{0}, failed{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < 6; ++i)
        clients.emplace_back([&] {
            const auto result = run("k");
            if (!result.ok() || result->status != 201) ++failed;
            if (result.ok() && result->headers.back().first == "Idempotent-Replayed") ++replayed;
        });
    for (auto& client : clients)
        client.join();
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(replayed, 5);
    EXPECT_EQ(effects(), 1);
}

TEST_P(UnitRunnerTest, TriesAgainWhereThatHelps) {
    faults_.busy_at_begin = 2;
    EXPECT_TRUE(run().ok());
    EXPECT_EQ(calls_, 1);
    faults_.failed_commits = 2;
    EXPECT_TRUE(run().ok());
    EXPECT_EQ(calls_, 1 + 3);
    EXPECT_EQ(effects(), 2) << "what did not commit left nothing";
}

TEST_P(UnitRunnerTest, CallsABusyPluginAgain) {
    failure_ = Error{ErrorKind::kUnavailable, std::string(host::kPluginBusy), "Busy."};
    EXPECT_EQ(code_of(run()), host::kPluginBusy);
    EXPECT_EQ(calls_, 5);
    EXPECT_EQ(effects(), 0);
}

TEST_P(UnitRunnerTest, GivesUpAfterAWhile) {
    faults_.failed_commits = 1000;
    EXPECT_EQ(code_of(run()), storage::kSerialization);
    EXPECT_EQ(calls_, 5);
    context_.deadline = database_.clock().monotonic();
    EXPECT_EQ(code_of(run()), storage::kStatementTimeout) << "no statement begins then";
    EXPECT_LE(calls_, 6) << "not after its deadline";
    EXPECT_EQ(effects(), 0);
}

// It may have been done: only an idempotency key can tell.
TEST_P(UnitRunnerTest, DoesNotRepeatWhatMayHaveBeenDone) {
    faults_.failed_commits = 1;
    faults_.commit_code = storage::kCommitUnknown;
    EXPECT_EQ(code_of(run()), storage::kCommitUnknown);
    EXPECT_EQ(calls_, 1);
}

INSTANTIATE_TEST_SUITE_P(TenantAndCore, UnitRunnerTest,
                         ::testing::Values(Work::kTenantWrite, Work::kCoreWrite));

class ReadFirstTest : public UnitRunnerTest {
 protected:
    // As a plugin's route is: refused where the unit reads.
    ReadFirstTest() {
        route_.handler = [this](const Call& call) -> Result<Response> {
            accesses_.push_back(call.unit->access());
            if (!writes_) return response_;
            if (call.unit->access() == Access::kRead)
                return Error{ErrorKind::kInternal, std::string(host::kNeedsWriter), "Again."};
            return handle(call);
        };
    }

    bool writes_ = true;
    std::vector<Access> accesses_;
};

TEST_P(ReadFirstTest, WhatOnlyReadsIsRunOnce) {
    writes_ = false;
    EXPECT_EQ(run()->status, 201);
    EXPECT_EQ(accesses_, std::vector{Access::kRead});
}

TEST_P(ReadFirstTest, WhatWritesIsRunAgain) {
    faults_.failed_commits = 2;
    EXPECT_EQ(run()->status, 201);
    EXPECT_EQ(accesses_, (std::vector{Access::kRead, Access::kWrite, Access::kWrite, Access::kWrite}))
        << "as a writer from then on";
    EXPECT_EQ(effects(), 1);
}

TEST_P(ReadFirstTest, AnAnswerThatIsKeptIsWritten) {
    writes_ = false;
    EXPECT_EQ(run("k")->status, 201);
    EXPECT_EQ(run("k")->headers.back().first, "Idempotent-Replayed");
    EXPECT_EQ(accesses_, std::vector{Access::kWrite});
}

INSTANTIATE_TEST_SUITE_P(Tenant, ReadFirstTest, ::testing::Values(Work::kTenantReadFirst));

}  // namespace
}  // namespace mortise::http
