#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/flag_model.hpp"
#include "core/flags/set_definition.hpp"
#include "core/storage/database.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// What an owner's flags, sets and segments come to in an environment, read from the database: what the checks
// of the services look at.
namespace mortise::flags {

// A flag that was written, and where its definition stands in what was sent.
struct WrittenFlag {
    std::string key;
    std::string at;
};

// What the flags of an owner share in an environment.
struct EffectiveSet {
    StoredSet stored;          // of version 0 if nothing was set; `environment` says where
    SetDefinition definition;  // with the segments that rules may refer to
};
base::Result<EffectiveSet> effective_set(storage::Unit& unit, const base::Uuid& tenant,
                                         std::string_view environment);

struct OwnerView {
    std::string environment;
    SetDefinition set;
    std::map<std::string, Segment, std::less<>> segments;
    std::map<std::string, Flag, std::less<>> flags;
};
// Of the environment; and if it is production, of every other one in which the owner has something, since
// what it hasn't there is production's.
base::Result<std::vector<OwnerView>> affected_views(storage::Unit& unit, const base::Uuid& tenant,
                                                    std::string_view environment);

// What was shared before a change, by environment.
using SetsBefore = std::map<std::string, SetDefinition, std::less<>>;
SetsBefore sets_of_views(const std::vector<OwnerView>& views);

// Flags that could be evaluated with what was shared before and can't be now, and names that now stand for an
// evaluator and a segment: what a change would break, as pointers into the document that is `what`
// ("/$evaluators", "/rule").
std::vector<base::FieldError> newly_broken(const SetsBefore& before, const std::vector<OwnerView>& after,
                                           const std::string& what);

// Of flags that were written in `environment` those that can be evaluated there, but not in another one that
// shows them with a set or segments of its own.
std::vector<base::FieldError> broken_elsewhere(const std::vector<OwnerView>& views,
                                               std::string_view environment,
                                               const std::vector<WrittenFlag>& written);

// Whether a rule anywhere in the view refers to this name.
bool refers_to(const OwnerView& view, std::string_view name);

}  // namespace mortise::flags
