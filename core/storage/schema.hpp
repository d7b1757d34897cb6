#pragma once

#include "core/base/result.hpp"
#include "core/storage/migration.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace mortise::storage {

// What a database must have: the sets of its owners, and one number that tells it from every other schema.
// Immutable.
struct Schema {
    std::vector<MigrationSet> sets;  // in the order in which their owners were declared
    std::int32_t fingerprint = 0;    // of owners, versions and checksums; 0 only when there are no sets
};

// The schema that databases of one kind must have now. Thread-safe.
class SchemaRegistry {
 public:
    // Adds an owner's set or replaces it; refuses a set with a gap, and one that changes a step that was
    // applied: the databases that have it would take no other.
    base::Status declare(const MigrationSet& set);
    std::shared_ptr<const Schema> current() const;
    // A database has all of `schema` now.
    void applied(const Schema& schema) const;

 private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Schema> schema_ = std::make_shared<Schema>();
    mutable std::map<std::string, std::vector<AppliedMigration>, std::less<>> applied_;  // by owner
    mutable std::int32_t applied_fingerprint_ = 0;  // of the last that was
};

}  // namespace mortise::storage
