#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/storage/schema.hpp"
#include "core/storage/sqlite_file.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace mortise::storage {

// The tenants' files in one directory, of which a bounded number is kept open. Thread-safe.
class SqliteTenants {
 public:
    // `schemas` and `clock` must outlive it.
    SqliteTenants(std::filesystem::path directory, std::size_t open_files,
                  std::chrono::milliseconds busy_timeout, const SchemaRegistry& schemas,
                  const base::Clock& clock);

    // The file of a tenant that exists. A file in use is never closed, so more than the bound can be open
    // while more than that many are used at once.
    base::Result<std::shared_ptr<SqliteFile>> find(const base::Uuid& tenant);
    // Copies a template that has the present schema; the new file appears whole or not at all.
    base::Status create(const base::Uuid& tenant);
    base::Status drop(const base::Uuid& tenant);
    std::size_t open_count() const;

 private:
    using Recent = std::list<std::pair<base::Uuid, std::shared_ptr<SqliteFile>>>;

    std::filesystem::path path_of(const base::Uuid& tenant) const;
    Recent evict();
    base::Result<std::string> template_bytes();

    const std::filesystem::path directory_;
    const std::size_t open_files_;
    const std::chrono::milliseconds busy_timeout_;
    const SchemaRegistry& schemas_;
    const base::Clock& clock_;

    mutable std::mutex mutex_;
    Recent recent_;  // the most recently used first
    std::unordered_map<base::Uuid, Recent::iterator> index_;

    std::mutex create_mutex_;  // guards the template
    std::string template_;
    std::int32_t template_fingerprint_ = 0;
};

}  // namespace mortise::storage
