#include "milestone.hpp"

#include <gtest/gtest.h>

#include <string>

namespace milestones {
namespace {

std::string code_of(const std::optional<Fault>& fault) {
    return fault ? std::string(fault->code) : "ok";
}

TEST(Milestone, KeysAreShortAndPlain) {
    EXPECT_EQ(code_of(check_key("K30-01")), "ok");
    EXPECT_EQ(code_of(check_key("0")), "ok");
    EXPECT_EQ(code_of(check_key("a._-Z")), "ok");
    EXPECT_EQ(code_of(check_key(std::string(64, 'k'))), "ok");
    for (const std::string bad : {"", "-a", ".a", "_a", "a b", "a/b", "a;b", "ä", "a\n", "a\"b"})
        EXPECT_EQ(code_of(check_key(bad)), "invalid_key") << bad;
    EXPECT_EQ(code_of(check_key(std::string(65, 'k'))), "invalid_key");
}

TEST(Milestone, TextIsMeasuredInCodePoints) {
    std::string umlauts;
    for (int i = 0; i < 200; ++i)
        umlauts += "ü";
    EXPECT_EQ(code_of(check_title(umlauts)), "ok");
    EXPECT_EQ(code_of(check_title(umlauts + "x")), "too_long");
    EXPECT_EQ(code_of(check_title("")), "required");
    EXPECT_EQ(code_of(check_title("a\tb")), "control_character");
    EXPECT_EQ(code_of(check_title("a\xC2\x85z")), "control_character");  // U+0085, next line
    EXPECT_EQ(code_of(check_description("line\r\n\tline")), "ok");
    EXPECT_EQ(code_of(check_description(std::string("a\0b", 3))), "control_character");
}

TEST(Milestone, DatesAreOnTheCalendar) {
    EXPECT_EQ(code_of(check_due("2024-02-29")), "ok");
    for (const std::string bad : {"2023-02-29", "2024-13-01", "2024-00-10", "2024-4-17", "17.04.2024",
                                  "2024-04-17T", "2024-04-31", "", "2024-04-1a", "+024-04-17"})
        EXPECT_EQ(code_of(check_due(bad)), "invalid_date") << bad;
}

TEST(Milestone, ACompletedOneIsReopenedBeforeAnythingElse) {
    EXPECT_TRUE(may_follow(Status::kPlanned, Status::kCompleted));
    EXPECT_TRUE(may_follow(Status::kCompleted, Status::kInProgress));
    EXPECT_FALSE(may_follow(Status::kCompleted, Status::kCancelled));
    EXPECT_FALSE(may_follow(Status::kCancelled, Status::kCompleted));
    EXPECT_TRUE(may_follow(Status::kCancelled, Status::kPlanned));
}

TEST(Milestone, CompletionHasATimeAndHundredPercent) {
    Milestone milestone;
    milestone.reported_progress = 40;
    set_status(milestone, Status::kCompleted, 5);
    EXPECT_EQ(milestone.completed_at, 5);
    EXPECT_EQ(milestone.progress(), 100);
    set_status(milestone, Status::kInProgress, 6);
    EXPECT_FALSE(milestone.completed_at);
    EXPECT_EQ(milestone.progress(), 40);
}

TEST(RollUp, IsTheMeanRoundedDown) {
    Milestone parent;
    EXPECT_TRUE(roll_up(parent, {3, 299, 2}, true, 1));
    EXPECT_EQ(parent.reported_progress, 99);
    EXPECT_EQ(parent.status, Status::kPlanned);
    EXPECT_FALSE(roll_up(parent, {3, 299, 2}, true, 2)) << "nothing is new";
}

TEST(RollUp, CompletesAndReopens) {
    Milestone parent;
    EXPECT_TRUE(roll_up(parent, {2, 200, 2}, true, 7));
    EXPECT_EQ(parent.status, Status::kCompleted);
    EXPECT_EQ(parent.completed_at, 7);
    EXPECT_TRUE(roll_up(parent, {2, 150, 1}, true, 8));
    EXPECT_EQ(parent.status, Status::kInProgress);
    EXPECT_EQ(parent.progress(), 75);
}

TEST(RollUp, WaitsForDependenciesAndLeavesCancelledAlone) {
    Milestone waiting;
    EXPECT_TRUE(roll_up(waiting, {1, 100, 1}, false, 1));
    EXPECT_EQ(waiting.status, Status::kPlanned);
    Milestone cancelled;
    set_status(cancelled, Status::kCancelled, 0);
    roll_up(cancelled, {1, 100, 1}, true, 1);
    EXPECT_EQ(cancelled.status, Status::kCancelled);
    Milestone childless;
    EXPECT_FALSE(roll_up(childless, {}, true, 1));
}

}  // namespace
}  // namespace milestones
