#pragma once

#include "core/base/clock.hpp"
#include "core/crypto/hash.hpp"
#include "core/identity/credentials.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace mortise::identity {

// Access tokens whose signature was found good, by the hash of their text, until they expire: a token is sent
// with hundreds of requests, and its signature costs more than all else in the pipeline together. Bounded,
// and split so that threads rarely meet. Thread-safe.
class TokenCache {
 public:
    explicit TokenCache(std::size_t capacity = 65536);

    // Null if it is not there, has expired, or was verified by another generation of keys.
    std::shared_ptr<const Identity> find(const crypto::Digest& token, std::uint64_t generation,
                                         base::Micros now);
    void put(const crypto::Digest& token, std::uint64_t generation, std::shared_ptr<const Identity> identity,
             base::Micros now);

 private:
    static constexpr std::size_t kShards = 16;
    struct Entry {
        std::shared_ptr<const Identity> identity;
        std::uint64_t generation = 0;
    };
    struct alignas(64) Shard {
        std::mutex mutex;
        std::unordered_map<crypto::Digest, Entry, DigestHash> entries;
    };

    Shard& shard(const crypto::Digest& token) noexcept { return shards_[token[31] % kShards]; }

    const std::size_t shard_capacity_;
    std::array<Shard, kShards> shards_;
};

}  // namespace mortise::identity
