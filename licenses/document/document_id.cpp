#include "licenses/document/document_id.hpp"

#include "licenses/document/sodium_init.hpp"

#include <sodium.h>

#include <algorithm>

namespace mortise::licenses {
namespace {

constexpr bool is_hyphen_place(std::size_t at) noexcept {
    return at == 8 || at == 13 || at == 18 || at == 23;
}

constexpr int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

}  // namespace

DocumentId document_id(std::string_view text) noexcept {
    if (const auto uuid = parse_uuid(text)) return *uuid;
    sodium_ready();
    std::array<std::uint8_t, 32> hash;
    crypto_generichash(hash.data(), hash.size(), sodium_bytes(text), text.size(), nullptr, 0);
    DocumentId out;
    std::copy_n(hash.begin(), out.size(), out.begin());
    return out;
}

std::string to_uuid_text(const DocumentId& id) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out;
    out.reserve(36);
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (is_hyphen_place(out.size())) out += '-';
        out += kHex[id[i] >> 4];
        out += kHex[id[i] & 15];
    }
    return out;
}

std::optional<DocumentId> parse_uuid(std::string_view text) noexcept {
    if (text.size() != 36) return std::nullopt;
    DocumentId out{};
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_hyphen_place(i)) {
            if (text[i] != '-') return std::nullopt;
            continue;
        }
        const int value = hex_value(text[i]);
        if (value < 0) return std::nullopt;
        out[digits / 2] = static_cast<std::uint8_t>(out[digits / 2] << 4 | value);
        ++digits;
    }
    return out;
}

}  // namespace mortise::licenses
