#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace mortise::base {

// The whole of a regular file. A missing file, one that is no regular file and one of more than `limit` bytes
// are errors whose detail names the path.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit);

// Replaces `path` at once and durably: writes a temporary file beside it with `mode`, syncs it, renames it
// and syncs the folder. After a crash the old content or the new one is there, whole. A lack of space or
// descriptors, and a read-only disk, have the codes of system_error.hpp; other errors name the path.
Status write_file(const std::filesystem::path& path, std::string_view content, unsigned mode);

}  // namespace mortise::base
