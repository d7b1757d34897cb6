#pragma once

#include "core/base/result.hpp"

#include <string>
#include <string_view>

namespace mortise::base {

// Codes of what the machine lacks. Work goes on by itself when there is enough of it again.
inline constexpr std::string_view kNoSpace = "storage_full";
inline constexpr std::string_view kReadOnlyDisk = "storage_read_only";
inline constexpr std::string_view kNoDescriptors = "too_many_open_files";

// The code of such a lack by errno (ENOSPC, EDQUOT, EFBIG; EROFS; EMFILE, ENFILE); empty for any other.
std::string_view lack_of(int number) noexcept;

// The error for a system call that failed with this errno: kUnavailable with one of the codes above, or else
// an internal error. `log_text` says what was tried; the number's meaning is added.
Error system_error(int number, std::string log_text);

}  // namespace mortise::base
