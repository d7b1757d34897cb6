#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/flags/history.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/if_match.hpp"
#include "core/tenancy/page.hpp"

#include <cstdint>
#include <string_view>

namespace mortise::flags {

class FlagService;
class SegmentService;

// What was done to flags, for who asks, and how it is undone. Thread-safe.
class FlagHistory {
 public:
    // Both must outlive this object.
    FlagHistory(FlagService& flags, SegmentService& segments) : flags_(flags), segments_(segments) {}

    // Newest first. The key need not exist any more; `flag_not_found` or `segment_not_found` (404) if it
    // never did.
    base::Result<tenancy::Page<HistoryEntry>> list(const base::RequestContext& context, storage::Unit& unit,
                                                   std::string_view space, std::string_view key,
                                                   const tenancy::PageRequest& request);
    // `version_not_found` (404).
    base::Result<HistoryEntry> get(const base::RequestContext& context, storage::Unit& unit,
                                   std::string_view space, std::string_view key, std::int64_t number);

    struct Restored {
        HistoryEntry entry;          // of what was done
        std::int64_t overrides = 0;  // that came back with a flag which had been deleted
    };
    // Makes what the entry is of what it was after it, as a change like any other. Of a flag that is its
    // definition, and if it was deleted the overrides that went with it; of an override its variant.
    // `nothing_to_restore` (409) if the entry is a deletion, or that a flag was killed or archived; else the
    // errors of FlagService.
    base::Result<Restored> restore(const base::RequestContext& context, storage::Unit& unit,
                                   std::string_view space, std::string_view key, std::int64_t number,
                                   const tenancy::IfMatch& version);

 private:
    base::Status check_known(const base::RequestContext& context, storage::Unit& unit, std::string_view space,
                             std::string_view key);
    base::Status put(const base::RequestContext& context, storage::Unit& unit, std::string_view key,
                     const HistoryEntry& entry, const tenancy::IfMatch& version);

    FlagService& flags_;
    SegmentService& segments_;
};

}  // namespace mortise::flags
