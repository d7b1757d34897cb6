#pragma once

#include "core/flags/flag_model.hpp"
#include "core/flags/flag_set.hpp"
#include "core/flags/set_definition.hpp"
#include "core/tenancy/published.hpp"
#include "core/tenancy/snapshots.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mortise::flags {

class FlagSetBuilder;

// The flags in memory. read() may be called on any thread and touches no database.
class FlagStore final : public tenancy::Snapshot {
 public:
    static constexpr std::string_view kName = "flags";

    std::shared_ptr<const FlagSet> read() const { return set_.read(); }

    std::string_view snapshot_name() const noexcept override { return kName; }
    // A bad definition never replaces a good one: of a flag or set that can't be read, what was read before
    // stays in use, and without that the flag is PARSE_ERROR, alone. If the rows can't be read at all, the
    // whole that was loaded before stays.
    base::Status load(storage::Unit& unit) override;

    // What could not be read the last time.
    struct Unreadable {
        base::Uuid tenant;   // nil: the platform's
        std::string key;     // of the flag; empty: what the set shares
        std::string code;    // why
        bool stale = false;  // an earlier definition is in use
        bool operator==(const Unreadable&) const = default;
    };
    std::shared_ptr<const std::vector<Unreadable>> unreadable() const { return unreadable_.read(); }

 private:
    // A flag that was compiled before, and of what; it is compiled again only if that has changed.
    struct Kept {
        std::int64_t flag_version = 0;
        std::int64_t set_version = 0;
        std::shared_ptr<const CompiledFlag> flag;
        std::string fault = {};  // why the row could not be read; the flag is then an earlier one, or none
        bool stale = false;
    };
    using KeptFlags = std::map<base::Uuid, Kept>;  // by the flag's id
    struct KeptSet {
        SetDefinition definition;
        std::int64_t version = 0;
    };
    using KeptSets = std::map<base::Uuid, KeptSet>;  // by the owner
    struct Loading;

    base::Status load_sets(Loading& loading) const;
    base::Status load_flags(Loading& loading) const;
    void compile(Kept& kept, const Flag& row, const SetDefinition& set) const;

    tenancy::Published<FlagSet> set_;
    tenancy::Published<std::vector<Unreadable>> unreadable_;
    // Used by load() only, which one thread calls at a time.
    KeptFlags kept_;
    KeptSets kept_sets_;
};

}  // namespace mortise::flags
