#pragma once

#include <string>
#include <string_view>

namespace rules {

// SHA-256 (FIPS 180-4) of a text, in 64 hexadecimal digits. Here it tells inputs apart, and guards no secret.
std::string sha256_hex(std::string_view text);

}  // namespace rules
