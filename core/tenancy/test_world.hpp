#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/tenancy/core_unit.hpp"
#include "core/tenancy/directory.hpp"
#include "core/tenancy/limits.hpp"
#include "core/tenancy/snapshots.hpp"
#include "core/tenancy/tenant_service.hpp"
#include "core/tenancy/trail.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mortise::tenancy {

// A clock that stands until it is moved. Thread-safe.
class FakeClock final : public base::Clock {
 public:
    base::Micros now() const noexcept override { return micros_.load(); }
    base::Monotonic monotonic() const noexcept override {
        return std::chrono::steady_clock::now() + std::chrono::microseconds(micros_.load() - kStart);
    }
    void advance_s(std::int64_t seconds) { micros_ += seconds * 1'000'000; }

 private:
    static constexpr base::Micros kStart = 1'700'000'000'000'000;
    std::atomic<base::Micros> micros_{kStart};
};

// Limits that a test sets.
class TestLimits final : public Limits {
 public:
    explicit TestLimits(const base::Clock& clock) : clock_(clock) {}
    std::optional<LimitRule> limit(std::string_view name, std::string_view) const override {
        const auto found = rules.find(name);
        return found == rules.end() ? std::nullopt : std::optional(found->second);
    }
    base::Micros now() const override { return clock_.now(); }

    std::map<std::string, LimitRule, std::less<>> rules;

 private:
    const base::Clock& clock_;
};

// What the tests of this room and of those that stand on it begin with: a database, its tenants, a clock.
struct World {
    explicit World(std::vector<TenantData*> data = {})
        : tenants(*database, clock, snapshots, database.folder() / "exports", std::move(data), limits) {
        snapshots.add(directory);
        check(snapshots.refresh());
    }

    // Runs `body` in a writing unit of core.db, commits and refreshes; the body's result.
    template <class Body>
    auto write(Body&& body) {
        auto result = run_core(*database, clock, storage::Access::kWrite, std::forward<Body>(body));
        check(snapshots.refresh());
        return result;
    }
    template <class Body>
    auto read(Body&& body) {
        return run_core(*database, clock, storage::Access::kRead, std::forward<Body>(body));
    }

    static void check(const base::Status& status) {
        if (!status) ADD_FAILURE() << status.error().code << ": " << status.error().log_text;
    }

    Tenant make_tenant(const std::string& slug) {
        auto made = tenants.create(system_context(), {.slug = slug, .name = slug});
        if (!made) {
            ADD_FAILURE() << made.error().code << ": " << made.error().log_text;
            return {};
        }
        return *std::move(made);
    }

    static base::RequestContext context_in(const Tenant& tenant) {
        auto context = system_context();
        context.tenant = tenant.id;
        context.tenant_slug = tenant.slug;
        context.plan = tenant.plan;
        context.scopes = "*";
        return context;
    }

    test::TestDatabase database;
    FakeClock clock;
    Snapshots snapshots{*database, clock};
    Directory directory;
    TestLimits limits{clock};
    TenantService tenants;
};

}  // namespace mortise::tenancy
