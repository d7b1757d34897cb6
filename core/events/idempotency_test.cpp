#include "core/events/idempotency.hpp"

#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>

namespace mortise::events {
namespace {

using storage::Access;
using storage::Unit;

// A clock that the test sets.
class SetClock final : public base::Clock {
 public:
    base::Micros now() const noexcept override { return now_; }
    base::Monotonic monotonic() const noexcept override { return base::Monotonic::clock::now(); }
    void set(base::Micros now) { now_ = now; }

 private:
    base::Micros now_ = 1'000'000'000'000'000;
};

// In a tenant's database and in the core's.
class IdempotencyTest : public ::testing::TestWithParam<bool> {
 protected:
    IdempotencyTest() : tenant_(GetParam() ? database_.make_tenant() : base::Uuid{}) {}
    std::unique_ptr<Unit> begin(Access access) {
        auto unit = tenant_.is_nil() ? database_->begin_core(access, test::soon())
                                     : database_->begin_tenant(tenant_, access, test::soon());
        if (!unit.ok()) throw std::runtime_error(unit.error().log_text);
        return std::move(unit).value();
    }
    SetClock clock_;
    IdempotencyStore store_{clock_};
    test::TestDatabase database_;
    base::Uuid tenant_;
    const IdempotencyKey key_{*base::Uuid::parse("0190f2c0-0000-7000-8000-00000000000a"), "POST /api/v1/x",
                              "k 1"};
};

TEST_P(IdempotencyTest, FindsWhatWasInserted) {
    auto unit = begin(Access::kWrite);
    ASSERT_FALSE((*store_.find(*unit, key_)).has_value());
    const IdempotentAnswer answer{std::string("\0\1\2", 3), 201, "[]", std::string("{\"a\":\0}", 7)};
    ASSERT_TRUE(store_.insert(*unit, key_, answer).ok());
    ASSERT_TRUE(unit->commit().ok());
    unit = begin(Access::kRead);
    const auto found = *store_.find(*unit, key_);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->request_hash, answer.request_hash);
    EXPECT_EQ(found->status, 201);
    EXPECT_EQ(found->headers, "[]");
    EXPECT_EQ(found->body, answer.body);
    auto other = key_;
    other.route = "POST /api/v1/y";
    EXPECT_FALSE((*store_.find(*unit, other)).has_value());
}

TEST_P(IdempotencyTest, TheSecondOfTwoIsRefused) {
    auto unit = begin(Access::kWrite);
    const IdempotentAnswer secret{"h", 201, "", std::nullopt};
    ASSERT_TRUE(store_.insert(*unit, key_, secret).ok());
    EXPECT_FALSE((*store_.find(*unit, key_))->body.has_value());
    const auto again = store_.insert(*unit, key_, secret);
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().code, storage::kUnique);
}

TEST_P(IdempotencyTest, ForgetsAfterADay) {
    constexpr base::Micros kHour = 3'600'000'000;
    auto second = key_;
    second.key = "k 2";
    auto unit = begin(Access::kWrite);
    ASSERT_TRUE(store_.insert(*unit, key_, {"h", 200, "", ""}).ok());
    clock_.set(clock_.now() + 23 * kHour);
    ASSERT_TRUE(store_.insert(*unit, second, {"h", 200, "", ""}).ok());
    EXPECT_TRUE((*store_.find(*unit, key_)).has_value());
    clock_.set(clock_.now() + 2 * kHour);
    EXPECT_FALSE((*store_.find(*unit, key_)).has_value());
    ASSERT_TRUE(store_.purge(*unit).ok());
    EXPECT_TRUE(store_.insert(*unit, key_, {"h", 200, "", ""}).ok()) << "the key is free again";
    EXPECT_TRUE((*store_.find(*unit, second)).has_value());
}

INSTANTIATE_TEST_SUITE_P(TenantAndCore, IdempotencyTest, ::testing::Bool());

}  // namespace
}  // namespace mortise::events
