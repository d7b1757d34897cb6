#include "core/flags/flag_tally.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mortise::flags {
namespace {

// Of a set: each text stands at one place.
class FlagTallyTest : public testing::Test {
 protected:
    Evaluation answer(const std::string& key, const std::string& variant) {
        return {.found = true,
                .key = *texts_.insert(key).first,
                .reason = Reason::kStatic,
                .error = ErrorCode::kNone,
                .detail = {},
                .variant = variant.empty() ? std::string_view() : *texts_.insert(variant).first};
    }
    void count(const std::string& key, const std::string& variant, int times = 1) {
        for (int i = 0; i < times; ++i)
            tally_.count(answer(key, variant), [this](std::span<const FlagCount> counts) { take(counts); });
    }
    void empty() {
        tally_.empty([this](std::span<const FlagCount> counts) { take(counts); });
    }
    void take(std::span<const FlagCount> counts) {
        ++times_;
        EXPECT_LE(counts.size(), FlagTally::kMost);
        for (const auto& one : counts)
            counted_[std::string(one.key) + " " + std::string(one.variant)] += one.count;
    }

    using Counted = std::map<std::string, std::uint64_t>;
    std::set<std::string> texts_;
    FlagTally tally_;
    Counted counted_;
    int times_ = 0;
};

TEST_F(FlagTallyTest, AnswersAreCountedByFlagAndVariant) {
    count("f", "on", 3);
    count("f", "off");
    count("g", "on", 2);
    count("g", "");
    EXPECT_EQ(times_, 0) << "there was room";
    empty();
    EXPECT_EQ(counted_, (Counted{{"f on", 3}, {"f off", 1}, {"g on", 2}, {"g ", 1}}));
    count("f", "on");
    empty();
    EXPECT_EQ(counted_["f on"], 4U);
    EXPECT_EQ(times_, 2);
}

TEST_F(FlagTallyTest, WhatIsNotThereIsNotCounted) {
    Evaluation missing = answer("f", "");
    missing.found = false;
    tally_.count(missing, [](std::span<const FlagCount>) { FAIL(); });
    tally_.empty([](std::span<const FlagCount>) { FAIL() << "there is nothing"; });
}

TEST_F(FlagTallyTest, NothingIsLostForLackOfRoom) {
    Counted expected;
    for (int round = 0; round < 3; ++round)
        for (int i = 0; i < 200; ++i) {
            const std::string key = "flag-" + std::to_string(i);
            count(key, i % 2 == 0 ? "on" : "off", 1 + i % 3);
            expected[key + (i % 2 == 0 ? " on" : " off")] += 1U + static_cast<unsigned>(i % 3);
        }
    EXPECT_EQ(times_, 600 / 64);
    empty();
    EXPECT_EQ(counted_, expected);
}

TEST_F(FlagTallyTest, ACountHasALimitAndGoesOnAnew) {
    const auto one = answer("f", "on");
    const auto sink = [this](std::span<const FlagCount> counts) {
        EXPECT_LE(counts[0].count, FlagTally::kMostOfOne);
        take(counts);
    };
    for (std::uint32_t i = 0; i < FlagTally::kMostOfOne + 7; ++i)
        tally_.count(one, sink);
    EXPECT_EQ(times_, 1);
    empty();
    EXPECT_EQ(counted_["f on"], FlagTally::kMostOfOne + 7);
}

}  // namespace
}  // namespace mortise::flags
