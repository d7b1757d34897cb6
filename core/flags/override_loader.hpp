#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/flag_set_builder.hpp"
#include "core/flags/override_repository.hpp"
#include "core/storage/database.hpp"

#include <map>
#include <set>
#include <string>

namespace mortise::flags {

class FlagEnvironments;

// Adds overrides to the sets of a snapshot that is being put together. Of tenants whose overrides are as they
// were in the snapshot before they are taken from there: a change of one tenant doesn't read those of all.
class OverrideLoader {
 public:
    using Builders = std::map<std::string, FlagSetBuilder, std::less<>>;
    using Marks = repository::OverrideMarks;

    // `marks` are those of the snapshot `before`; null: there was none.
    OverrideLoader(storage::Unit& unit, const FlagEnvironments& before, const Marks* marks)
        : unit_(unit), before_(before), marks_before_(marks) {}

    // After the flags of all environments.
    base::Status add_to(Builders& builders);
    Marks take_marks() { return std::move(marks_); }

 private:
    base::Status find_changed(const Builders& builders);
    void compare_marks();
    base::Status find_of_new_keys(const FlagSetBuilder& builder, const FlagSet& before);
    base::Status add_all(Builders& builders);
    base::Status add_changed(Builders& builders);

    storage::Unit& unit_;
    const FlagEnvironments& before_;
    const Marks* marks_before_;
    Marks marks_;
    std::set<base::Uuid> changed_;  // tenants whose overrides are read
    bool all_ = false;              // of so many that all are
};

}  // namespace mortise::flags
