#pragma once

#include "feel/evaluation.hpp"
#include "feel/value.hpp"

#include <optional>

namespace rules::feel {

// What `for`, `some` and `every` walk over: a list's items, or the numbers or days from one value to another.
class Domain {
 public:
    // Of a list, a range, or any other value (which is a list of itself); nullopt with a note where there is
    // nothing to walk over.
    static std::optional<Domain> over(Value value, Evaluation& evaluation);
    static std::optional<Domain> between(const Value& first, const Value& last, Evaluation& evaluation);

    std::uint64_t size() const noexcept { return size_; }
    Value at(std::uint64_t index) const;

 private:
    Domain() = default;
    static std::optional<Domain> over_range(const Range& range, Evaluation& evaluation);
    // Whole numbers; `days` if they are dates.
    static Domain counting(std::int64_t first, std::int64_t last, bool days) noexcept;

    Value list_;  // null while counting
    std::int64_t first_ = 0;
    std::int64_t step_ = 1;
    bool days_ = false;
    std::uint64_t size_ = 0;
};

}  // namespace rules::feel
