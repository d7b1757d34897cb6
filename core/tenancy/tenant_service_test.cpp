#include "core/tenancy/tenant_service.hpp"

#include "core/base/file.hpp"
#include "core/tenancy/tenant_repository.hpp"
#include "core/tenancy/test_world.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

namespace mortise::tenancy {
namespace {

// A room with rows of its own, which notes what is asked of it.
class FakeData final : public TenantData {
 public:
    base::Status export_rows(storage::Unit&, const base::Uuid&, const ExportSink& sink) override {
        return sink("thing", "1", R"({"name":"a thing"})");
    }
    base::Status remove_rows(storage::Unit&, const base::Uuid& tenant) override {
        removed.insert(tenant);
        return {};
    }
    std::set<base::Uuid> removed;
};

class TenantServiceTest : public ::testing::Test {
 protected:
    std::string code_of(const base::Status& status) { return status ? "" : status.error().code; }
    template <class T>
    std::string code_of(const base::Result<T>& result) {
        return result ? "" : result.error().code;
    }
    auto suspend(std::string_view slug, std::optional<std::int64_t> version = {}) {
        return world.write(
            [&](storage::Unit& unit) { return world.tenants.suspend(context, unit, slug, version); });
    }
    auto resume(std::string_view slug) {
        return world.write(
            [&](storage::Unit& unit) { return world.tenants.resume(context, unit, slug, {}); });
    }
    auto get(std::string_view slug) {
        return world.read([&](storage::Unit& unit) { return world.tenants.get(unit, slug); });
    }

    FakeData data;
    World world{{&data}};
    base::RequestContext context = system_context();
};

TEST_F(TenantServiceTest, CreatesATenantThatIsReadyToUse) {
    const auto made = world.tenants.create(context, {.slug = "acme", .name = "Acme & Söhne"});
    ASSERT_TRUE(made);
    EXPECT_EQ(made->state, TenantState::kActive);
    EXPECT_EQ(made->plan, "standard");
    EXPECT_TRUE(world.database->begin_tenant(made->id, storage::Access::kRead, test::soon()));
    const auto again = get("acme");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->name, "Acme & Söhne");
    EXPECT_EQ(again->version, made->version);
}

TEST_F(TenantServiceTest, RefusesWhatIsWrong) {
    world.make_tenant("acme");
    EXPECT_EQ(code_of(world.tenants.create(context, {.slug = "acme", .name = "x"})), "slug_taken");
    EXPECT_EQ(code_of(world.tenants.create(context, {.slug = "ACME", .name = "x"})), "invalid_tenant");
    EXPECT_EQ(code_of(world.tenants.create(context, {.slug = "other", .name = "x", .plan = "gold"})),
              "plan_not_found");
    EXPECT_EQ(code_of(get("other")), "tenant_not_found");
}

TEST_F(TenantServiceTest, ListsPageByPage) {
    for (int i = 0; i < 5; ++i)
        world.make_tenant("tenant" + std::to_string(i));
    std::vector<std::string> slugs;
    PageRequest request{.limit = 2};
    int pages = 0;
    do {
        const auto page = world.read([&](storage::Unit& unit) { return world.tenants.list(unit, request); });
        ASSERT_TRUE(page);
        EXPECT_LE(page->items.size(), 2U);
        for (const auto& tenant : page->items)
            slugs.push_back(tenant.slug);
        request.cursor = page->next_cursor;
        ++pages;
    } while (!request.cursor.empty());
    EXPECT_EQ(pages, 3);
    EXPECT_EQ(slugs, (std::vector<std::string>{"tenant0", "tenant1", "tenant2", "tenant3", "tenant4"}));
}

TEST_F(TenantServiceTest, UpdatesUnderTheVersionThatWasRead) {
    const auto tenant = world.make_tenant("acme");
    const auto update = [&](const TenantPatch& patch, std::optional<std::int64_t> version) {
        return world.write(
            [&](storage::Unit& unit) { return world.tenants.update(context, unit, "acme", patch, version); });
    };
    const auto renamed = update({.name = "New"}, tenant.version);
    ASSERT_TRUE(renamed);
    EXPECT_EQ(renamed->name, "New");
    EXPECT_EQ(renamed->version, tenant.version + 1);
    EXPECT_EQ(code_of(update({.name = "Other"}, tenant.version)), "version_mismatch");
    EXPECT_EQ(update({.name = "New", .plan = "standard"}, {})->version, renamed->version)
        << "nothing changed";
    EXPECT_EQ(update({}, {})->version, renamed->version);
    EXPECT_EQ(code_of(update({.plan = "gold"}, {})), "plan_not_found");
    EXPECT_EQ(code_of(update({.name = ""}, {})), "invalid_tenant");
    EXPECT_EQ(get("acme")->name, "New");
}

TEST_F(TenantServiceTest, SuspendsAndResumes) {
    world.make_tenant("acme");
    EXPECT_EQ(suspend("acme")->state, TenantState::kSuspended);
    const auto version = get("acme")->version;
    EXPECT_EQ(suspend("acme")->version, version);  // nothing left to do
    EXPECT_EQ(resume("acme")->state, TenantState::kActive);
    EXPECT_EQ(code_of(suspend("acme", version)), "version_mismatch");
    EXPECT_EQ(code_of(suspend("nobody")), "tenant_not_found");
}

TEST_F(TenantServiceTest, ExportsTheTenantsFileAndItsRowsOfCore) {
    world.make_tenant("acme");
    const auto made = world.tenants.export_tenant(context, "acme");
    ASSERT_TRUE(made) << made.error().log_text;
    EXPECT_TRUE(std::filesystem::is_regular_file(made->folder / "tenant.db"));
    const auto rows = nlohmann::json::parse(*base::read_file(made->folder / "core.json", 1 << 20));
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0]["kind"], "tenant");
    EXPECT_EQ(rows[0]["row"]["slug"], "acme");
    EXPECT_EQ(rows[1]["row"]["name"], "a thing");
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(made->folder).permissions() & (perms::group_all | perms::others_all),
              perms::none);
    EXPECT_EQ(code_of(world.tenants.export_tenant(context, "nobody")), "tenant_not_found");
}

TEST_F(TenantServiceTest, DeletesOnlyWhatWasExported) {
    const auto tenant = world.make_tenant("acme");
    EXPECT_EQ(code_of(world.tenants.remove(context, "acme", {})), "export_required");
    world.clock.advance_s(1);
    ASSERT_TRUE(world.tenants.export_tenant(context, "acme"));
    world.clock.advance_s(1);
    ASSERT_TRUE(suspend("acme"));
    EXPECT_EQ(code_of(world.tenants.remove(context, "acme", {})), "export_required");
    world.clock.advance_s(1);
    ASSERT_TRUE(world.tenants.export_tenant(context, "acme"));
    EXPECT_EQ(code_of(world.tenants.remove(context, "acme", 99)), "version_mismatch");
    ASSERT_EQ(code_of(world.tenants.remove(context, "acme", {})), "");
    EXPECT_EQ(code_of(get("acme")), "tenant_not_found");
    EXPECT_EQ(world.directory.read()->find("acme"), nullptr);
    EXPECT_TRUE(data.removed.contains(tenant.id));
    // The slug is free again, and what comes under it is another tenant.
    EXPECT_NE(world.make_tenant("acme").id, tenant.id);
}

// A repeated request finds it done, though this node has not heard of it yet.
TEST_F(TenantServiceTest, ATenantThatAnotherNodeFinishedCanBeUsedOnceItIsAnswered) {
    auto begun = world.write([&](storage::Unit& unit) {
        return world.tenants.begin_creation(context, unit, {.slug = "acme", .name = "Acme"});
    });
    ASSERT_TRUE(begun);
    begun->state = TenantState::kActive;
    ++begun->version;
    ASSERT_TRUE(run_core(*world.database, world.clock, storage::Access::kWrite,
                         [&](storage::Unit& unit) -> base::Result<bool> {
                             MORTISE_TRY(bump_snapshot(unit, Directory::kName));
                             return repository::update(unit, *begun);
                         }));
    EXPECT_EQ(world.directory.read()->find("acme")->state, TenantState::kCreating);
    ASSERT_TRUE(world.tenants.finish_creation(begun->id));
    EXPECT_EQ(world.directory.read()->find("acme")->state, TenantState::kActive);
}

TEST_F(TenantServiceTest, ADeletionThatStoppedHalfWayGoesOnWhenAskedAgain) {
    auto dying = world.make_tenant("dying");
    dying.state = TenantState::kDeleting;
    ++dying.version;
    ASSERT_TRUE(world.write([&](storage::Unit& unit) { return repository::update(unit, dying); }));
    EXPECT_EQ(code_of(suspend("dying")), "tenant_busy");
    EXPECT_EQ(code_of(world.tenants.remove(context, "dying", {})), "");
    EXPECT_EQ(code_of(get("dying")), "tenant_not_found");
    EXPECT_EQ(code_of(world.tenants.remove(context, "dying", {})), "tenant_not_found");
}

TEST_F(TenantServiceTest, RemovesWhatACrashLeftOfExports) {
    world.make_tenant("acme");
    EXPECT_EQ(code_of(world.tenants.discard_unfinished_exports()), "") << "there are none yet";
    const auto whole = world.tenants.export_tenant(context, "acme");
    ASSERT_TRUE(whole);
    const auto half = whole->folder.parent_path() / "0190f2c0-0000-7000-8000-000000000001.unfinished";
    std::filesystem::create_directories(half);
    ASSERT_TRUE(base::write_file(half / "tenant.db", "half", 0600));
    ASSERT_EQ(code_of(world.tenants.discard_unfinished_exports()), "");
    EXPECT_FALSE(std::filesystem::exists(half));
    EXPECT_TRUE(std::filesystem::exists(whole->folder / "tenant.db"));
}

// What is under way in another thread or node is left alone for a while.
TEST_F(TenantServiceTest, FinishesOnlyWhatIsOldEnough) {
    ASSERT_TRUE(world.write([&](storage::Unit& unit) {
        return world.tenants.begin_creation(context, unit, {.slug = "young", .name = "Young"});
    }));
    ASSERT_EQ(code_of(world.tenants.resume_unfinished(world.clock.now())), "");
    EXPECT_EQ(get("young")->state, TenantState::kCreating);
    world.clock.advance_s(1);
    ASSERT_EQ(code_of(world.tenants.resume_unfinished(world.clock.now())), "");
    EXPECT_EQ(get("young")->state, TenantState::kActive);
}

// The tenants' folder takes nothing: those that are to be made wait, and those that are to go do not.
TEST_F(TenantServiceTest, OneThatCannotBeFinishedHoldsUpNoOther) {
    if (world.database->engine() != storage::Engine::kSqlite) return;  // there is nothing that could fail
    auto dying = world.make_tenant("dying");
    for (const std::string slug : {"first", "second"})
        ASSERT_TRUE(world.write([&](storage::Unit& unit) {
            return world.tenants.begin_creation(context, unit, {.slug = slug, .name = slug});
        }));
    // A folder where the first one's file is to be.
    const auto blocked = world.database.settings().directory / "tenants" /
                         (get("first")->id.to_string() + ".db.new") / "occupied";
    std::filesystem::create_directories(blocked);
    dying.state = TenantState::kDeleting;
    ++dying.version;
    ASSERT_TRUE(world.write([&](storage::Unit& unit) { return repository::update(unit, dying); }));
    EXPECT_NE(code_of(world.tenants.resume_unfinished()), "");
    EXPECT_EQ(get("first")->state, TenantState::kCreating);
    EXPECT_EQ(get("second")->state, TenantState::kActive);
    EXPECT_EQ(code_of(get("dying")), "tenant_not_found");
    std::filesystem::remove_all(blocked.parent_path());
    EXPECT_EQ(code_of(world.tenants.resume_unfinished()), "");
    EXPECT_EQ(get("first")->state, TenantState::kActive);
}

TEST_F(TenantServiceTest, FinishesWhatACrashInterrupted) {
    // Between the first step of a creation and the second.
    ASSERT_TRUE(world.write([&](storage::Unit& unit) {
        return world.tenants.begin_creation(context, unit, {.slug = "half", .name = "Half"});
    }));
    EXPECT_EQ(get("half")->state, TenantState::kCreating);
    EXPECT_EQ(code_of(suspend("half")), "tenant_busy");
    // In the middle of a deletion: marked, and its file already dropped.
    auto dying = world.make_tenant("dying");
    dying.state = TenantState::kDeleting;
    ++dying.version;
    ASSERT_TRUE(world.write([&](storage::Unit& unit) { return repository::update(unit, dying); }));
    ASSERT_TRUE(world.database->drop_tenant(dying.id));

    ASSERT_EQ(code_of(world.tenants.resume_unfinished()), "");
    EXPECT_EQ(get("half")->state, TenantState::kActive);
    EXPECT_EQ(code_of(get("dying")), "tenant_not_found");
    EXPECT_TRUE(data.removed.contains(dying.id));
    EXPECT_EQ(code_of(world.tenants.resume_unfinished()), "");
}

}  // namespace
}  // namespace mortise::tenancy
