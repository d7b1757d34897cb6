#pragma once

#include "licenses/document/keys.hpp"
#include "licenses/document/result.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace mortise::licenses {

// PASETO version 4, purpose public (paseto-standard/paseto-spec, docs/01-Protocol-Versions/Version4.md).

// A token taken apart; nothing in it may be believed before verify_token() says yes.
struct UnverifiedToken {
    std::string payload;
    std::string signature;  // 64 bytes
    std::string footer;
};

// Pre-authentication encoding: the count, then each piece with its length, all 64-bit little-endian.
std::string pae(std::initializer_list<std::string_view> pieces);

std::string sign_token(const SecretKey& key, std::string_view payload, std::string_view footer,
                       std::string_view implicit_assertion);

// A token longer than `max_bytes` is refused before anything is decoded.
Result<UnverifiedToken> parse_token(std::string_view token, std::size_t max_bytes);

bool verify_token(const UnverifiedToken& token, const PublicKey& key, std::string_view implicit_assertion);

}  // namespace mortise::licenses
