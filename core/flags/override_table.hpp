#pragma once

#include "core/base/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mortise::flags {

// Overrides of all tenants: which variant, by its number, somebody gets of a flag, by its key's number. An
// override is 16 bytes and its targeting key; those of one tenant lie side by side in the order in which they
// are looked for. Immutable once it is sealed, so that threads may share it.
class OverrideTable {
 public:
    static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

    // An empty targeting key: for the whole tenant. Before seal() only; false if it is too much.
    bool add(const base::Uuid& tenant, std::uint32_t flag, std::string_view targeting_key,
             std::uint32_t variant);
    // Copies what another, sealed table has of all tenants but some, under the numbers that flags and
    // variants have here, by those that they have there. Flags are in one order in both, and have a number
    // here. Before the first add(), which is for the other tenants. False if it is too much.
    bool take(const OverrideTable& other, const std::set<base::Uuid>& without,
              std::span<const std::uint32_t> flags, std::span<const std::uint32_t> variants);
    void seal();

    // The overrides of one tenant; cheap to copy. Empty for a tenant that has none.
    struct Tenant {
        std::uint32_t first = 0;
        std::uint32_t count = 0;
    };
    Tenant find(const base::Uuid& tenant) const noexcept;
    // Hands on each tenant that has overrides.
    template <class Sink>
    void each_tenant(Sink sink) const {
        for (const auto& [id, number] : numbers_)
            sink(id, tenants_[number]);
    }

    // The variant for a user, or else for the whole tenant; kNone if there is none.
    std::uint32_t for_user(const Tenant& tenant, std::uint32_t flag,
                           std::string_view targeting_key) const noexcept;
    std::uint32_t for_tenant(const Tenant& tenant, std::uint32_t flag) const noexcept;

    // Whether it has one of a flag that is marked, by its number.
    bool any_of(const Tenant& tenant, const std::vector<bool>& flags) const noexcept;

    // Hands on the targeting key and variant of each user's override of a flag, in no particular order, until
    // the sink answers false.
    template <class Sink>
    void each_user(const Tenant& tenant, std::uint32_t flag, Sink sink) const {
        const auto* const end = entries_.data() + tenant.first + tenant.count;
        for (const auto* entry = first_user(tenant, flag); entry != end && entry->order >> 32 == flag;
             ++entry)
            if (!sink(text_at(entry->text), entry->variant)) return;
    }

    std::size_t size() const noexcept { return entries_.size(); }
    std::size_t bytes() const noexcept;

 private:
    static constexpr std::uint32_t kBlock = 1U << 20;
    struct Entry {
        std::uint64_t order;  // flag, then whether it is for one user, then 31 bits of the key's hash
        std::uint32_t text;   // where the targeting key is
        std::uint32_t variant;
    };
    static_assert(sizeof(Entry) == 16);

    const Entry* first_user(const Tenant& tenant, std::uint32_t flag) const noexcept;
    static std::uint64_t order_of(std::uint32_t flag, std::string_view targeting_key) noexcept;
    std::uint32_t number_of(const base::Uuid& tenant);
    bool keep(std::string_view text, std::uint32_t& place);
    std::string_view text_at(std::uint32_t place) const noexcept;
    std::uint32_t look_up(const Tenant& tenant, std::uint64_t order,
                          std::string_view targeting_key) const noexcept;

    struct Unsorted {
        std::uint32_t tenant;
        Entry entry;
    };
    std::vector<Unsorted> unsorted_;  // until seal()
    std::vector<Entry> entries_;
    // Targeting keys, each behind its size in two bytes, in blocks of kBlock bytes that never move.
    std::vector<std::unique_ptr<char[]>> blocks_;
    std::uint32_t used_ = kBlock;                            // of the last block
    std::unordered_map<base::Uuid, std::uint32_t> numbers_;  // of the tenants
    std::pair<base::Uuid, std::uint32_t> last_tenant_{{}, kNone};
    std::vector<Tenant> tenants_;
};

}  // namespace mortise::flags
