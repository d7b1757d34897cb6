#pragma once

#include "core/base/result.hpp"
#include "core/base/system_error.hpp"

#include <string>
#include <string_view>

namespace mortise::storage {

// The codes of errors that storage answers; error_map.cpp holds the table that maps both engines to them.
inline constexpr std::string_view kUnique = "unique_violation";
inline constexpr std::string_view kForeignKey = "foreign_key_violation";
inline constexpr std::string_view kCheck = "check_violation";
inline constexpr std::string_view kBusy = "storage_busy";
inline constexpr std::string_view kSerialization = "serialization_failure";
inline constexpr std::string_view kStatementTimeout = "statement_timeout";
inline constexpr std::string_view kDenied = "statement_denied";
inline constexpr std::string_view kTooBig = "value_too_large";
inline constexpr std::string_view kFull = base::kNoSpace;
inline constexpr std::string_view kReadOnly = base::kReadOnlyDisk;
inline constexpr std::string_view kTooManyFiles = base::kNoDescriptors;
inline constexpr std::string_view kOutOfMemory = "storage_out_of_memory";
inline constexpr std::string_view kLost = "storage_lost";
inline constexpr std::string_view kCommitUnknown = "commit_unknown";

// The error of one of the codes above; any other code gives an internal error.
base::Error storage_error(std::string_view code, std::string log_text);

// `extended_code` is SQLite's extended result code (https://sqlite.org/rescode.html); `system_number` the
// errno of the system call behind it, or 0: it tells more of what could not be opened, read or written.
base::Error map_sqlite_error(int extended_code, std::string log_text, int system_number = 0);

// `sqlstate` has five characters (PostgreSQL manual, appendix A); empty stands for a lost connection.
base::Error map_postgresql_error(std::string_view sqlstate, std::string log_text);

// Whether running the whole unit again can help (busy, deadlock, serialization).
bool is_retryable(const base::Error& error) noexcept;

}  // namespace mortise::storage
