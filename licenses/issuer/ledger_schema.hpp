#pragma once

#include <cstdint>
#include <string_view>

namespace mortise::issuer {

inline constexpr std::int64_t kLedgerVersion = 1;

// sql/0001_ledger.sql, compiled in by CMake.
std::string_view ledger_schema() noexcept;

}  // namespace mortise::issuer
