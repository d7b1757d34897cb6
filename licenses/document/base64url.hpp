#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mortise::licenses {

// base64url without padding (RFC 4648, 5).
std::string base64url_encode(std::string_view bytes);

// nullopt on padding, any other character, an impossible length, and unused bits that aren't zero. For what
// everybody may see: five times as fast as the one for secrets, which a list of a million ids needs.
std::optional<std::string> base64url_decode(std::string_view text);
// The same in a time that doesn't depend on the content, as keys need it.
std::optional<std::string> base64url_decode_secret(std::string_view text);

}  // namespace mortise::licenses
