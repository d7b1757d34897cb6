#pragma once

#include <algorithm>
#include <cstdint>

namespace rules::analysis {

// What a part of an analysis may cost, out of what is left for the whole. Parts come one after the other.
class Budget {
 public:
    explicit Budget(std::uint64_t steps) : left_(steps) {}
    Budget(std::uint64_t most, Budget& whole) : left_(std::min(most, whole.left_)), whole_(&whole) {}

    // False if there is not enough left; then there is nothing left.
    bool take(std::uint64_t steps) {
        const bool enough = steps <= left_;
        const std::uint64_t taken = enough ? steps : left_;
        for (Budget* budget = this; budget != nullptr; budget = budget->whole_)
            budget->left_ -= taken;
        spent_ = spent_ || !enough;
        return enough;
    }
    std::uint64_t left() const { return left_; }
    bool spent() const { return spent_; }

 private:
    std::uint64_t left_;
    Budget* whole_ = nullptr;
    bool spent_ = false;
};

}  // namespace rules::analysis
