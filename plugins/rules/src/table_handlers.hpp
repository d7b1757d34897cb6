#pragma once

#include "mortise/call.hpp"

#include <cstddef>

// One function for each route of decision tables.
namespace rules {

inline constexpr std::size_t kMaxSheetBody = std::size_t{16} << 20;  // bytes

mortise::sdk::Response list_tables(mortise::sdk::Call& call);
mortise::sdk::Response read_table(mortise::sdk::Call& call);
mortise::sdk::Response import_table(mortise::sdk::Call& call);

}  // namespace rules
