#pragma once

#include <string>
#include <string_view>

namespace rules::tables {

// Texts of cells as workbooks hold them (ECMA-376, 22.9.2.19): what XML can't hold, and a carriage return,
// which it would change, is `_xHHHH_`.
std::string encode_cell(std::string_view text);
std::string decode_cell(std::string_view text);

}  // namespace rules::tables
