#include "core/flags/flag_tally.hpp"

namespace mortise::flags {
namespace {

// Answers of one set are told apart by where their texts are. The upper bits are the best ones.
std::size_t place(const Evaluation& evaluation) noexcept {
    const std::uint64_t hash =
        reinterpret_cast<std::uintptr_t>(evaluation.key.data()) * 0x9E3779B97F4A7C15ULL +
        reinterpret_cast<std::uintptr_t>(evaluation.variant.data()) * 0xC2B2AE3D27D4EB4FULL;
    static_assert(FlagTally::kMost == 64);
    return hash >> 57;
}

}  // namespace

void FlagTally::count(const Evaluation& evaluation, Sink full) {
    if (!evaluation.found || add(evaluation)) return;
    empty(full);
    add(evaluation);
}

// False: there is no room.
bool FlagTally::add(const Evaluation& evaluation) noexcept {
    for (std::size_t at = place(evaluation);; at = (at + 1) % numbers_.size()) {
        if (numbers_[at] == 0) {
            if (used_ == kMost) return false;
            counts_[used_] = {evaluation.key, evaluation.variant, 1};
            numbers_[at] = ++used_;
            return true;
        }
        auto& one = counts_[numbers_[at] - 1U];
        if (one.key.data() != evaluation.key.data() || one.variant.data() != evaluation.variant.data())
            continue;
        if (one.count == kMostOfOne) return false;
        ++one.count;
        return true;
    }
}

void FlagTally::empty(Sink sink) {
    if (used_ == 0) return;
    const std::span<const FlagCount> counts(counts_.data(), used_);
    used_ = 0;
    numbers_.fill(0);
    sink(counts);
}

}  // namespace mortise::flags
