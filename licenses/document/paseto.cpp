#include "licenses/document/paseto.hpp"

#include "licenses/document/base64url.hpp"
#include "licenses/document/sodium_init.hpp"

#include <sodium.h>

#include <cstdint>

namespace mortise::licenses {
namespace {

constexpr std::string_view kHeader = "v4.public.";

// The top bit stays clear, for languages without unsigned integers (spec, "PAE Definition").
void append_le64(std::string& out, std::uint64_t value) {
    value &= 0x7fff'ffff'ffff'ffffULL;
    for (int i = 0; i < 8; ++i)
        out += static_cast<char>((value >> (8 * i)) & 0xff);
}

Refusal malformed_token(std::string_view why) {
    return {RefusalCode::kMalformedToken, std::string(why)};
}

}  // namespace

std::string pae(std::initializer_list<std::string_view> pieces) {
    std::string out;
    std::size_t size = 8;
    for (const std::string_view piece : pieces)
        size += 8 + piece.size();
    out.reserve(size);
    append_le64(out, pieces.size());
    for (const std::string_view piece : pieces) {
        append_le64(out, piece.size());
        out += piece;
    }
    return out;
}

std::string sign_token(const SecretKey& key, std::string_view payload, std::string_view footer,
                       std::string_view implicit_assertion) {
    sodium_ready();
    const std::string message = pae({kHeader, payload, footer, implicit_assertion});
    std::string body(payload);
    body.resize(payload.size() + crypto_sign_BYTES);
    crypto_sign_detached(reinterpret_cast<unsigned char*>(body.data()) + payload.size(), nullptr,
                         sodium_bytes(message), message.size(), sodium_bytes(key.reveal()));
    std::string token = std::string(kHeader) + base64url_encode(body);
    if (!footer.empty()) token += "." + base64url_encode(footer);
    return token;
}

Result<UnverifiedToken> parse_token(std::string_view token, std::size_t max_bytes) {
    if (token.size() > max_bytes)
        return Refusal{RefusalCode::kTooLarge,
                       "The token is larger than " + std::to_string(max_bytes) + " bytes."};
    if (!token.starts_with(kHeader)) return malformed_token("The text is not a PASETO v4.public token.");
    token.remove_prefix(kHeader.size());
    const std::size_t dot = token.find('.');
    const bool has_footer = dot != std::string_view::npos;
    auto body = base64url_decode(token.substr(0, dot));
    auto footer = base64url_decode(has_footer ? token.substr(dot + 1) : std::string_view());
    if (!body || !footer) return malformed_token("The token is not canonical base64url.");
    // An empty footer is written without its dot; otherwise one token would have two spellings.
    if (has_footer && footer->empty()) return malformed_token("The token has an empty footer.");
    if (body->size() < crypto_sign_BYTES) return malformed_token("The token is too short to be signed.");
    const std::size_t split = body->size() - crypto_sign_BYTES;
    std::string signature = body->substr(split);
    body->resize(split);
    return UnverifiedToken{*std::move(body), std::move(signature), *std::move(footer)};
}

bool verify_token(const UnverifiedToken& token, const PublicKey& key, std::string_view implicit_assertion) {
    if (token.signature.size() != crypto_sign_BYTES) return false;
    sodium_ready();
    const std::string message = pae({kHeader, token.payload, token.footer, implicit_assertion});
    return crypto_sign_verify_detached(sodium_bytes(token.signature), sodium_bytes(message), message.size(),
                                       key.bytes.data()) == 0;
}

}  // namespace mortise::licenses
