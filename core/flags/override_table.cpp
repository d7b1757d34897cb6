#include "core/flags/override_table.hpp"

#include <algorithm>
#include <cstring>
#include <functional>

namespace mortise::flags {
namespace {

// Of an entry's order, below the flag.
constexpr std::uint64_t kOfUser = 0x80000000U, kRest = 0xFFFFFFFFU;
constexpr std::size_t kMaxKeySize = 0xFFFF;
constexpr std::size_t kMaxBlocks = 4095;  // of a MiB, so that 32 bits say a place

}  // namespace

std::uint64_t OverrideTable::order_of(std::uint32_t flag, std::string_view targeting_key) noexcept {
    const std::uint64_t high = std::uint64_t{flag} << 32;
    if (targeting_key.empty()) return high;
    return high | kOfUser | (std::hash<std::string_view>{}(targeting_key)&0x7FFFFFFFU);
}

// Rows come by tenant more often than not.
std::uint32_t OverrideTable::number_of(const base::Uuid& tenant) {
    if (last_tenant_.second == kNone || last_tenant_.first != tenant) {
        const auto number = static_cast<std::uint32_t>(numbers_.size());
        const auto [place, made] = numbers_.try_emplace(tenant, number);
        if (made) tenants_.emplace_back();
        last_tenant_ = {tenant, place->second};
    }
    return last_tenant_.second;
}

bool OverrideTable::keep(std::string_view text, std::uint32_t& place) {
    const auto size = static_cast<std::uint32_t>(text.size()) + 2;
    if (text.size() > kMaxKeySize || (used_ + size > kBlock && blocks_.size() == kMaxBlocks)) return false;
    if (used_ + size > kBlock) {
        blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlock));
        used_ = 0;
    }
    char* const out = blocks_.back().get() + used_;
    out[0] = static_cast<char>(text.size() & 0xFF);
    out[1] = static_cast<char>(text.size() >> 8);
    std::memcpy(out + 2, text.data(), text.size());
    place = static_cast<std::uint32_t>(blocks_.size() - 1) * kBlock + used_;
    used_ += size;
    return true;
}

bool OverrideTable::add(const base::Uuid& tenant, std::uint32_t flag, std::string_view targeting_key,
                        std::uint32_t variant) {
    std::uint32_t place = 0;
    if (!targeting_key.empty() && !keep(targeting_key, place)) return false;
    unsorted_.push_back({number_of(tenant), {order_of(flag, targeting_key), place, variant}});
    return true;
}

bool OverrideTable::take(const OverrideTable& other, const std::set<base::Uuid>& without,
                         std::span<const std::uint32_t> flags, std::span<const std::uint32_t> variants) {
    bool all = true;
    entries_.reserve(other.entries_.size());
    other.each_tenant([&](const base::Uuid& id, const Tenant& theirs) {
        if (without.contains(id)) return;
        auto& ours = tenants_[number_of(id)];
        ours = {static_cast<std::uint32_t>(entries_.size()), theirs.count};
        for (std::uint32_t i = 0; i < theirs.count; ++i) {
            const Entry& entry = other.entries_[theirs.first + i];
            std::uint32_t place = 0;
            if ((entry.order & kOfUser) != 0) all = keep(other.text_at(entry.text), place) && all;
            entries_.push_back({std::uint64_t{flags[entry.order >> 32]} << 32 | (entry.order & kRest), place,
                                variants[entry.variant]});
        }
    });
    return all;
}

void OverrideTable::seal() {
    std::sort(unsorted_.begin(), unsorted_.end(), [](const Unsorted& a, const Unsorted& b) {
        return a.tenant != b.tenant ? a.tenant < b.tenant : a.entry.order < b.entry.order;
    });
    entries_.reserve(entries_.size() + unsorted_.size());
    for (const auto& one : unsorted_) {
        auto& tenant = tenants_[one.tenant];
        if (tenant.count++ == 0) tenant.first = static_cast<std::uint32_t>(entries_.size());
        entries_.push_back(one.entry);
    }
    std::vector<Unsorted>().swap(unsorted_);
}

OverrideTable::Tenant OverrideTable::find(const base::Uuid& tenant) const noexcept {
    const auto found = numbers_.find(tenant);
    return found == numbers_.end() ? Tenant{} : tenants_[found->second];
}

std::string_view OverrideTable::text_at(std::uint32_t place) const noexcept {
    const char* const at = blocks_[place / kBlock].get() + place % kBlock;
    return {at + 2, static_cast<unsigned char>(at[0]) | std::size_t{static_cast<unsigned char>(at[1])} << 8};
}

// Keys that share a hash stand side by side.
std::uint32_t OverrideTable::look_up(const Tenant& tenant, std::uint64_t order,
                                     std::string_view targeting_key) const noexcept {
    const auto* const begin = entries_.data() + tenant.first;
    const auto* const end = begin + tenant.count;
    const auto* entry = std::lower_bound(
        begin, end, order, [](const Entry& a, std::uint64_t wanted) { return a.order < wanted; });
    for (; entry != end && entry->order == order; ++entry)
        if (targeting_key.empty() || text_at(entry->text) == targeting_key) return entry->variant;
    return kNone;
}

const OverrideTable::Entry* OverrideTable::first_user(const Tenant& tenant,
                                                      std::uint32_t flag) const noexcept {
    const auto* const begin = entries_.data() + tenant.first;
    return std::lower_bound(begin, begin + tenant.count, order_of(flag, {}) | kOfUser,
                            [](const Entry& a, std::uint64_t wanted) { return a.order < wanted; });
}

std::uint32_t OverrideTable::for_user(const Tenant& tenant, std::uint32_t flag,
                                      std::string_view targeting_key) const noexcept {
    if (tenant.count == 0 || targeting_key.empty()) return kNone;
    return look_up(tenant, order_of(flag, targeting_key), targeting_key);
}

std::uint32_t OverrideTable::for_tenant(const Tenant& tenant, std::uint32_t flag) const noexcept {
    return tenant.count == 0 ? kNone : look_up(tenant, order_of(flag, {}), {});
}

bool OverrideTable::any_of(const Tenant& tenant, const std::vector<bool>& flags) const noexcept {
    const auto* const begin = entries_.data() + tenant.first;
    return std::any_of(begin, begin + tenant.count,
                       [&flags](const Entry& entry) { return flags[entry.order >> 32]; });
}

std::size_t OverrideTable::bytes() const noexcept {
    return sizeof(OverrideTable) + entries_.capacity() * sizeof(Entry) + blocks_.size() * kBlock +
           unsorted_.capacity() * sizeof(Unsorted) + tenants_.capacity() * sizeof(Tenant) +
           numbers_.size() * (sizeof(base::Uuid) + sizeof(std::uint32_t) + 4 * sizeof(void*));
}

}  // namespace mortise::flags
