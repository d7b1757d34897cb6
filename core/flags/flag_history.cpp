#include "core/flags/flag_history.hpp"

#include "core/base/text.hpp"
#include "core/flags/flag_repository.hpp"
#include "core/flags/flag_service.hpp"
#include "core/flags/segment_service.hpp"

#include <limits>
#include <utility>

namespace mortise::flags {
namespace {

constexpr std::int64_t kNewest = std::numeric_limits<std::int64_t>::max();

HistoryOf of(const base::RequestContext& context, std::string_view space, std::string_view key) {
    return {context.tenant, context.environment, space, key};
}

// The cursor is the number of the last entry of the page before.
base::Result<std::int64_t> before_of(const tenancy::PageRequest& request) {
    if (request.cursor.empty()) return kNewest;
    const auto number = base::parse_i64(request.cursor);
    if (number && *number > 0) return *number;
    return base::Error{base::ErrorKind::kInvalid, "invalid_cursor", "The cursor is not one of this list."};
}

}  // namespace

base::Result<tenancy::Page<HistoryEntry>> FlagHistory::list(const base::RequestContext& context,
                                                            storage::Unit& unit, std::string_view space,
                                                            std::string_view key,
                                                            const tenancy::PageRequest& request) {
    MORTISE_TRY_ASSIGN(const auto before, before_of(request));
    MORTISE_TRY_ASSIGN(auto entries, repository::history(unit, of(context, space, key), before,
                                                         std::int64_t{request.limit} + 1));
    if (entries.empty() && request.cursor.empty()) MORTISE_TRY(check_known(context, unit, space, key));
    tenancy::Page<HistoryEntry> page;
    if (entries.size() > request.limit) {
        entries.resize(request.limit);
        page.next_cursor = std::to_string(entries.back().number);
    }
    page.items = std::move(entries);
    return page;
}

// What has no history may be older than histories are.
base::Status FlagHistory::check_known(const base::RequestContext& context, storage::Unit& unit,
                                      std::string_view space, std::string_view key) {
    if (space == kFlagSpace) MORTISE_TRY(flags_.get(context, unit, key));
    if (space == kSegmentSpace) MORTISE_TRY(segments_.get(context, unit, key));
    return {};
}

base::Result<HistoryEntry> FlagHistory::get(const base::RequestContext& context, storage::Unit& unit,
                                            std::string_view space, std::string_view key,
                                            std::int64_t number) {
    MORTISE_TRY_ASSIGN(auto found, repository::find_history(unit, of(context, space, key), number));
    if (found) return *std::move(found);
    return base::Error{base::ErrorKind::kNotFound, "version_not_found",
                       "The history has no version of this number, or not any more."};
}

base::Status FlagHistory::put(const base::RequestContext& context, storage::Unit& unit, std::string_view key,
                              const HistoryEntry& entry, const tenancy::IfMatch& version) {
    const std::string_view wanted = *entry.became;
    if (entry.kind == kSegmentKind) {
        MORTISE_TRY(segments_.put(context, unit, key, wanted, version));
    } else if (entry.kind == kFlagSetKind) {
        MORTISE_TRY(flags_.put_set(context, unit, wanted, version));
    } else if (entry.kind == kPlanOverride) {
        MORTISE_TRY(flags_.put_plan_override(context, unit, key, entry.subject, wanted, version));
    } else if (entry.kind == kUserOverride || entry.kind == kTenantOverride) {
        MORTISE_TRY(flags_.put_override(context, unit, key, entry.subject, wanted, version));
    } else {
        // What was taken once, perhaps with warnings, is taken again.
        MORTISE_TRY(flags_.put(context, unit, key, wanted, version, Strictness::kFlagd));
    }
    return {};
}

base::Result<FlagHistory::Restored> FlagHistory::restore(const base::RequestContext& context,
                                                         storage::Unit& unit, std::string_view space,
                                                         std::string_view key, std::int64_t number,
                                                         const tenancy::IfMatch& version) {
    MORTISE_TRY_ASSIGN(const auto entry, get(context, unit, space, key, number));
    if (!entry.became || entry.kind == kStateKind || entry.kind == kOverridesKind)
        return base::Error{
            base::ErrorKind::kConflict, "nothing_to_restore",
            "This version is a deletion, or of a switch: restore another one, or use the switch."};
    bool was_gone = false;
    if (entry.kind == kFlagKind) {
        MORTISE_TRY_ASSIGN(const auto found,
                           repository::find(unit, context.tenant, key, context.environment));
        was_gone = !found.has_value();
    }
    MORTISE_TRY(put(context, unit, key, entry, version));
    MORTISE_TRY_ASSIGN(auto newest, repository::history(unit, of(context, space, key), kNewest, 1));
    Restored restored{.entry = std::move(newest.at(0))};
    if (was_gone) {
        MORTISE_TRY_ASSIGN(restored.overrides, flags_.bring_back_overrides(context, unit, key));
    }
    return restored;
}

}  // namespace mortise::flags
