#pragma once

#include "core/flags/flag_set.hpp"

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mortise::flags {

// Puts a FlagSet together: first all flags, then the overrides, row by row, so that no second copy of them is
// held in memory.
class FlagSetBuilder {
 public:
    // `flag` belongs to the tenant, or to the platform if that is nil.
    void add_flag(const base::Uuid& tenant, std::shared_ptr<const CompiledFlag> flag,
                  FlagSwitch state = FlagSwitch::kOn);
    // No flag comes after this, or after the first override.
    void end_flags();
    void add_metadata(const base::Uuid& tenant, std::string metadata);
    // Which rows the set is made of (FlagSet::config_tag), beside its overrides, which mark it by themselves.
    void set_version(std::int64_t version) { set_.version_ = version; }
    void mark(const base::Uuid& tenant, const Mark& row);

    // After the flags. What is for a key that no flag has is left out, since nobody can see it.
    void add_override(const base::Uuid& tenant, std::string_view key, std::string_view targeting_key,
                      std::string_view variant);
    // The overrides that another set of the same environment has, but of some tenants. After the flags and
    // before all other overrides; every key that has some there has flags here.
    void keep_overrides(const FlagSet& before, const std::set<base::Uuid>& without);
    // Keys of flags here that no flag of the other set has, and numbers there of those that none has here.
    // After end_flags().
    std::vector<std::string_view> keys_new(const FlagSet& before) const;
    std::vector<bool> keys_gone(const FlagSet& before) const;
    void add_plan_override(std::string_view plan, std::string_view key, std::string_view variant);

    // Ends the building. The builder is then empty.
    FlagSet build();

 private:
    struct Owned {
        base::Uuid tenant;
        std::shared_ptr<const CompiledFlag> flag;
        FlagSwitch state;
    };
    // Texts with their numbers, as long as more may come.
    class Numbers {
     public:
        explicit Numbers(Arena& texts) : texts_(texts) {}
        std::uint32_t number(std::string_view text);
        TextIndex index() { return TextIndex(std::move(list_)); }

     private:
        Arena& texts_;
        std::vector<std::string_view> list_;
        std::unordered_map<std::string_view, std::uint32_t> known_;
    };

    void place_flags();
    void add_gate(std::uint32_t at, FlagSwitch state);
    void find_needed();
    void find_moments();
    FlagSet::Moments moments_of(const FlagSet::Range& range);
    std::uint32_t place_of(const FlagSet::Range& own, std::string_view key) const;

    std::vector<Owned> owned_;
    bool keys_numbered_ = false;
    FlagSet set_;
    std::unique_ptr<Arena> texts_ = std::make_unique<Arena>(std::size_t{64} * 1024 * 1024);
    Numbers variants_{*texts_};
    Numbers plans_{*texts_};
};

}  // namespace mortise::flags
