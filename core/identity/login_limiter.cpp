#include "core/identity/login_limiter.hpp"

#include "core/crypto/hash.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <string>

namespace mortise::identity {
namespace {

constexpr double kAddressFactor = 10.0;

crypto::Digest key_of(std::string_view account, std::string_view address) {
    std::string text(account);
    text += '\0';
    text += address;
    return crypto::blake2b_256(text);
}

crypto::Digest key_of(std::string_view address) {
    return key_of({}, address);
}

}  // namespace

std::size_t LoginLimiter::KeyHash::operator()(const Key& key) const noexcept {
    std::size_t hash = 0;
    std::memcpy(&hash, key.data(), sizeof hash);
    return hash;
}

// Refills the bucket up to now; 0 if it has an attempt to give, else the seconds until it does.
std::uint32_t LoginLimiter::wait_s(Bucket& bucket, double burst, base::Monotonic now) const {
    const auto elapsed = std::chrono::duration<double>(now - bucket.updated).count();
    const double every = limits_.refill_every_s;
    bucket.tokens = std::min(burst, bucket.tokens + std::max(0.0, elapsed) / every);
    bucket.updated = std::max(now, bucket.updated);
    if (bucket.tokens >= 1.0) return 0;
    return static_cast<std::uint32_t>(std::ceil((1.0 - bucket.tokens) * every));
}

LoginLimiter::Bucket& LoginLimiter::bucket(const Key& key, double burst, base::Monotonic now) {
    return buckets_.try_emplace(key, Bucket{burst, now}).first->second;
}

void LoginLimiter::make_room(base::Monotonic now) {
    if (buckets_.size() + 2 <= kMaxBuckets) return;
    // A bucket that would be full again says nothing; if all say something, new ones start over.
    const auto full_after = std::chrono::seconds(std::int64_t{limits_.burst} * limits_.refill_every_s);
    std::erase_if(buckets_, [&](const auto& entry) { return now - entry.second.updated >= full_after; });
    if (buckets_.size() + 2 > kMaxBuckets) buckets_.clear();
}

base::Status LoginLimiter::take(std::string_view account, std::string_view address, base::Monotonic now) {
    const std::lock_guard lock(mutex_);
    make_room(now);
    const double burst = limits_.burst;
    auto& of_account = bucket(key_of(account, address), burst, now);
    auto& of_address = bucket(key_of(address), burst * kAddressFactor, now);
    const auto wait =
        std::max(wait_s(of_account, burst, now), wait_s(of_address, burst * kAddressFactor, now));
    if (wait > 0)
        return base::Error{base::ErrorKind::kRateLimited,
                           "too_many_attempts",
                           "There were too many attempts to log in; wait before the next.",
                           {},
                           {},
                           wait};
    of_account.tokens -= 1.0;
    of_address.tokens -= 1.0;
    return {};
}

void LoginLimiter::forgive(std::string_view account, std::string_view address) {
    const std::lock_guard lock(mutex_);
    buckets_.erase(key_of(account, address));
    if (const auto found = buckets_.find(key_of(address)); found != buckets_.end())
        found->second.tokens += 1.0;
}

}  // namespace mortise::identity
