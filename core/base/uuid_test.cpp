#include "core/base/uuid.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace mortise::base {
namespace {

// The example of RFC 9562, appendix A.6.
constexpr std::string_view kExample = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";

TEST(Uuid, TextFormRoundTrips) {
    const auto id = Uuid::parse(kExample);
    ASSERT_TRUE(id);
    EXPECT_EQ(id->to_string(), kExample);
    EXPECT_EQ(Uuid::parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), id);
    EXPECT_EQ(Uuid::from_bytes(id->as_bytes()), id);
}

TEST(Uuid, RefusesEveryOtherForm) {
    for (const std::string_view bad :
         {"", "017f22e279b07cc398c4dc0c0c07398f", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
          "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
          "017f22e2079b0-7cc3-98c4-dc0c0c07398f", "-17f22e2-79b0-7cc3-98c4-dc0c0c07398f"})
        EXPECT_FALSE(Uuid::parse(bad)) << bad;
    EXPECT_FALSE(Uuid::from_bytes("too short"));
}

class FixedClock final : public Clock {
 public:
    Micros now() const noexcept override { return 1645557742000 * Micros{1000}; }
    Monotonic monotonic() const noexcept override { return {}; }
};

TEST(Uuid, NewOnesCarryTheTimeVersionAndVariant) {
    const std::string text = new_uuid(FixedClock()).to_string();
    EXPECT_EQ(text.substr(0, 13), "017f22e2-79b0");
    EXPECT_EQ(text[14], '7');
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
}

TEST(Uuid, NewOnesRiseAndAreUniqueAcrossThreads) {
    const SystemClock clock;
    std::vector<std::vector<Uuid>> made(4);
    std::vector<std::jthread> threads;
    for (auto& mine : made)
        threads.emplace_back([&mine, &clock] {
            for (int i = 0; i < 20000; ++i)
                mine.push_back(new_uuid(clock));
        });
    threads.clear();
    std::set<Uuid> all;
    for (const auto& mine : made) {
        EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
        all.insert(mine.begin(), mine.end());
    }
    EXPECT_EQ(all.size(), 80000U);
}

}  // namespace
}  // namespace mortise::base
