#include "licenses/document/base64url.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace mortise::licenses {
namespace {

constexpr std::uint8_t kNone = 0xff;  // more than six bits, so that one test sees it among others

constexpr std::array<std::uint8_t, 256> make_values() {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNone);
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (std::size_t i = 0; i < kAlphabet.size(); ++i)
        values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}
constexpr auto kValues = make_values();

constexpr std::uint32_t value_of(char c) noexcept {
    return kValues[static_cast<unsigned char>(c)];
}

// The two or three characters after the last whole four; false if they aren't canonical.
bool decode_rest(std::string_view rest, std::string& out) {
    if (rest.empty()) return true;
    if (rest.size() == 1) return false;
    const std::uint32_t a = value_of(rest[0]), b = value_of(rest[1]);
    const std::uint32_t c = rest.size() == 3 ? value_of(rest[2]) : 0;
    if ((a | b | c) > 63) return false;
    out += static_cast<char>(a << 2 | b >> 4);
    if (rest.size() == 2) return (b & 15) == 0;
    out += static_cast<char>((b << 4 | c >> 2) & 0xff);
    return (c & 3) == 0;
}

}  // namespace

std::optional<std::string> base64url_decode(std::string_view text) {
    const std::size_t groups = text.size() / 4;
    std::string out;
    out.reserve(groups * 3 + 2);
    out.resize(groups * 3);
    const char* in = text.data();
    char* to = out.data();
    std::uint32_t seen = 0;  // all values or-ed
    for (std::size_t i = 0; i < groups; ++i, in += 4, to += 3) {
        const std::uint32_t a = value_of(in[0]), b = value_of(in[1]), c = value_of(in[2]),
                            d = value_of(in[3]);
        seen |= a | b | c | d;
        const std::uint32_t three = a << 18 | b << 12 | c << 6 | d;
        to[0] = static_cast<char>(three >> 16 & 0xff);
        to[1] = static_cast<char>(three >> 8 & 0xff);
        to[2] = static_cast<char>(three & 0xff);
    }
    if (seen > 63 || !decode_rest(text.substr(groups * 4), out)) return std::nullopt;
    return out;
}

std::string base64url_encode(std::string_view bytes) {
    constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string out(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
    sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      bytes.size(), kVariant);
    out.pop_back();  // the NUL
    return out;
}

std::optional<std::string> base64url_decode_secret(std::string_view text) {
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
