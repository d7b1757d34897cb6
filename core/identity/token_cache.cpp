#include "core/identity/token_cache.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mortise::identity {

std::size_t DigestHash::operator()(const crypto::Digest& digest) const noexcept {
    std::size_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
}

TokenCache::TokenCache(std::size_t capacity)
    : shard_capacity_(std::max<std::size_t>(1, capacity / kShards)) {}

std::shared_ptr<const Identity> TokenCache::find(const crypto::Digest& token, std::uint64_t generation,
                                                 base::Micros now) {
    auto& part = shard(token);
    const std::lock_guard lock(part.mutex);
    const auto found = part.entries.find(token);
    if (found == part.entries.end() || found->second.generation != generation ||
        found->second.identity->expires_at <= now)
        return nullptr;
    return found->second.identity;
}

void TokenCache::put(const crypto::Digest& token, std::uint64_t generation,
                     std::shared_ptr<const Identity> identity, base::Micros now) {
    auto& part = shard(token);
    const std::lock_guard lock(part.mutex);
    if (part.entries.size() >= shard_capacity_) {
        std::erase_if(part.entries, [&](const auto& entry) {
            return entry.second.generation != generation || entry.second.identity->expires_at <= now;
        });
        // All are still good: one of them, no matter which, makes room. It costs that client one signature.
        if (part.entries.size() >= shard_capacity_) part.entries.erase(part.entries.begin());
    }
    part.entries.insert_or_assign(token, Entry{std::move(identity), generation});
}

}  // namespace mortise::identity
