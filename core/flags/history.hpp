#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/storage/database.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What was done to flags. Each key has its entries, numbered from 1; the newest kMaxHistory of each kind of
// thing are kept.
namespace mortise::flags {

inline constexpr std::int64_t kMaxHistory = 500;
inline constexpr std::size_t kMaxComment = 1000;  // characters

// What a key is of.
inline constexpr std::string_view kFlagSpace = "flag";
inline constexpr std::string_view kFlagSetSpace = "flag_set";  // its key is empty
inline constexpr std::string_view kSegmentSpace = "flag_segment";

// What of it was changed.
inline constexpr std::string_view kFlagKind = "flag";
inline constexpr std::string_view kFlagSetKind = "flag_set";
inline constexpr std::string_view kSegmentKind = "segment";
inline constexpr std::string_view kStateKind = "state";  // killed or archived, as JSON
// All that overrode a flag which was deleted, or restored, as counts: {"count", "kept"}.
inline constexpr std::string_view kOverridesKind = "overrides";
inline constexpr std::string_view kUserOverride = "user_override";
inline constexpr std::string_view kTenantOverride = "tenant_override";
inline constexpr std::string_view kPlanOverride = "plan_override";

struct Change {
    std::string_view space;
    std::string_view key;
    std::string_view kind;
    std::string_view subject;  // an override's targeting key or plan; else empty
    // A definition, or an override's variant; none: it was not there, it is gone.
    std::optional<std::string_view> was;
    std::optional<std::string_view> became;
    std::string_view environment = {};  // empty: the context's
};

// Who did something, as far as it is to be shown.
struct Author {
    base::PrincipalKind kind = base::PrincipalKind::kSystem;
    base::Uuid id;  // nil: the server itself
    std::string label;
};

struct HistoryEntry {
    std::int64_t number = 0;
    std::string kind;
    std::string subject;
    std::string action;  // created, updated, deleted
    std::optional<std::string> was;
    std::optional<std::string> became;
    Author author;
    base::Uuid actor;  // who really acted, if it is another; else nil
    std::string comment;
    base::Uuid change_request;  // nil: a direct write
    base::Micros done_at = 0;
};

// Whose history, and of what.
struct HistoryOf {
    base::Uuid tenant;  // nil: the platform
    std::string_view environment;
    std::string_view space;
    std::string_view key;
};

// Begins a write of flags: takes the turn of this unit (others that write flags wait until it ends), so that
// what is read from now on stays. Where changes of the environment (empty: the context's) need approvals, one
// that has none is `approval_required` (409).
base::Status begin_write(const base::RequestContext& context, storage::Unit& unit,
                         std::string_view environment = {});

// Keeps a change with the context's author, comment and environment, in the unit that makes it.
base::Status keep_history(const base::RequestContext& context, storage::Unit& unit, const base::Clock& clock,
                          const Change& change);

}  // namespace mortise::flags

namespace mortise::flags::repository {

base::Status add_history(storage::Unit& unit, const HistoryOf& of, const HistoryEntry& entry);
// Newest first, numbers below `before`, at most `limit`.
base::Result<std::vector<HistoryEntry>> history(storage::Unit& unit, const HistoryOf& of, std::int64_t before,
                                                std::int64_t limit);
base::Result<std::optional<HistoryEntry>> find_history(storage::Unit& unit, const HistoryOf& of,
                                                       std::int64_t number);
// Of the newest entry of this kind; 0 if there is none.
base::Result<std::int64_t> last_number(storage::Unit& unit, const HistoryOf& of, std::string_view kind);
base::Status remove_history(storage::Unit& unit, const base::Uuid& tenant);
// All of a tenant's, for its export.
using HistorySink = std::function<base::Status(const HistoryOf&, const HistoryEntry&)>;
base::Status each_history(storage::Unit& unit, const base::Uuid& tenant, const HistorySink& sink);

}  // namespace mortise::flags::repository
