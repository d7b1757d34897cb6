#pragma once

#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/flags/evaluation.hpp"
#include "core/storage/database.hpp"

#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace mortise::flags {

class FlagService;
class FlagStore;

// Says why a subject gets the value that it gets. Thread-safe.
class FlagExplainer {
 public:
    // Both must outlive this object.
    FlagExplainer(FlagService& flags, const FlagStore& store) : flags_(flags), store_(store) {}

    // {"evaluation": as OFREP answers it, "steps": […]}: what was looked at, in order, each with its `step`,
    // where in the definition it stands (`pointer`), what it came to, and whether it `decided`. The step
    // "targeting" has the rule's own steps (rule_trace.hpp). Definitions come from the database, the
    // evaluation from the snapshot that all others are answered from. `flag_not_found` (404).
    base::Result<nlohmann::ordered_json> explain(const base::RequestContext& context, storage::Unit& unit,
                                                 const Subject& subject, std::string_view key);

 private:
    FlagService& flags_;
    const FlagStore& store_;
};

}  // namespace mortise::flags
