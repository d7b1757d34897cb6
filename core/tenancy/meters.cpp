#include "core/tenancy/meters.hpp"

#include "core/tenancy/core_unit.hpp"
#include "core/tenancy/quota.hpp"
#include "core/tenancy/usage_repository.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace mortise::tenancy {
namespace {

// A block is eight times the one before, up to this.
constexpr std::int64_t kLargestBlock = 4096;
constexpr std::int64_t kGrowth = 8;
// Of what a limit leaves, a node takes no more than this part at once, so that others get some as well.
constexpr std::int64_t kShare = 8;
// Of those whom nothing refuses: how long one waits for its block, and how long none does after that was in
// vain.
constexpr std::chrono::milliseconds kUnlimitedPatience{500};
constexpr std::chrono::seconds kRest{1};

// What may still be counted, by the rule; nullopt: as much as one likes.
base::Result<std::optional<std::int64_t>> remaining(storage::Unit& unit, const LimitRule& rule,
                                                    std::string_view meter, const base::Uuid& tenant) {
    if (rule.soft) return std::optional<std::int64_t>();
    const auto left_of = [&](std::uint64_t allowed, const base::Uuid& whose) -> base::Result<std::int64_t> {
        MORTISE_TRY_ASSIGN(const auto used,
                           repository::lock_total(unit, {meter, rule.period, rule.since, whose}));
        return static_cast<std::int64_t>(std::min<std::uint64_t>(allowed, INT64_MAX)) - used;
    };
    MORTISE_TRY_ASSIGN(std::int64_t left, left_of(rule.total, base::Uuid{}));
    if (rule.of_tenant && !tenant.is_nil()) {
        MORTISE_TRY_ASSIGN(const auto of_tenant, left_of(*rule.of_tenant, tenant));
        left = std::min(left, of_tenant);
    }
    return std::optional(std::max<std::int64_t>(left, 0));
}

base::Error reached(const LimitRule& rule, std::string_view meter) {
    return limit_reached(meter, rule.of_tenant ? std::min(rule.total, *rule.of_tenant) : rule.total,
                         rule.of_tenant && *rule.of_tenant < rule.total);
}

}  // namespace

struct Meters::KeyView {
    base::Uuid tenant;
    std::string_view meter;
};

struct Meters::Key {
    base::Uuid tenant;
    std::string meter;
    operator KeyView() const noexcept { return {tenant, meter}; }
};

struct Meters::KeyHash {
    using is_transparent = void;
    std::size_t operator()(const KeyView& key) const noexcept {
        return std::hash<base::Uuid>{}(key.tenant) ^ std::hash<std::string_view>{}(key.meter);
    }
    std::size_t operator()(const Key& key) const noexcept { return (*this)(KeyView(key)); }
};

struct Meters::KeyEqual {
    using is_transparent = void;
    bool operator()(const KeyView& a, const KeyView& b) const noexcept {
        return a.tenant == b.tenant && a.meter == b.meter;
    }
};

// What a node holds of one meter of one tenant; `left` below zero is owed to the database. `left` and `day`
// are read and counted down without the lock; whoever changes the block holds it.
struct Meters::Counter {
    std::atomic<std::int64_t> left = 0;
    std::atomic<Day> day = 0;
    std::atomic<bool> used = false;  // since the last flush
    std::mutex block;
    std::int64_t size = 0;  // of the last block

    bool take(std::int64_t amount, Day today) noexcept {
        if (day.load(std::memory_order_relaxed) != today) return false;
        // Never below what is there, not even for a moment: who empties the block would take that for a debt.
        std::int64_t now = left.load(std::memory_order_relaxed);
        while (now >= amount) {
            if (left.compare_exchange_weak(now, now - amount, std::memory_order_relaxed)) {
                used.store(true, std::memory_order_relaxed);
                return true;
            }
        }
        return false;
    }

    void owe(std::int64_t amount, Day today) noexcept {
        Day none = 0;
        day.compare_exchange_strong(none, today);
        left.fetch_sub(amount);
        used.store(true, std::memory_order_relaxed);
    }
};

Meters::Meters(storage::Database& database, const base::Clock& clock, const Limits& limits)
    : database_(database), clock_(clock), limits_(limits), counters_(std::make_unique<Counters>()) {}

Meters::~Meters() = default;

std::shared_ptr<Meters::Counter> Meters::find(const KeyView& key) const {
    const std::shared_lock lock(mutex_);
    const auto found = counters_->find(key);
    return found == counters_->end() ? nullptr : found->second;
}

std::shared_ptr<Meters::Counter> Meters::find_or_make(const KeyView& key) {
    if (auto found = find(key)) return found;
    const std::unique_lock lock(mutex_);
    return counters_->try_emplace(Key{key.tenant, std::string(key.meter)}, std::make_shared<Counter>())
        .first->second;
}

bool Meters::try_count(const Consumer& consumer, std::string_view meter, std::uint64_t amount) noexcept {
    if (amount > static_cast<std::uint64_t>(kLargestBlock)) return false;
    const auto counter = find({consumer.tenant, meter});
    return counter && counter->take(static_cast<std::int64_t>(amount), day_of(limits_.now()));
}

base::Status Meters::count(const Consumer& consumer, std::string_view meter, std::uint64_t amount) {
    constexpr std::uint64_t kMost = INT64_MAX / 4;
    if (amount > kMost) return limit_reached(meter, kMost, false);
    const auto counter = find_or_make({consumer.tenant, meter});
    const auto rule = limits_.limit(meter, consumer.slug);
    if (rule && !rule->soft) return count_limited(*counter, consumer, meter, amount);
    count_unlimited(*counter, consumer, meter, amount);
    return {};
}

base::Status Meters::count_limited(Counter& counter, const Consumer& consumer, std::string_view meter,
                                   std::uint64_t amount) {
    for (bool again = false;; again = true) {
        std::unique_lock lock(counter.block);
        base::Status counted = take_or_refill(counter, consumer, meter, amount, kCoreUnitPatience);
        // What other tenants hold here and don't use is less important than an answer.
        if (counted.ok() || again || counted.error().code != kLimitReached) return counted;
        lock.unlock();
        MORTISE_TRY(return_blocks_of(meter));
    }
}

void Meters::count_unlimited(Counter& counter, const Consumer& consumer, std::string_view meter,
                             std::uint64_t amount) {
    const auto owe = [&] { counter.owe(static_cast<std::int64_t>(amount), day_of(limits_.now())); };
    if (clock_.monotonic() < resting_until_.load()) return owe();
    const std::unique_lock lock(counter.block, std::try_to_lock);
    if (!lock) return owe();  // another gets a block, and this comes out of it
    if (take_or_refill(counter, consumer, meter, amount, kUnlimitedPatience).ok()) return;
    resting_until_.store(clock_.monotonic() + kRest);  // the flush that fails as well is logged
    owe();
}

// Under the block's lock.
base::Status Meters::take_or_refill(Counter& counter, const Consumer& consumer, std::string_view meter,
                                    std::uint64_t amount, base::Monotonic::duration patience) {
    const Day today = day_of(limits_.now());
    if (counter.take(static_cast<std::int64_t>(amount), today)) return {};
    return refill(counter, consumer, meter, amount, today, patience);
}

// Takes a block that `amount` is already counted from.
base::Status Meters::refill(Counter& counter, const Consumer& consumer, std::string_view meter,
                            std::uint64_t amount, Day today, base::Monotonic::duration patience) {
    const auto rule = limits_.limit(meter, consumer.slug);
    const auto needed = static_cast<std::int64_t>(amount);
    const bool new_day = counter.day.load() != today;
    const std::int64_t old = counter.left.exchange(0);
    const Day old_day = counter.day.load();
    std::int64_t block = 0;
    const auto taken = run_core(
        database_, clock_, storage::Access::kWrite,
        [&](storage::Unit& unit) -> base::Status {
            block =
                needed + (new_day ? 0 : std::clamp(counter.size * kGrowth, std::int64_t{1}, kLargestBlock));
            if (old != 0) MORTISE_TRY(repository::add_usage(unit, old_day, consumer.tenant, meter, -old));
            if (rule) {
                MORTISE_TRY_ASSIGN(const auto left, remaining(unit, *rule, meter, consumer.tenant));
                if (left && *left < needed) return reached(*rule, meter);
                if (left) block = std::min(block, needed + (*left - needed) / kShare);
            }
            return repository::add_usage(unit, today, consumer.tenant, meter, block);
        },
        patience);
    if (!taken.ok()) {
        counter.left.fetch_add(old);
        return taken;
    }
    counter.day.store(today);
    counter.size = block - needed;
    counter.left.fetch_add(block - needed);
    counter.used.store(true);
    return {};
}

void Meters::give_back(const Consumer& consumer, std::string_view meter, std::uint64_t amount) noexcept {
    // What was counted yesterday stays counted.
    const auto counter = find({consumer.tenant, meter});
    if (counter && counter->day.load() == day_of(limits_.now()))
        counter->left.fetch_add(static_cast<std::int64_t>(amount));
}

base::Status Meters::return_block(const Key& key, Counter& counter) {
    const std::lock_guard lock(counter.block);
    const std::int64_t left = counter.left.exchange(0);
    counter.size = 0;
    if (left == 0) return {};
    const auto returned = run_core(database_, clock_, storage::Access::kWrite, [&](storage::Unit& unit) {
        return repository::add_usage(unit, counter.day.load(), key.tenant, key.meter, -left);
    });
    if (!returned.ok()) counter.left.fetch_add(left);
    return returned;
}

std::vector<std::pair<Meters::Key, std::shared_ptr<Meters::Counter>>> Meters::all_counters() const {
    const std::shared_lock lock(mutex_);
    return {counters_->begin(), counters_->end()};
}

base::Status Meters::return_blocks_of(std::string_view meter) {
    for (const auto& [key, counter] : all_counters())
        if (key.meter == meter) MORTISE_TRY(return_block(key, *counter));
    return {};
}

base::Status Meters::flush(bool all) {
    auto counters = all_counters();
    std::vector<Key> idle;
    for (auto& [key, counter] : counters) {
        const bool used = counter->used.exchange(false);
        if (used && !all) continue;
        MORTISE_TRY(return_block(key, *counter));
        if (!used) idle.push_back(key);
    }
    counters.clear();
    const std::unique_lock lock(mutex_);
    for (const Key& key : idle) {
        const auto found = counters_->find(key);
        // Held by nobody else, it can't be counted with meanwhile.
        if (found != counters_->end() && found->second.use_count() == 1 && found->second->left.load() == 0)
            counters_->erase(found);
    }
    return {};
}

}  // namespace mortise::tenancy
