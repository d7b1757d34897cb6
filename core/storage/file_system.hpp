#pragma once

#include "core/base/result.hpp"

#include <filesystem>

namespace mortise::storage {

// Gives a written file its final name, durably; an older file of that name is replaced.
base::Status publish_file(const std::filesystem::path& temporary, const std::filesystem::path& path);
// Not an error if it is not there.
base::Status remove_file(const std::filesystem::path& path);
// Makes what was renamed or removed in a directory durable.
base::Status sync_directory(const std::filesystem::path& directory);
// Removes what SQLite keeps beside a database file (-wal, -shm, -journal).
base::Status remove_sidecars(const std::filesystem::path& database);

}  // namespace mortise::storage
