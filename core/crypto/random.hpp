#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mortise::crypto {

// `size` bytes from the kernel's generator, good for keys.
std::string random_bytes(std::size_t size);

// `prefix` and then `size` random bytes as base64url, such as "mrt_" and 32 bytes: a secret for a URL or
// header.
std::string random_token(std::string_view prefix, std::size_t size);

}  // namespace mortise::crypto
