#pragma once

// Private to the snapshot of flags.

#include "core/flags/flag_set_builder.hpp"
#include "core/flags/snapshot.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mortise::flags {

// Puts together one snapshot. What can't be read of it doesn't stop the rest.
class FlagLoader {
 public:
    FlagLoader(FlagStore& store, storage::Unit& unit) : store_(store), unit_(unit) {}

    base::Result<std::shared_ptr<const FlagEnvironments>> load();
    // After load().
    std::vector<FlagStore::Unreadable> take_unreadable();

 private:
    // The rows of which what an owner shares in an environment is made.
    struct Shared {
        const StoredSet* set = nullptr;
        std::map<std::string_view, const Segment*> segments;
    };
    using SharedBy = std::map<base::Uuid, Shared>;

    SharedBy shared_in(std::string_view environment) const;
    static std::string name_of(const base::Uuid& tenant, const Shared& shared);
    FlagStore::KeptSet set_of(const base::Uuid& tenant, std::string_view environment, const Shared& shared,
                              const std::string& name);
    base::Result<SetDefinition> read_shared(const Shared& shared) const;
    void add_flags(std::string_view environment, FlagSetBuilder& builder);
    const FlagStore::KeptFlag& compile(const Flag& row, const FlagStore::KeptSet& set);
    void make(FlagStore::KeptFlag& now, const Flag& row, const FlagStore::KeptSet& set) const;
    base::Status add_overrides();

    FlagStore& store_;
    storage::Unit& unit_;
    std::map<std::string, FlagSetBuilder, std::less<>> builders_;
    std::vector<StoredSet> sets_;
    std::vector<Segment> segments_;
    std::vector<Flag> flags_;
    FlagStore::Kept kept_;
    std::vector<FlagStore::Unreadable> unreadable_;
};

}  // namespace mortise::flags
