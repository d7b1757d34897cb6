#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"

#include <array>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace mortise::identity {

struct LoginLimits {
    std::uint32_t burst = 10;           // failed attempts in a row
    std::uint32_t refill_every_s = 30;  // one attempt more after so many seconds
};

// Slows down guessing: a token bucket for each account and address together, so that a stranger can't lock a
// user out from elsewhere, and one of ten times the size for each address. In memory of this node, bounded:
// when full, buckets that have refilled go first. Thread-safe.
class LoginLimiter {
 public:
    explicit LoginLimiter(LoginLimits limits) : limits_(limits) {}

    // Takes one attempt, or answers `too_many_attempts` (429) with retry_after_s.
    base::Status take(std::string_view account, std::string_view address, base::Monotonic now);
    // Gives back what the account and address used: the password was right.
    void forgive(std::string_view account, std::string_view address);

 private:
    static constexpr std::size_t kMaxBuckets = 65536;
    struct Bucket {
        double tokens;
        base::Monotonic updated;
    };
    using Key = std::array<std::uint8_t, 32>;
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept;
    };

    std::uint32_t wait_s(Bucket& bucket, double burst, base::Monotonic now) const;
    Bucket& bucket(const Key& key, double burst, base::Monotonic now);
    void make_room(base::Monotonic now);

    const LoginLimits limits_;
    std::mutex mutex_;
    std::unordered_map<Key, Bucket, KeyHash> buckets_;  // under mutex_
};

}  // namespace mortise::identity
