#include "core/audit/trail.hpp"

#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace mortise::audit {
namespace {

using storage::Access;
using storage::Statement;
using storage::Unit;

// In a tenant's database and in the core's.
class TrailTest : public ::testing::TestWithParam<bool> {
 protected:
    TrailTest() : trail_(database_.clock()), tenant_(GetParam() ? database_.make_tenant() : base::Uuid{}) {
        context_.request_id = base::new_uuid(database_.clock());
        context_.principal = {base::PrincipalKind::kUser, base::new_uuid(database_.clock()), "u"};
        context_.actor = context_.principal;
    }
    std::unique_ptr<Unit> begin(Access access) {
        auto unit = tenant_.is_nil() ? database_->begin_core(access, test::soon())
                                     : database_->begin_tenant(tenant_, access, test::soon());
        if (!unit.ok()) throw std::runtime_error(unit.error().log_text);
        return std::move(unit).value();
    }
    bool append(const Entry& entry) {
        auto unit = begin(Access::kWrite);
        const auto done = trail_.append(*unit, context_, entry);
        EXPECT_TRUE(done.ok()) << done.error().log_text;
        return done.ok() && unit->commit().ok();
    }
    void append_five() {
        for (int i = 1; i <= 5; ++i)
            ASSERT_TRUE(
                append({"identity.login", "success", "t" + std::to_string(i), "{}", "eve@example.org"}));
    }
    // Runs a text past the trail, as somebody with the file or a database role could.
    void tamper(const std::string& sql) {
        auto unit = begin(Access::kWrite);
        const Statement statement("test.tamper", sql, {});
        const auto done = unit->run(statement, {});
        ASSERT_TRUE(done.ok()) << done.error().log_text;
        ASSERT_GT(*done, 0);
        ASSERT_TRUE(unit->commit().ok());
    }
    Verification verify() {
        const auto result = trail_.verify(*begin(Access::kRead));
        EXPECT_TRUE(result.ok());
        return result.ok() ? *result : Verification{0, -1, "failed"};
    }

    test::TestDatabase database_;
    Trail trail_;
    base::Uuid tenant_;
    base::RequestContext context_;
};

TEST_P(TrailTest, AnEmptyChainIsIntact) {
    EXPECT_TRUE(verify().intact());
    EXPECT_EQ(verify().rows, 0);
}

TEST_P(TrailTest, KeepsAndListsRows) {
    append_five();
    EXPECT_TRUE(verify().intact()) << verify().reason;
    EXPECT_EQ(verify().rows, 5);
    const auto newest = *trail_.list(*begin(Access::kRead), 0, 2);
    ASSERT_EQ(newest.size(), 2U);
    EXPECT_EQ(newest[0].position, 5);
    EXPECT_EQ(newest[0].target, "t5");
    EXPECT_EQ(newest[0].principal, context_.principal.id);
    EXPECT_EQ(newest[0].request, context_.request_id);
    EXPECT_EQ(newest[0].personal, "eve@example.org");
    const auto older = *trail_.list(*begin(Access::kRead), 4, 10);
    ASSERT_EQ(older.size(), 3U);
    EXPECT_EQ(older[0].position, 3);
}

TEST_P(TrailTest, FindsWhatWasTamperedWith) {
    append_five();
    tamper("UPDATE audit SET target = 'x' WHERE position = 3");
    EXPECT_EQ(verify().broken_at, 3);
    tamper("UPDATE audit SET target = 't3' WHERE position = 3");
    ASSERT_TRUE(verify().intact());

    tamper("UPDATE audit SET occurred_at = occurred_at + 1 WHERE position = 2");
    EXPECT_EQ(verify().broken_at, 2);
    tamper("UPDATE audit SET occurred_at = occurred_at - 1 WHERE position = 2");

    tamper("UPDATE audit SET personal = 'bob@example.org' WHERE position = 4");
    EXPECT_EQ(verify().broken_at, 4);
    tamper("UPDATE audit SET personal = 'eve@example.org' WHERE position = 4");
    ASSERT_TRUE(verify().intact());

    tamper("DELETE FROM audit WHERE position = 5");
    EXPECT_EQ(verify().broken_at, 5) << "the end is missing";
    tamper("DELETE FROM audit WHERE position = 2");
    EXPECT_EQ(verify().broken_at, 2);
}

TEST_P(TrailTest, ErasingAPersonKeepsTheChain) {
    append_five();
    const auto person = context_.principal.id;
    context_.principal.id = base::new_uuid(database_.clock());
    append_five();
    auto unit = begin(Access::kWrite);
    EXPECT_EQ(*trail_.erase_personal(*unit, person), 5);
    ASSERT_TRUE(unit->commit().ok());
    unit.reset();
    EXPECT_TRUE(verify().intact()) << verify().reason;
    const auto rows = *trail_.list(*begin(Access::kRead), 0, 10);
    ASSERT_EQ(rows.size(), 10U);
    EXPECT_TRUE(rows[0].personal.has_value());
    EXPECT_FALSE(rows[9].personal.has_value());
    EXPECT_TRUE(rows[9].personal_salt.empty());
}

TEST_P(TrailTest, ManyWritersMakeOneChain) {
    std::vector<std::thread> threads;
    std::atomic<int> failures{0};
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 10; ++i)
                if (!append({"identity.login", "denied", "t", "{}", std::nullopt})) ++failures;
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(verify().rows, 40);
    EXPECT_TRUE(verify().intact()) << verify().reason;
}

TEST_P(TrailTest, RefusesWrongEntries) {
    for (const auto& bad : {Entry{"", "success", "", "{}", {}}, Entry{"a", "perhaps", "", "{}", {}},
                            Entry{"a", "success", std::string(201, 'x'), "{}", {}}})
        EXPECT_FALSE(trail_.append(*begin(Access::kWrite), context_, bad).ok());
}

INSTANTIATE_TEST_SUITE_P(TenantAndCore, TrailTest, ::testing::Bool());

}  // namespace
}  // namespace mortise::audit
