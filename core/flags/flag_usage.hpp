#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/evaluation.hpp"
#include "core/flags/flag_set.hpp"
#include "core/flags/flag_tally.hpp"
#include "core/flags/flag_usage_repository.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/limits.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::flags {

// Counts how often each variant of a flag was answered, by tenant and day, at the speed of memory. Threads
// count in shards, by their ids, so that hardly one waits for another; what was counted goes to the database
// some seconds later, or is lost in a crash. Flags that aren't there count for nothing, so that a client
// can't fill the memory with keys. Thread-safe.
class FlagUsage {
    // One answer of a tenant's flag, named by where its texts are in a set of flags.
    struct Slot {
        base::Uuid tenant;
        std::string_view key;  // its data is null: free
        std::string_view variant;
        std::uint64_t count = 0;
    };
    // What was answered of one set on one day.
    struct Page {
        std::shared_ptr<const FlagSet> flags;  // so that the texts live
        std::string environment;
        tenancy::Day day = 0;
        std::size_t used = 0;
        std::vector<Slot> slots;  // a power of two, or none
    };

 public:
    // Both must outlive this object.
    FlagUsage(storage::Database& database, const base::Clock& clock);
    ~FlagUsage();
    FlagUsage(const FlagUsage&) = delete;
    FlagUsage& operator=(const FlagUsage&) = delete;

    // Counts the answers that one subject gets of one set. Holds its thread's shard while it lives.
    class Counting {
     public:
        void operator()(const Evaluation& evaluation) noexcept {
            if (evaluation.found) add({evaluation.key, evaluation.variant, 1});
        }
        void add(const FlagCount& count) noexcept;

     private:
        friend class FlagUsage;
        Counting(FlagUsage& usage, const std::shared_ptr<const FlagSet>& flags, const Subject& subject,
                 std::string_view environment);

        std::unique_lock<std::mutex> lock_;
        FlagUsage& usage_;
        Page* page_ = nullptr;
        const base::Uuid tenant_;
    };
    Counting begin(const std::shared_ptr<const FlagSet>& flags, const Subject& subject,
                   std::string_view environment) {
        return Counting(*this, flags, subject, environment);
    }
    // What was counted in a tally of such answers.
    void add(const std::shared_ptr<const FlagSet>& flags, const Subject& subject,
             std::string_view environment, std::span<const FlagCount> counts);
    // What somebody else counted, such as a client that evaluates by itself.
    void add(const UsageKey& key, std::uint64_t quantity);

    // Writes what was counted to the database, a few rows in each unit, so that writers don't wait long. What
    // can't be written is kept for the next time. To be called every few seconds and at the end.
    base::Status flush();

 private:
    struct alignas(64) Shard {
        std::mutex mutex;
        std::array<Page, 4> pages;  // under mutex
        std::size_t next = 0;       // of pages, that is given up next
    };
    static constexpr std::size_t kShards = 32;

    Shard& own_shard() noexcept;
    Page& page(Shard& shard, const std::shared_ptr<const FlagSet>& flags, std::string_view environment,
               tenancy::Day day);
    void count(Page& page, const base::Uuid& tenant, const FlagCount& added);
    void grow(Page& page);
    void empty(Page& page);
    std::map<UsageKey, std::uint64_t> take(std::size_t most);
    void put_back(std::map<UsageKey, std::uint64_t>&& rows);

    storage::Database& database_;
    const base::Clock& clock_;
    std::array<Shard, kShards> shards_;
    std::mutex flushing_;  // one at a time
    std::mutex mutex_;
    std::map<UsageKey, std::uint64_t> pending_;  // under mutex_
};

}  // namespace mortise::flags
