#include "core/tenancy/directory.hpp"

#include "core/tenancy/plugin_service.hpp"
#include "core/tenancy/test_world.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace mortise::tenancy {
namespace {

TEST(Directory, KnowsTenantsOnceTheyAreCommitted) {
    World world;
    EXPECT_EQ(world.directory.read()->find("acme"), nullptr);
    const auto tenant = world.make_tenant("acme");
    const auto map = world.directory.read();
    ASSERT_NE(map->find("acme"), nullptr);
    EXPECT_EQ(map->find("acme")->id, tenant.id);
    EXPECT_EQ(map->find(tenant.id)->slug, "acme");
    EXPECT_EQ(map->find("acm"), nullptr);
    EXPECT_EQ(map->find(base::Uuid{}), nullptr);
}

TEST(Directory, OldSnapshotsStayAsTheyWere) {
    World world;
    world.make_tenant("acme");
    const auto before = world.directory.read();
    ASSERT_TRUE(world.write([&](storage::Unit& unit) {
        return world.tenants.suspend(system_context(), unit, "acme", std::nullopt);
    }));
    EXPECT_EQ(before->find("acme")->state, TenantState::kActive);
    EXPECT_EQ(world.directory.read()->find("acme")->state, TenantState::kSuspended);
}

TEST(Snapshots, LoadOnlyWhatMovedUnlessToldToReload) {
    struct Counter final : Snapshot {
        std::string_view snapshot_name() const noexcept override { return "flags"; }
        base::Status load(storage::Unit&) override {
            ++loads;
            return {};
        }
        int loads = 0;
    };
    World world;
    Counter counter;
    world.snapshots.add(counter);
    ASSERT_TRUE(world.snapshots.refresh());
    ASSERT_TRUE(world.snapshots.refresh());
    world.make_tenant("acme");
    EXPECT_EQ(counter.loads, 1);
    ASSERT_TRUE(world.write([](storage::Unit& unit) { return bump_snapshot(unit, "flags"); }));
    EXPECT_EQ(counter.loads, 2);
    ASSERT_TRUE(world.snapshots.refresh_unless([] { return true; }));
    ASSERT_TRUE(world.snapshots.refresh_unless([] { return false; }));
    EXPECT_EQ(counter.loads, 2);
    ASSERT_TRUE(world.snapshots.reload());
    EXPECT_EQ(counter.loads, 3);
    EXPECT_FALSE(world.write([](storage::Unit& unit) { return bump_snapshot(unit, "nothing"); }));
}

TEST(PluginService, ThePlanDecidesUntilTheTenantDoes) {
    World world;
    PluginService plugins(world.clock);
    const auto tenant = world.make_tenant("acme");
    ASSERT_TRUE(world.write([&](storage::Unit& unit) {
        return plugins.set_bundled_plugins(unit, {"workflows", "milestones"});
    }));
    EXPECT_TRUE(world.directory.read()->plugin_enabled(tenant.id, "milestones"));
    EXPECT_FALSE(world.directory.read()->plugin_enabled(tenant.id, "rules"));
    EXPECT_FALSE(world.directory.read()->plugin_enabled(base::Uuid{}, "milestones"));
    EXPECT_EQ(world.directory.read()->plugin_settings(tenant.id, "milestones"), "{}");

    const auto put = world.write([&](storage::Unit& unit) {
        return plugins.put(system_context(), unit, "acme", "milestones", false, R"({ "a": 1 })", 0);
    });
    ASSERT_TRUE(put);
    EXPECT_EQ(put->version, 1);
    EXPECT_FALSE(world.directory.read()->plugin_enabled(tenant.id, "milestones"));
    EXPECT_EQ(world.directory.read()->plugin_settings(tenant.id, "milestones"), R"({"a":1})");
    EXPECT_TRUE(world.directory.read()->plugin_enabled(tenant.id, "workflows"));
}

TEST(PluginService, RefusesWhatIsWrong) {
    World world;
    PluginService plugins(world.clock);
    world.make_tenant("acme");
    const auto code = [&](std::string_view slug, std::string_view settings,
                          std::optional<std::int64_t> version) {
        const auto put = world.write([&](storage::Unit& unit) {
            return plugins.put(system_context(), unit, slug, "milestones", true, settings, version);
        });
        return put ? std::string() : put.error().code;
    };
    EXPECT_EQ(code("nobody", "{}", {}), "tenant_not_found");
    EXPECT_EQ(code("acme", "[]", {}), "invalid_settings");
    EXPECT_EQ(code("acme", R"({"a":1,"a":1})", {}), "invalid_settings");
    EXPECT_EQ(code("acme", "{}", 7), "version_mismatch");
    EXPECT_EQ(code("acme", "{}", 0), "");
    EXPECT_EQ(code("acme", "{}", 0), "version_mismatch");
    EXPECT_EQ(code("acme", "{}", 1), "");
}

TEST(Snapshots, ReadersSeeWholeGenerationsWhileWritersWrite) {
    World world;
    world.make_tenant("acme");
    std::atomic<bool> done{false};
    std::atomic<int> faults{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 4; ++i)
        readers.emplace_back([&] {
            std::int64_t last = 0;
            while (!done) {
                const auto map = world.directory.read();
                const auto* const tenant = map->find("acme");
                // Each writer step sets the name to the version that it makes.
                if (tenant == nullptr || tenant->version < last ||
                    (tenant->version > 2 && tenant->name != std::to_string(tenant->version)))
                    ++faults;
                else
                    last = tenant->version;
            }
        });
    std::vector<std::thread> writers;
    for (int i = 0; i < 2; ++i)
        writers.emplace_back([&] {
            for (int n = 0; n < 40;) {
                const auto updated = run_core(
                    *world.database, world.clock, storage::Access::kWrite,
                    [&](storage::Unit& unit) -> base::Result<Tenant> {
                        MORTISE_TRY_ASSIGN(const auto now, world.tenants.get(unit, "acme"));
                        const TenantPatch patch{.name = std::to_string(now.version + 1)};
                        return world.tenants.update(system_context(), unit, "acme", patch, now.version);
                    });
                // On PostgreSQL the other writer can come between the reading and the writing.
                if (!updated.ok() && updated.error().code == "version_mismatch") continue;
                if (!updated.ok() || !world.snapshots.refresh()) ++faults;
                ++n;
            }
        });
    for (auto& writer : writers)
        writer.join();
    done = true;
    for (auto& reader : readers)
        reader.join();
    EXPECT_EQ(faults, 0);
    EXPECT_EQ(world.directory.read()->find("acme")->version, 82);
}

}  // namespace
}  // namespace mortise::tenancy
