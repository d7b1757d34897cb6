#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"

#include <array>
#include <chrono>
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
    using Key = std::array<std::uint8_t, 32>;
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept;
    };

    // How long until this bucket of `burst` attempts has one to give; zero or less: now.
    base::Monotonic::duration wait(const Key& key, std::uint32_t burst, base::Monotonic now) const;
    void use(const Key& key, base::Monotonic now);
    void make_room(base::Monotonic now);

    const LoginLimits limits_;
    const std::chrono::seconds interval_{limits_.refill_every_s};
    std::mutex mutex_;
    // When each bucket will be full again (the generic cell rate algorithm); under mutex_.
    std::unordered_map<Key, base::Monotonic, KeyHash> full_at_;
};

}  // namespace mortise::identity
