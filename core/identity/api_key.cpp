#include "core/identity/api_key.hpp"

#include "core/base/text.hpp"

#include <algorithm>

namespace mortise::identity {

std::optional<ApiKeyText> parse_api_key(std::string_view text) {
    constexpr std::string_view kStart = "mk_";
    constexpr std::size_t kPrefix = 8;
    constexpr std::size_t kSecret = 43;  // 32 bytes in base64url
    if (text.size() != kStart.size() + kPrefix + 1 + kSecret || !text.starts_with(kStart))
        return std::nullopt;
    const auto prefix = text.substr(kStart.size(), kPrefix);
    const bool good_prefix = std::all_of(prefix.begin(), prefix.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
    });
    const auto secret = text.substr(kStart.size() + kPrefix + 1);
    if (!good_prefix || text[kStart.size() + kPrefix] != '_' || !base::base64url_decode(secret))
        return std::nullopt;
    return ApiKeyText{.prefix = prefix, .hash = crypto::blake2b_256(secret)};
}

}  // namespace mortise::identity
