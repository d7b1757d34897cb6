#include "core/flags/flag_usage.hpp"

#include "core/tenancy/core_unit.hpp"

#include <algorithm>
#include <functional>
#include <new>
#include <thread>
#include <utility>

namespace mortise::flags {
namespace {

constexpr std::size_t kFirstSlots = 64;
constexpr std::size_t kMaxSlots = 8192;       // of a page; half of them are used, then it is emptied
constexpr std::size_t kMaxPending = 500'000;  // rows that wait for the database; more are not counted
constexpr std::size_t kBatch = 200;           // rows in one unit, about 2 ms of SQLite's only writer
constexpr std::int64_t kSecondsOfDay = 86'400;

std::size_t place(const base::Uuid& tenant, const void* key, const void* variant) noexcept {
    std::size_t hash = std::hash<base::Uuid>{}(tenant);
    hash ^= reinterpret_cast<std::uintptr_t>(key) * 0x9E3779B97F4A7C15ULL;
    hash ^= reinterpret_cast<std::uintptr_t>(variant) * 0xC2B2AE3D27D4EB4FULL;
    return hash ^ hash >> 32;
}

}  // namespace

FlagUsage::FlagUsage(storage::Database& database, const base::Clock& clock)
    : database_(database), clock_(clock) {}
FlagUsage::~FlagUsage() = default;

FlagUsage::Shard& FlagUsage::own_shard() noexcept {
    return shards_[std::hash<std::thread::id>{}(std::this_thread::get_id()) % kShards];
}

FlagUsage::Counting::Counting(FlagUsage& usage, const std::shared_ptr<const FlagSet>& flags,
                              const Subject& subject, std::string_view environment)
    : usage_(usage), tenant_(subject.tenant) {
    auto& shard = usage.own_shard();
    lock_ = std::unique_lock(shard.mutex);
    page_ = &usage.page(shard, flags, environment, static_cast<tenancy::Day>(subject.now / kSecondsOfDay));
}

void FlagUsage::Counting::add(const FlagCount& count) noexcept {
    try {
        usage_.count(*page_, tenant_, count);
    } catch (const std::bad_alloc&) {  // not counted
    }
}

FlagUsage::Page& FlagUsage::page(Shard& shard, const std::shared_ptr<const FlagSet>& flags,
                                 std::string_view environment, tenancy::Day day) {
    for (auto& page : shard.pages)
        if (page.flags == flags && page.day == day && page.environment == environment) return page;
    auto& page = shard.pages[shard.next];
    shard.next = (shard.next + 1) % shard.pages.size();
    empty(page);
    page.flags = flags;
    page.environment = environment;
    page.day = day;
    return page;
}

void FlagUsage::count(Page& page, const base::Uuid& tenant, const FlagCount& added) {
    if (page.used * 2 >= page.slots.size()) grow(page);
    const std::size_t mask = page.slots.size() - 1;
    for (std::size_t at = place(tenant, added.key.data(), added.variant.data()) & mask;;
         at = (at + 1) & mask) {
        auto& slot = page.slots[at];
        if (slot.key.data() == nullptr) {
            slot = {tenant, added.key, added.variant, 0};
            ++page.used;
        } else if (slot.key.data() != added.key.data() || slot.variant.data() != added.variant.data() ||
                   slot.tenant != tenant) {
            continue;
        }
        slot.count += added.count;
        return;
    }
}

void FlagUsage::grow(Page& page) {
    if (page.slots.size() >= kMaxSlots) return empty(page);
    std::vector<Slot> before(std::max(kFirstSlots, page.slots.size() * 2));
    page.slots.swap(before);
    const std::size_t mask = page.slots.size() - 1;
    for (auto& slot : before) {
        if (slot.key.data() == nullptr) continue;
        auto at = place(slot.tenant, slot.key.data(), slot.variant.data()) & mask;
        while (page.slots[at].key.data() != nullptr)
            at = (at + 1) & mask;
        page.slots[at] = slot;
    }
}

void FlagUsage::empty(Page& page) {
    if (page.used == 0) return;
    const std::lock_guard lock(mutex_);
    for (auto& slot : page.slots) {
        if (slot.key.data() == nullptr) continue;
        UsageKey key{slot.tenant, page.environment, std::string(slot.key), std::string(slot.variant),
                     page.day};
        if (const auto found = pending_.find(key); found != pending_.end())
            found->second += slot.count;
        else if (pending_.size() < kMaxPending)
            pending_.emplace(std::move(key), slot.count);
        slot = {};
    }
    page.used = 0;
}

void FlagUsage::add(const std::shared_ptr<const FlagSet>& flags, const Subject& subject,
                    std::string_view environment, std::span<const FlagCount> counts) {
    auto counting = begin(flags, subject, environment);
    for (const auto& count : counts)
        counting.add(count);
}

void FlagUsage::add(const UsageKey& key, std::uint64_t quantity) {
    const std::lock_guard lock(mutex_);
    if (const auto found = pending_.find(key); found != pending_.end())
        found->second += quantity;
    else if (pending_.size() < kMaxPending)
        pending_.emplace(key, quantity);
}

std::map<UsageKey, std::uint64_t> FlagUsage::take(std::size_t most) {
    std::map<UsageKey, std::uint64_t> rows;
    const std::lock_guard lock(mutex_);
    while (!pending_.empty() && rows.size() < most)
        rows.insert(pending_.extract(pending_.begin()));
    return rows;
}

void FlagUsage::put_back(std::map<UsageKey, std::uint64_t>&& rows) {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, quantity] : rows)
        pending_[key] += quantity;
}

base::Status FlagUsage::flush() {
    const std::lock_guard one(flushing_);
    for (auto& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        for (auto& page : shard.pages) {
            empty(page);
            page = {};
        }
    }
    // In the order of their keys, so that two nodes never wait for each other's rows.
    for (auto rows = take(kBatch); !rows.empty(); rows = take(kBatch)) {
        const auto written = tenancy::run_core(
            database_, clock_, storage::Access::kWrite,
            [&rows](storage::Unit& unit) { return repository::add_flag_usage(unit, rows); });
        if (written.ok()) continue;
        put_back(std::move(rows));
        return written;
    }
    return {};
}

}  // namespace mortise::flags
