#include "core/identity/login_limiter.hpp"

#include "core/crypto/hash.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>

namespace mortise::identity {
namespace {

constexpr std::uint32_t kAddressFactor = 10;

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

base::Monotonic::duration LoginLimiter::wait(const Key& key, std::uint32_t burst, base::Monotonic now) const {
    const auto found = full_at_.find(key);
    if (found == full_at_.end()) return {};
    return found->second - now - (burst - 1) * interval_;
}

void LoginLimiter::use(const Key& key, base::Monotonic now) {
    auto& full_at = full_at_.try_emplace(key, now).first->second;
    full_at = std::max(full_at, now) + interval_;
}

void LoginLimiter::make_room(base::Monotonic now) {
    if (full_at_.size() + 2 <= kMaxBuckets) return;
    // A full bucket says nothing; if all say something, everyone starts over.
    std::erase_if(full_at_, [now](const auto& entry) { return entry.second <= now; });
    if (full_at_.size() + 2 > kMaxBuckets) full_at_.clear();
}

base::Status LoginLimiter::take(std::string_view account, std::string_view address, base::Monotonic now) {
    const auto of_account = key_of(account, address);
    const auto of_address = key_of(address);
    const std::lock_guard lock(mutex_);
    make_room(now);
    const auto longest =
        std::max(wait(of_account, limits_.burst, now), wait(of_address, limits_.burst * kAddressFactor, now));
    if (longest > base::Monotonic::duration::zero())
        return base::Error{
            base::ErrorKind::kRateLimited,
            "too_many_attempts",
            "There were too many attempts to log in; wait before the next.",
            {},
            {},
            static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(longest).count())};
    use(of_account, now);
    use(of_address, now);
    return {};
}

void LoginLimiter::forgive(std::string_view account, std::string_view address) {
    const auto of_account = key_of(account, address);
    const auto of_address = key_of(address);
    const std::lock_guard lock(mutex_);
    full_at_.erase(of_account);
    if (const auto found = full_at_.find(of_address); found != full_at_.end()) found->second -= interval_;
}

}  // namespace mortise::identity
