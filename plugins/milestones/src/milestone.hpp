#pragma once

#include "mortise/uuid.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a milestone is, and the rules that need no database.
namespace milestones {

enum class Status : std::uint8_t { kPlanned, kInProgress, kAtRisk, kCompleted, kCancelled };

inline constexpr std::array kStatusNames = {"planned", "in_progress", "at_risk", "completed", "cancelled"};

constexpr std::string_view name_of(Status status) noexcept {
    return kStatusNames[static_cast<std::size_t>(status)];
}
std::optional<Status> parse_status(std::string_view name) noexcept;

// Whether a status may follow another one; staying is always allowed.
bool may_follow(Status from, Status to) noexcept;

struct Milestone {
    mortise::sdk::Uuid id;
    std::string key;  // unique in the tenant, never changes
    std::string title;
    std::optional<std::string> description;
    std::optional<std::string> owner;
    std::optional<std::string> due;  // YYYY-MM-DD
    Status status = Status::kPlanned;
    std::int64_t reported_progress = 0;  // percent; a parent's is its children's mean
    std::int64_t version = 1;
    std::int64_t created_at = 0;  // microseconds since 1970 in UTC, like the two below
    std::int64_t updated_at = 0;
    std::optional<std::int64_t> completed_at;
    std::optional<mortise::sdk::Uuid> parent_id;
    std::optional<std::string> parent;    // its key
    std::vector<std::string> depends_on;  // keys, sorted

    bool operator==(const Milestone&) const = default;

    // Percent as shown: 100 once completed. Reopening shows again what was reported before.
    std::int64_t progress() const noexcept { return status == Status::kCompleted ? 100 : reported_progress; }
};

// Sets the status, and with it the time of completion.
void set_status(Milestone& milestone, Status status, std::int64_t now) noexcept;

// A value that breaks a rule. `code` is stable, `detail` is for people.
struct Fault {
    std::string_view code;
    std::string detail;
};

inline constexpr std::size_t kMaxKey = 64;
inline constexpr std::size_t kMaxTitle = 200;  // code points, like the two below
inline constexpr std::size_t kMaxDescription = 10'000;
inline constexpr std::size_t kMaxOwner = 200;
inline constexpr std::size_t kMaxDependencies = 200;

// The rules of single fields. Text is well-formed UTF-8.
std::optional<Fault> check_key(std::string_view key);
std::optional<Fault> check_title(std::string_view title);
std::optional<Fault> check_description(std::string_view description);
std::optional<Fault> check_owner(std::string_view owner);
std::optional<Fault> check_due(std::string_view due);
std::optional<Fault> check_status(std::string_view status);
std::optional<Fault> check_progress(std::int64_t progress);

// The children of a milestone that are not cancelled, added up.
struct ChildrenSummary {
    std::int64_t counted = 0;
    std::int64_t progress = 0;  // the sum of their percents
    std::int64_t completed = 0;

    bool all_completed() const noexcept { return counted > 0 && completed == counted; }
};

// What a parent's children make of it. Without children that count, nothing. Progress is the mean, rounded
// down, so that 100 means all. All completed completes it, unless it is cancelled or waits for dependencies
// (`may_complete` false); one that is open reopens it. Answers whether anything changed.
bool roll_up(Milestone& parent, const ChildrenSummary& children, bool may_complete,
             std::int64_t now) noexcept;

}  // namespace milestones
