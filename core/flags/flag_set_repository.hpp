#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/flag_model.hpp"
#include "core/storage/database.hpp"

#include <optional>
#include <string_view>
#include <vector>

// The statements about what the flags of an owner share: sets and segments. Each runs in the caller's unit;
// nothing here decides.
namespace mortise::flags::repository {

// What the owner has in this very environment.
base::Result<std::optional<StoredSet>> find_set(storage::Unit& unit, const base::Uuid& tenant,
                                                std::string_view environment);
// Of one owner, or of all, in every environment.
base::Result<std::vector<StoredSet>> sets_of(storage::Unit& unit, const base::Uuid& tenant);
base::Result<std::vector<StoredSet>> all_sets(storage::Unit& unit);
// Writes the row over that of version `version - 1`, or inserts it if it is `fresh`; false if that is gone.
base::Result<bool> put_set(storage::Unit& unit, const StoredSet& set, bool fresh);
base::Status remove_set(storage::Unit& unit, const base::Uuid& tenant, std::string_view environment);

base::Result<std::optional<Segment>> find_segment(storage::Unit& unit, const base::Uuid& tenant,
                                                  std::string_view environment, std::string_view key);
// Of one owner, or of all, in every environment.
base::Result<std::vector<Segment>> segments_of(storage::Unit& unit, const base::Uuid& tenant);
base::Result<std::vector<Segment>> all_segments(storage::Unit& unit);
base::Status insert_segment(storage::Unit& unit, const Segment& segment);
// Over the row of version `segment.version - 1`; false if that is gone.
base::Result<bool> update_segment(storage::Unit& unit, const Segment& segment);
base::Status remove_segment(storage::Unit& unit, const Segment& segment);

// Production's get at least these versions: they show in the place of what was removed, and no tag may come
// to stand for two contents.
base::Status raise_set_version(storage::Unit& unit, const base::Uuid& tenant, std::int64_t least);
base::Status raise_segment_version(storage::Unit& unit, const base::Uuid& tenant, std::string_view key,
                                   std::int64_t least);

// Sets and segments, in all environments.
base::Status remove_shared(storage::Unit& unit, const base::Uuid& tenant);
base::Status remove_shared_in(storage::Unit& unit, std::string_view environment);

}  // namespace mortise::flags::repository
