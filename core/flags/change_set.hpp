#pragma once

#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/storage/database.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace mortise::flags {

class FlagService;
class SegmentService;

inline constexpr std::size_t kMaxPlannedChanges = 100;           // of one request
inline constexpr std::size_t kMaxChangesSize = 2 * 1024 * 1024;  // bytes of their JSON

enum class ChangeOp : std::uint8_t {
    kPutFlag,
    kDeleteFlag,
    kArchiveFlag,
    kUnarchiveFlag,
    kPutFlagSet,
    kPutSegment,
    kDeleteSegment,
    kPutOverride,
    kDeleteOverride
};

// By whom changes are made.
struct ChangeMakers {
    FlagService& flags;
    SegmentService& segments;
};

// One change that is to be made later.
struct PlannedChange {
    ChangeOp op = ChangeOp::kPutFlag;
    std::string key;            // empty for the set
    std::string targeting_key;  // of a user's override; of a tenant's it is empty, and so is the plan
    std::string plan;
    std::string variant;     // of kPutOverride
    std::string definition;  // JSON, of kPutFlag, kPutFlagSet and kPutSegment
    std::string base;        // the state that it was made for; see bases_now()
};

// Several changes that are made together, or not at all.
using ChangeSet = std::vector<PlannedChange>;

// Reads [{"op": "put_flag", "key": …, "definition": …}, …]: all of it, or `invalid_body` (400) with pointers
// that begin with /changes. Nothing may be changed twice.
base::Result<ChangeSet> parse_changes(const nlohmann::json& changes);
// The same list again; with `bases` as it is stored, else as it is shown.
nlohmann::ordered_json to_json(const ChangeSet& changes, bool bases);
base::Result<ChangeSet> read_stored_changes(std::string_view json);

// Whether the definitions are good by themselves, as their service would find: `invalid_flag` or
// `invalid_flag_set` (400), with pointers that begin with /changes.
base::Status check_changes(const base::RequestContext& context, storage::Unit& unit,
                           const ChangeSet& changes);

// What each change would replace is named by id and version; what is not there, by nothing.
base::Result<std::vector<std::string>> bases_now(const base::RequestContext& context, storage::Unit& unit,
                                                 const ChangeMakers& makers, const ChangeSet& changes);

// Makes all changes. The unit has had its turn (begin_write()), and the context says that they are approved.
base::Status apply_changes(const base::RequestContext& context, storage::Unit& unit,
                           const ChangeMakers& makers, const ChangeSet& changes);

}  // namespace mortise::flags
