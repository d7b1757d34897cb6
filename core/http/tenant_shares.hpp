#pragma once

#include "core/base/uuid.hpp"
#include "core/http/pool.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace mortise::http {

// What one tenant may take of threads that all share, so that one whose requests are slow doesn't hold up the
// others': all but a quarter, of the pool's threads and of those of each lane; of less than four all.
// Thread-safe.
class TenantShares {
 public:
    explicit TenantShares(std::size_t threads) : threads_(threads) {}

    // The lane of a tenant's tasks inside of `lane`, or among those that are in none; lives as long as there
    // are any. Null for the nil tenant, and where there is nothing to share.
    std::shared_ptr<Lane> of(const base::Uuid& tenant, const std::shared_ptr<Lane>& lane);

    std::size_t size() const;

 private:
    // The other lane is told apart by its address alone: a lane of a tenant's tasks that are still queued
    // when a plugin is reloaded may be taken for one of its successor's, which does no harm.
    using Key = std::pair<base::Uuid, const Lane*>;

    void forget_ended();

    const std::size_t threads_;
    mutable std::mutex mutex_;
    std::map<Key, std::weak_ptr<Lane>> lanes_;  // under mutex_
    std::size_t next_cleaning_ = 64;            // entries; under mutex_
};

}  // namespace mortise::http
