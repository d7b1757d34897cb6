#include "licenses/document/time_mark.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mortise::licenses {
namespace {

constexpr Seconds kStart = 1'800'000'000;
constexpr Seconds kHour = 3600, kDays = 86400, kYears = 365 * kDays;

// A machine with its true time, a clock that may differ from it, and a mark that is told once a minute.
struct Machine {
    TimeMark mark{kStart};
    Seconds truth = kStart;
    Seconds wrong_by = 0;

    Seconds clock() const { return truth + wrong_by; }
    Seconds effective() const { return mark.effective(clock()); }
    void run(Seconds time) {
        for (; time > 0; time -= 60) {
            truth += 60;
            mark.observe(clock(), 60);
        }
    }
    void off(Seconds time) {
        truth += time;
        mark.observe(clock(), 0);
    }
};

TEST(TimeMark, FollowsARightClock) {
    Machine machine;
    machine.run(30 * kDays);
    EXPECT_EQ(machine.effective(), machine.truth);
    EXPECT_EQ(machine.mark.mark(), machine.truth);
}

TEST(TimeMark, AClockSetBackGainsNothing) {
    Machine machine;
    machine.run(10 * kDays);
    machine.wrong_by = -1 * kYears;
    machine.run(10 * kDays);
    EXPECT_EQ(machine.effective(), machine.truth);
    EXPECT_TRUE(machine.mark.clock_is_behind(machine.clock()));
    machine.wrong_by = 0;
    machine.run(60);
    EXPECT_EQ(machine.effective(), machine.truth) << "put right again";
}

TEST(TimeMark, AClockThatIsStoppedGainsNothing) {
    Machine machine;
    for (int i = 0; i < 1000; ++i) {
        machine.mark.observe(kStart, 60);
        machine.truth += 60;
    }
    EXPECT_EQ(machine.mark.effective(kStart), machine.truth);
}

// The reason of the 24 hours: a wrong clock that is put right leaves no trace.
TEST(TimeMark, AForwardJumpThatIsPutRightWithinADay) {
    Machine machine;
    machine.run(kDays);
    machine.wrong_by = 50 * kYears;
    machine.run(23 * kHour);
    EXPECT_EQ(machine.effective(), machine.truth + 50 * kYears) << "believed for as long as it says so";
    machine.wrong_by = 0;
    machine.run(60);
    EXPECT_EQ(machine.effective(), machine.truth);
    machine.run(30 * kDays);
    EXPECT_EQ(machine.effective(), machine.truth);
}

TEST(TimeMark, ManyShortJumpsAddUpToNothing) {
    Machine machine;
    for (int i = 0; i < 40; ++i) {
        machine.wrong_by = 10 * kYears;
        machine.run(20 * kHour);
        machine.wrong_by = 0;
        machine.run(2 * kHour);
    }
    EXPECT_EQ(machine.effective(), machine.truth);
}

TEST(TimeMark, AfterADayTheJumpCounts) {
    Machine machine;
    machine.wrong_by = kYears;
    machine.run(25 * kHour);
    machine.wrong_by = 0;
    EXPECT_GE(machine.effective(), machine.truth + kYears - kHour);
}

TEST(TimeMark, ToTheSecond) {
    TimeMark mark(kStart);
    mark.observe(kStart + kYears, 0);  // the jump is seen
    mark.observe(kStart + kYears + kDays - 1, kDays - 1);
    EXPECT_EQ(mark.mark(), kStart + kDays - 1);
    mark.observe(kStart + kYears + kDays, 1);
    EXPECT_EQ(mark.mark(), kStart + kYears + kDays);
}

TEST(TimeMark, AMachineThatWasOffCatchesUp) {
    Machine machine;
    machine.run(kDays);
    machine.off(7 * kDays);
    EXPECT_EQ(machine.effective(), machine.truth) << "at once";
    EXPECT_EQ(machine.mark.mark(), machine.truth - 7 * kDays) << "but only by the clock";
    machine.run(25 * kHour);
    EXPECT_EQ(machine.mark.mark(), machine.truth);
}

TEST(TimeMark, OfficeHoursAddUp) {
    Machine machine;
    for (int day = 0; day < 10; ++day) {
        machine.run(8 * kHour);
        machine.off(16 * kHour);
    }
    EXPECT_EQ(machine.effective(), machine.truth);
    EXPECT_GT(machine.mark.mark(), machine.truth - 4 * kDays);
}

// A jump while the mark still lags from a time without power raises it no further than that lag.
TEST(TimeMark, AJumpOnTopOfARealGap) {
    Machine machine;
    machine.off(3 * kDays);
    machine.run(10 * kHour);
    machine.wrong_by = 20 * kYears;
    machine.run(13 * kHour);
    machine.wrong_by = 0;
    machine.run(5 * kHour);
    EXPECT_EQ(machine.effective(), machine.truth);
}

TEST(TimeMark, SignedDocumentsAreEvidence) {
    TimeMark mark(kStart);
    mark.observe_signed(kStart + 5 * kDays);
    EXPECT_EQ(mark.effective(kStart), kStart + 5 * kDays);
    mark.observe_signed(kStart + kDays);
    EXPECT_EQ(mark.mark(), kStart + 5 * kDays) << "an older one lowers nothing";
}

// The mark went wrong for good, and a licence issued after that mends it.
TEST(TimeMark, ANewerLicenceForgivesAJump) {
    Machine machine;
    machine.wrong_by = 50 * kYears;
    machine.run(3 * kDays);
    machine.wrong_by = 0;
    machine.run(60);
    ASSERT_GT(machine.effective(), machine.truth + 49 * kYears);
    machine.mark.forgive_jumps(machine.truth - 4 * kDays);
    EXPECT_GT(machine.effective(), machine.truth + 49 * kYears) << "older than what is proven";
    machine.mark.forgive_jumps(machine.truth + 100);
    machine.truth += 120;
    EXPECT_EQ(machine.effective(), machine.truth);
}

TEST(TimeMark, RunningTimeIsNotForgiven) {
    Machine machine;
    machine.run(10 * kDays);
    machine.mark.forgive_jumps(kStart + 9 * kDays);
    EXPECT_EQ(machine.mark.mark(), kStart + 10 * kDays);
}

TEST(TimeMark, OfTwoNodesTheLaterCounts) {
    TimeMark a(kStart), b(kStart + 100);
    a.merge(b);
    EXPECT_EQ(a.mark(), kStart + 100);
    b.merge(TimeMark(kStart));
    EXPECT_EQ(b.mark(), kStart + 100);
}

// A node that was down while a licence forgave the jump brings its mark along afterwards.
TEST(TimeMark, WhatWasForgivenIsNotBroughtBackByAnotherNode) {
    Machine machine;
    machine.wrong_by = 50 * kYears;
    machine.run(3 * kDays);
    machine.wrong_by = 0;
    const TimeMark late = machine.mark;
    ASSERT_GT(late.mark(), machine.truth + 49 * kYears);
    machine.truth += 100;
    machine.mark.forgive_jumps(machine.truth);
    const TimeMark forgiven = machine.mark;
    ASSERT_EQ(forgiven.mark(), machine.truth);

    machine.mark.merge(late);
    EXPECT_EQ(machine.mark.mark(), machine.truth);
    TimeMark other = late;
    other.merge(forgiven);
    EXPECT_EQ(other.mark(), machine.truth) << "the node that was down learns of it";
    other.merge(late);
    EXPECT_EQ(other.mark(), machine.truth);
    // Also over a restart.
    other = TimeMark::open(forgiven.seal("s"), "s").value();
    other.merge(late);
    EXPECT_EQ(other.mark(), machine.truth);
    // What the late node can prove counts all the same.
    TimeMark proven = late;
    proven.observe_signed(machine.truth + kDays);
    machine.mark.merge(proven);
    EXPECT_EQ(machine.mark.mark(), machine.truth + kDays);
}

// As at every start: after a crash before the mark was kept, it forgives; else it changes nothing.
TEST(TimeMark, TheSameLicenceForgivesOnce) {
    Machine machine;
    machine.mark.forgive_jumps(kStart + kDays);
    machine.wrong_by = 50 * kYears;
    machine.run(3 * kDays);
    const Seconds before = machine.mark.mark();
    ASSERT_GT(before, kStart + 49 * kYears);
    machine.mark.forgive_jumps(kStart + kDays);
    EXPECT_EQ(machine.mark.mark(), before);
}

TEST(TimeMark, OddNumbersDoNoHarm) {
    TimeMark mark(kStart);
    mark.observe(-5, -10);
    EXPECT_EQ(mark.mark(), kStart);
    mark.observe(INT64_MAX, INT64_MAX);
    mark.observe(INT64_MIN, INT64_MIN);
    EXPECT_GE(mark.mark(), kStart);
    EXPECT_LE(mark.mark(), 253402300799);
    TimeMark{}.observe_signed(INT64_MAX);
}

TEST(TimeMark, SealedAndOpened) {
    Machine machine;
    machine.off(kDays);
    machine.run(kHour);
    const std::string text = machine.mark.seal("secret of this installation");
    EXPECT_EQ(text.find('\n'), std::string::npos);
    const auto back = TimeMark::open(text, "secret of this installation");
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, machine.mark);
    EXPECT_FALSE(TimeMark::open(text, "secret of another")) << "copied from another machine";
    EXPECT_FALSE(TimeMark::open("", "secret of this installation"));
    EXPECT_FALSE(TimeMark::open(text + " ", "secret of this installation"));
}

TEST(TimeMark, EveryChangeOfTheFileIsSeen) {
    const std::string text = TimeMark(kStart).seal("s");
    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
        std::string wrong = text;
        wrong[bit / 8] = static_cast<char>(static_cast<unsigned char>(wrong[bit / 8]) ^ (1u << (bit % 8)));
        EXPECT_FALSE(TimeMark::open(wrong, "s")) << "bit " << bit;
    }
    for (std::size_t size = 0; size < text.size(); ++size)
        EXPECT_FALSE(TimeMark::open(text.substr(0, size), "s"));
}

}  // namespace
}  // namespace mortise::licenses
