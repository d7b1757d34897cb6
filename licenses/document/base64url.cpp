#include "licenses/document/base64url.hpp"

#include <sodium.h>

#include <algorithm>

namespace mortise::licenses {

std::string base64url_encode(std::string_view bytes) {
    constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string out(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
    sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      bytes.size(), kVariant);
    out.pop_back();  // the NUL
    return out;
}

std::optional<std::string> base64url_decode(std::string_view text) {
    // libsodium 1.0.18 takes 0xad for '-' and 0xdf for '_': its comparison overlooks a sign-extended char.
    if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7f; }))
        return std::nullopt;
    std::string out(text.size() / 4 * 3 + 2, '\0');
    std::size_t size = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(),
                          nullptr, &size, nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return std::nullopt;
    out.resize(size);
    return out;
}

}  // namespace mortise::licenses
