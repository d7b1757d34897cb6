#pragma once

#include "licenses/document/keyset.hpp"
#include "licenses/issuer/home.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mortise::issuer {

// The root's signature on keysets: in the home itself, or by files carried to the machine where the root is
// and back.

// The keyset that the keys of the ledger make, with the next sequence, or `least` if that is higher.
licenses::Keyset next_keyset(Home& home, std::uint64_t least = 0);

// Signs the next keyset with the root of this home and puts it into the caller's transaction; gives its
// sequence. The files follow by Home::refresh_files().
std::uint64_t publish_keyset(Home& home, const Passphrase& passphrase);

// Signs a keyset with the root, in the caller's transaction. Throws Failure `sequence_used` if this root has
// signed another keyset of this sequence or a later one: hosts would see a rollback.
std::string sign_keyset_with_root(Home& home, const licenses::Keyset& keyset, const Passphrase& passphrase);

// Takes in a keyset that the root signed elsewhere, in the caller's transaction. It must be the one that the
// ledger's keys make.
std::uint64_t accept_keyset(Home& home, const std::string& token);

// What is to be signed:
//     mortise-license-sign-request v1
//     type: keyset/v1
//     payload: …base64url…
// and the answer, with "response" and the line "token: v4.public.…" in place of the payload.
struct SignRequest {
    std::string type, payload;
};
std::string format_sign_request(const SignRequest& request);
SignRequest read_sign_request(std::string_view text);
std::string format_sign_response(std::string_view type, std::string_view token);
// The token of a response for a keyset.
std::string read_sign_response(std::string_view text);

}  // namespace mortise::issuer
