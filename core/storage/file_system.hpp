#pragma once

#include "core/base/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace mortise::storage {

// Writes a file so that after a crash it is there whole or not at all: a temporary file beside it, fsync,
// rename, fsync of the directory. Mode 0600.
base::Status write_file_durably(const std::filesystem::path& path, std::string_view bytes);
// Gives a written file its final name, durably; an older file of that name is replaced.
base::Status publish_file(const std::filesystem::path& temporary, const std::filesystem::path& path);
base::Result<std::string> read_file(const std::filesystem::path& path);
// Not an error if it is not there.
base::Status remove_file(const std::filesystem::path& path);
// Makes what was renamed or removed in a directory durable.
base::Status sync_directory(const std::filesystem::path& directory);
// Removes what SQLite keeps beside a database file (-wal, -shm, -journal).
base::Status remove_sidecars(const std::filesystem::path& database);

}  // namespace mortise::storage
