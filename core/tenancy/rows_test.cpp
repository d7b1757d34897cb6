#include "core/tenancy/rows.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mortise::tenancy {
namespace {

// The database is lost in its first statement.
class LostUnit final : public storage::Unit {
 public:
    using Unit::run;
    base::Result<std::int64_t> run(const storage::Statement& statement, std::span<const storage::Value>,
                                   const storage::RowSink&) override {
        ran += std::string(statement.name()) + ' ';
        if (ran != "first ") return base::internal_error("the unit of work is over");
        return base::Error{base::ErrorKind::kUnavailable, "storage_lost", ""};
    }
    base::Status commit() override { return {}; }
    void abandon() noexcept override {}
    storage::Access access() const noexcept override { return storage::Access::kRead; }
    base::Uuid tenant() const noexcept override { return {}; }
    base::Status as_plugin(std::string_view, base::FunctionRef<base::Status()>) override { return {}; }

    std::string ran;
};

TEST(Rows, OfTwoQueriesTheFirstFaultIsTold) {
    const storage::Statement first{"first", "SELECT 1", {}, {storage::Type::kInteger}};
    const storage::Statement second{"second", "SELECT 2", {}, {storage::Type::kInteger}};
    LostUnit unit;
    const auto rows = read_both(unit, first, second, {}, [](const storage::Row& row) {
        return base::Result<std::int64_t>(row.integer(0));
    });
    ASSERT_FALSE(rows.ok());
    EXPECT_EQ(rows.error().code, "storage_lost");
    EXPECT_EQ(unit.ran, "first ");
}

}  // namespace
}  // namespace mortise::tenancy
