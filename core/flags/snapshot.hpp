#pragma once

#include "core/flags/flag_set.hpp"
#include "core/tenancy/published.hpp"
#include "core/tenancy/snapshots.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace mortise::flags {

class FlagSetBuilder;

// The flags in memory. read() may be called on any thread and touches no database.
class FlagStore final : public tenancy::Snapshot {
 public:
    static constexpr std::string_view kName = "flags";

    std::shared_ptr<const FlagSet> read() const { return set_.read(); }

    std::string_view snapshot_name() const noexcept override { return kName; }
    // What is stored and can't be read at all fails the whole, and what was loaded before stays in use. A
    // rule that can't be compiled is PARSE_ERROR of its flag alone.
    base::Status load(storage::Unit& unit) override;

 private:
    // A flag that was compiled before, and of what; it is compiled again only if that has changed.
    struct Kept {
        std::int64_t flag_version = 0;
        std::int64_t set_version = 0;
        std::shared_ptr<const CompiledFlag> flag;
    };
    using KeptFlags = std::map<base::Uuid, Kept>;  // by the flag's id

    base::Status add_flags(storage::Unit& unit, FlagSetBuilder& builder, KeptFlags& kept) const;

    tenancy::Published<FlagSet> set_;
    KeptFlags kept_;  // used by load() only, which one thread calls at a time
};

}  // namespace mortise::flags
