#pragma once

#include "feel/value.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rules::feel {

// What a text may have when it is compiled, and an evaluation may use.
struct Limits {
    std::size_t source_bytes = 64 * 1024;
    std::uint32_t nesting = 120;            // of a text's brackets and operators
    std::uint64_t steps = 10'000'000;       // nodes evaluated, items walked
    std::uint64_t bytes = 256u << 20;       // made in all
    std::uint32_t depth = 3000;             // nested nodes, through calls
    std::uint32_t value_depth = 200;        // nested lists and contexts
    std::uint64_t value_weight = 1u << 22;  // values in one tree
    std::optional<std::chrono::steady_clock::time_point> deadline;
};

// One evaluation: its limits, its clock, and what it has to say. Used by one thread at a time; what it
// evaluates with may be shared by many.
//
// Past a limit all is null, quickly: whoever asks for an evaluation checks exceeded() at the end, and loops
// of their own check it each time.
class Evaluation {
 public:
    explicit Evaluation(const Limits& limits = {});

    // Takes a step (or more); false if there are none left.
    bool step(std::uint64_t count = 1) noexcept {
        if (count <= steps_left_) [[likely]] {
            steps_left_ -= count;
            return true;
        }
        return refill(count);
    }
    // The same before work that takes long for its steps: looks at the clock each time.
    bool step_slowly(std::uint64_t count) noexcept;
    // Takes memory; false if there is none left.
    bool allocate(std::uint64_t bytes) noexcept {
        if (bytes <= bytes_left_) [[likely]] {
            bytes_left_ -= bytes;
            return true;
        }
        return exceed("memory");
    }
    // Around a call of `levels` nested nodes. leave() only if enter() gave true.
    bool enter(std::uint32_t levels) noexcept {
        if (levels > depth_left_) return exceed("depth");
        depth_left_ -= levels;
        return true;
    }
    void leave(std::uint32_t levels) noexcept { depth_left_ += levels; }

    bool exceeded() const noexcept { return !exceeded_.empty(); }
    // "limit exceeded: steps", or empty.
    std::string exceeded_reason() const;
    bool exceed(std::string_view which) noexcept;  // always false
    std::uint64_t steps_taken() const noexcept;

    // These charge for what they make, and give null past a limit.
    Value list(std::vector<Value> items);
    Value context(std::shared_ptr<const Shape> shape, std::vector<Value> values);
    Value context(ContextBuilder builder);
    Value string(std::string_view text);
    Value range(Range range);
    Value function(std::shared_ptr<const Function> function);

    // Why a value is null, for explanations; kept only while notes are wanted. Gives null, so that a fault is
    // `return evaluation.null("…")`.
    Value null(std::string_view reason);
    void keep_notes(bool keep) noexcept { keep_notes_ = keep; }
    bool keeps_notes() const noexcept { return keep_notes_; }
    const std::vector<std::string>& notes() const noexcept { return notes_; }

    // The time of now() and today(): the system's in UTC at the first question unless set before, then the
    // same to the end.
    void set_now(DateTime now) noexcept { now_ = now; }
    DateTime now();

 private:
    bool refill(std::uint64_t count) noexcept;
    bool in_time() noexcept;
    Value checked(Value value);

    // Steps are given out in slices, between which the deadline is looked at.
    std::uint64_t steps_left_ = 0;
    std::uint64_t steps_reserved_ = 0;
    std::uint64_t bytes_left_ = 0;
    std::uint32_t depth_left_ = 0;
    bool keep_notes_ = false;
    std::string_view exceeded_;
    Limits limits_;
    std::optional<DateTime> now_;
    std::vector<std::string> notes_;
};

}  // namespace rules::feel
