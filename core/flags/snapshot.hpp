#pragma once

#include "core/flags/flag_model.hpp"
#include "core/flags/flag_set.hpp"
#include "core/flags/override_loader.hpp"
#include "core/flags/set_definition.hpp"
#include "core/tenancy/published.hpp"
#include "core/tenancy/snapshots.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mortise::flags {

// The flags of every environment as of one moment; immutable once it is published.
class FlagEnvironments {
 public:
    FlagEnvironments();  // those that always exist, without flags

    const FlagSet& production() const noexcept { return *production_; }
    // Null if there is none of this name.
    const FlagSet* find(std::string_view name) const noexcept;
    // Makes an environment, or another one of the same name.
    void put(std::string name, FlagSet set);

    const std::map<std::string, FlagSet, std::less<>>& all() const noexcept { return sets_; }

 private:
    std::map<std::string, FlagSet, std::less<>> sets_;
    const FlagSet* production_ = nullptr;
};

// The flags in memory. read() may be called on any thread and touches no database.
class FlagStore final : public tenancy::Snapshot {
 public:
    static constexpr std::string_view kName = "flags";

    std::shared_ptr<const FlagSet> read() const;  // production
    // Null if there is no such environment.
    std::shared_ptr<const FlagSet> read(std::string_view environment) const;
    std::shared_ptr<const FlagEnvironments> environments() const { return published_.read(); }

    std::string_view snapshot_name() const noexcept override { return kName; }
    // A bad definition never replaces a good one: of a flag or set that can't be read, what was read before
    // stays in use, and without that the flag is PARSE_ERROR, alone. If the rows can't be read at all, the
    // whole that was loaded before stays.
    base::Status load(storage::Unit& unit) override;

    // What could not be read the last time.
    struct Unreadable {
        base::Uuid tenant;   // nil: the platform's
        std::string key;     // of the flag; empty: what the set shares
        std::string code;    // invalid_flag, invalid_flag_set or invalid_flag_segment
        bool stale = false;  // an earlier definition is in use
        bool operator==(const Unreadable&) const = default;
    };
    std::shared_ptr<const std::vector<Unreadable>> unreadable() const { return unreadable_.read(); }

 private:
    friend class FlagLoader;
    // What was made of rows that have not changed since, so that it is made once.
    struct KeptSet {
        std::shared_ptr<const SetDefinition> definition;
        SetText text = {};
        std::uint64_t number = 0;  // tells it from every other one
        std::string fault = {};    // why the rows could not be read; then it is an earlier one, or empty
        bool stale = false;
    };
    struct KeptFlag {
        std::int64_t version = 0;
        std::shared_ptr<const CompiledFlag> flag;
        std::string fault = {};  // why the row could not be read; the flag is then an earlier one, or none
        bool stale = false;
    };
    struct Kept {
        std::map<std::string, KeptSet, std::less<>> sets;  // by the versions of their rows
        std::map<std::pair<base::Uuid, std::uint64_t>, KeptFlag>
            flags;  // by the flag's id and the set's number
        // The last of each, to go on with if the next can't be read.
        std::map<std::pair<base::Uuid, std::string>, KeptSet> last_sets;  // by owner and environment
        std::map<base::Uuid, KeptFlag> last_flags;                        // by the flag's id
        std::optional<OverrideLoader::Marks> override_marks;              // none: nothing was loaded
    };

    tenancy::Published<FlagEnvironments> published_;
    tenancy::Published<std::vector<Unreadable>> unreadable_;
    Kept kept_;  // used by load() only, which one thread calls at a time
    std::uint64_t last_number_ = 0;
};

}  // namespace mortise::flags
