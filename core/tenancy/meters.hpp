#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/limits.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mortise::tenancy {

// Who uses something that is metered.
struct Consumer {
    base::Uuid tenant;      // nil: the platform
    std::string_view slug;  // of the tenant
};

// Meters: what tenants use up, day by day, within limits, at the speed of memory.
//
// A node takes from the database what it expects to count, in blocks, and counts down in memory. What is
// written is therefore never too low: a crash loses the rest of a block, as if it had been used, and nodes
// together never grant more than a limit allows. Blocks grow while a meter is busy and are given back when it
// rests. Where nothing is refused (no limit, or a soft one), a database that can't be written stops nobody:
// what is counted meanwhile is owed, for the day of the block, and written as soon as it can be. Thread-safe.
class Meters {
 public:
    // All must outlive this object.
    Meters(storage::Database& database, const base::Clock& clock, const Limits& limits);
    ~Meters();
    Meters(const Meters&) = delete;
    Meters& operator=(const Meters&) = delete;

    // Counts from the block that is held; false if that is used up, or of another day: then count(). Never
    // blocks, allocates nothing.
    bool try_count(const Consumer& consumer, std::string_view meter, std::uint64_t amount) noexcept;
    // Counts, and takes a block if it must; may wait for the database, half a second at most where nothing is
    // refused. Error `license_limit_reached` (403), or of storage if a hard limit can't be looked up; nothing
    // is counted then.
    base::Status count(const Consumer& consumer, std::string_view meter, std::uint64_t amount);
    // What was counted and not used after all.
    void give_back(const Consumer& consumer, std::string_view meter, std::uint64_t amount) noexcept;

    // Gives the blocks of meters that rest back to the database; `all`: of every meter, as before an end or a
    // report. To be called every few seconds.
    base::Status flush(bool all);

 private:
    struct Key;
    struct KeyView;
    struct KeyHash;
    struct KeyEqual;
    struct Counter;
    using Counters = std::unordered_map<Key, std::shared_ptr<Counter>, KeyHash, KeyEqual>;

    std::shared_ptr<Counter> find(const KeyView& key) const;
    std::shared_ptr<Counter> find_or_make(const KeyView& key);
    std::vector<std::pair<Key, std::shared_ptr<Counter>>> all_counters() const;
    base::Status count_limited(Counter& counter, const Consumer& consumer, std::string_view meter,
                               std::uint64_t amount);
    void count_unlimited(Counter& counter, const Consumer& consumer, std::string_view meter,
                         std::uint64_t amount);
    base::Status take_or_refill(Counter& counter, const Consumer& consumer, std::string_view meter,
                                std::uint64_t amount, base::Monotonic::duration patience);
    base::Status return_blocks_of(std::string_view meter);
    base::Status refill(Counter& counter, const Consumer& consumer, std::string_view meter,
                        std::uint64_t amount, Day today, base::Monotonic::duration patience);
    base::Status return_block(const Key& key, Counter& counter);

    storage::Database& database_;
    const base::Clock& clock_;
    const Limits& limits_;
    // Until then the database is not asked for blocks of which nothing depends.
    std::atomic<base::Monotonic> resting_until_{base::Monotonic::min()};
    mutable std::shared_mutex mutex_;
    std::unique_ptr<Counters> counters_;  // under mutex_
};

}  // namespace mortise::tenancy
