#include "milestone.hpp"

#include "mortise/text.hpp"
#include "mortise/time.hpp"

#include <algorithm>

namespace milestones {
namespace {

using mortise::sdk::count_code_points;
using mortise::sdk::has_control;

// Rows: from; columns: to; both in the order of Status. A completed milestone is reopened before anything
// else, a cancelled one comes back as planned or begun.
constexpr bool kTransitions[5][5] = {
    // planned in_progress at_risk completed cancelled
    {true, true, true, true, true},     // planned
    {true, true, true, true, true},     // in_progress
    {true, true, true, true, true},     // at_risk
    {false, true, false, true, false},  // completed
    {true, true, false, false, true},   // cancelled
};

constexpr bool is_alphanumeric(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

std::optional<Fault> check_text(std::string_view text, std::size_t least, std::size_t most,
                                std::string_view allowed_controls) {
    const std::size_t length = count_code_points(text);
    if (length < least) return Fault{"required", "Must not be empty."};
    if (length > most) return Fault{"too_long", "Must have at most " + std::to_string(most) + " characters."};
    if (has_control(text, allowed_controls))
        return Fault{"control_character", "Must not contain control characters."};
    return std::nullopt;
}

}  // namespace

std::optional<Status> parse_status(std::string_view name) noexcept {
    const auto found = std::ranges::find(kStatusNames, name);
    if (found == kStatusNames.end()) return std::nullopt;
    return static_cast<Status>(found - kStatusNames.begin());
}

bool may_follow(Status from, Status to) noexcept {
    return kTransitions[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
}

void set_status(Milestone& milestone, Status status, std::int64_t now) noexcept {
    if (milestone.status == status) return;
    milestone.status = status;
    milestone.completed_at = status == Status::kCompleted ? std::optional(now) : std::nullopt;
}

std::optional<Fault> check_key(std::string_view key) {
    const auto allowed = [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; };
    if (!key.empty() && key.size() <= kMaxKey && is_alphanumeric(key.front()) &&
        std::ranges::all_of(key, allowed))
        return std::nullopt;
    return Fault{"invalid_key",
                 "Must be a letter or digit, then at most 63 letters, digits, '.', '_' or '-'."};
}

std::optional<Fault> check_title(std::string_view title) {
    return check_text(title, 1, kMaxTitle, {});
}

std::optional<Fault> check_description(std::string_view description) {
    return check_text(description, 0, kMaxDescription, "\t\n\r");
}

std::optional<Fault> check_owner(std::string_view owner) {
    return check_text(owner, 1, kMaxOwner, {});
}

std::optional<Fault> check_due(std::string_view due) {
    if (mortise::sdk::is_date(due)) return std::nullopt;
    return Fault{"invalid_date", "Must be a date of the calendar as YYYY-MM-DD."};
}

std::optional<Fault> check_status(std::string_view status) {
    if (parse_status(status)) return std::nullopt;
    return Fault{"invalid_status", "Must be planned, in_progress, at_risk, completed or cancelled."};
}

std::optional<Fault> check_progress(std::int64_t progress) {
    if (progress >= 0 && progress <= 100) return std::nullopt;
    return Fault{"out_of_range", "Must be a whole number from 0 to 100."};
}

bool roll_up(Milestone& parent, const ChildrenSummary& children, bool may_complete,
             std::int64_t now) noexcept {
    if (children.counted == 0) return false;
    const std::int64_t progress = children.progress / children.counted;
    Status status = parent.status;
    if (children.all_completed() && may_complete && status != Status::kCancelled)
        status = Status::kCompleted;
    else if (!children.all_completed() && status == Status::kCompleted)
        status = Status::kInProgress;
    if (progress == parent.reported_progress && status == parent.status) return false;
    parent.reported_progress = progress;
    set_status(parent, status, now);
    return true;
}

}  // namespace milestones
