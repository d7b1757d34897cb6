#include "core/flags/override_table.hpp"

#include <algorithm>
#include <functional>

namespace mortise::flags {
namespace {

constexpr std::size_t kMaxKeySize = 0xFFFF;

}  // namespace

std::uint64_t OverrideTable::order_of(std::uint32_t flag, std::string_view targeting_key) noexcept {
    const std::uint64_t high = std::uint64_t{flag} << 32;
    if (targeting_key.empty()) return high;
    return high | 0x80000000U | (std::hash<std::string_view>{}(targeting_key) & 0x7FFFFFFFU);
}

bool OverrideTable::add(const base::Uuid& tenant, std::uint32_t flag, std::string_view targeting_key,
                        std::uint32_t variant) {
    if (targeting_key.size() > kMaxKeySize || texts_.size() > kNone - kMaxKeySize - 2) return false;
    const auto number = numbers_.try_emplace(tenant, static_cast<std::uint32_t>(numbers_.size())).first->second;
    const auto offset = static_cast<std::uint32_t>(texts_.size());
    if (!targeting_key.empty()) {
        texts_ += static_cast<char>(targeting_key.size() & 0xFF);
        texts_ += static_cast<char>(targeting_key.size() >> 8);
        texts_ += targeting_key;
    }
    unsorted_.push_back({number, {order_of(flag, targeting_key), offset, variant}});
    return true;
}

void OverrideTable::seal() {
    std::sort(unsorted_.begin(), unsorted_.end(), [](const Unsorted& a, const Unsorted& b) {
        return a.tenant != b.tenant ? a.tenant < b.tenant : a.entry.order < b.entry.order;
    });
    tenants_.assign(numbers_.size(), {});
    entries_.reserve(unsorted_.size());
    for (const auto& one : unsorted_) {
        auto& tenant = tenants_[one.tenant];
        if (tenant.count++ == 0) tenant.first = static_cast<std::uint32_t>(entries_.size());
        entries_.push_back(one.entry);
    }
    std::vector<Unsorted>().swap(unsorted_);
    texts_.shrink_to_fit();
}

OverrideTable::Tenant OverrideTable::find(const base::Uuid& tenant) const noexcept {
    const auto found = numbers_.find(tenant);
    return found == numbers_.end() ? Tenant{} : tenants_[found->second];
}

std::string_view OverrideTable::text_at(std::uint32_t offset) const noexcept {
    const auto low = static_cast<unsigned char>(texts_[offset]);
    const auto high = static_cast<unsigned char>(texts_[offset + 1]);
    return std::string_view(texts_).substr(offset + 2, low | std::size_t{high} << 8);
}

// Keys that share a hash stand side by side.
std::uint32_t OverrideTable::look_up(const Tenant& tenant, std::uint64_t order,
                                     std::string_view targeting_key) const noexcept {
    const auto* const begin = entries_.data() + tenant.first;
    const auto* const end = begin + tenant.count;
    const auto* entry = std::lower_bound(begin, end, order,
                                         [](const Entry& a, std::uint64_t wanted) { return a.order < wanted; });
    for (; entry != end && entry->order == order; ++entry)
        if (targeting_key.empty() || text_at(entry->text) == targeting_key) return entry->variant;
    return kNone;
}

std::uint32_t OverrideTable::for_user(const Tenant& tenant, std::uint32_t flag,
                                      std::string_view targeting_key) const noexcept {
    if (tenant.count == 0 || targeting_key.empty()) return kNone;
    return look_up(tenant, order_of(flag, targeting_key), targeting_key);
}

std::uint32_t OverrideTable::for_tenant(const Tenant& tenant, std::uint32_t flag) const noexcept {
    return tenant.count == 0 ? kNone : look_up(tenant, order_of(flag, {}), {});
}

std::size_t OverrideTable::bytes() const noexcept {
    return sizeof(OverrideTable) + entries_.capacity() * sizeof(Entry) + texts_.capacity() +
           unsorted_.capacity() * sizeof(Unsorted) + tenants_.capacity() * sizeof(Tenant) +
           numbers_.size() * (sizeof(base::Uuid) + sizeof(std::uint32_t) + 4 * sizeof(void*));
}

}  // namespace mortise::flags
