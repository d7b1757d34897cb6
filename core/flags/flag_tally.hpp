#pragma once

#include "core/base/function_ref.hpp"
#include "core/flags/evaluation.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mortise::flags {

// How often a variant of a flag was answered.
struct FlagCount {
    std::string_view key;
    std::string_view variant;  // empty: no value
    std::uint32_t count = 0;
};

// Counts the answers that one subject gets of one set, in a few nanoseconds each: it takes no lock and
// allocates nothing. Flags that aren't there count for nothing. Refers to the set's texts; used by one
// thread.
class FlagTally {
 public:
    static constexpr std::size_t kMost = 64;                 // different answers
    static constexpr std::uint32_t kMostOfOne = 10'000'000;  // so often each

    using Sink = base::FunctionRef<void(std::span<const FlagCount>)>;

    // Without room for it, what there is goes to `full` first.
    void count(const Evaluation& evaluation, Sink full);
    // What there is goes to the sink, if there is anything.
    void empty(Sink sink);

 private:
    bool add(const Evaluation& evaluation) noexcept;

    std::array<FlagCount, kMost> counts_;
    std::array<std::uint8_t, 2 * kMost> numbers_{};  // of counts_ from 1 on, by hash; 0: free
    std::uint8_t used_ = 0;                          // of counts_
};

}  // namespace mortise::flags
