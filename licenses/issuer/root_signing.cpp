#include "licenses/issuer/root_signing.hpp"

#include "licenses/document/base64url.hpp"
#include "licenses/document/verify.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/key_table.hpp"

#include <algorithm>
#include <optional>

namespace mortise::issuer {
namespace {

constexpr std::string_view kRequestLine = "mortise-license-sign-request v1";
constexpr std::string_view kResponseLine = "mortise-license-sign-response v1";

// The rest of the next line after `label`; nullopt if it isn't there.
std::optional<std::string> take_labelled(std::string_view& rest, std::string_view label) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos || !rest.starts_with(label)) return std::nullopt;
    const std::string value(rest.substr(label.size(), end - label.size()));
    rest.remove_prefix(end + 1);
    return value;
}

Failure malformed(const std::string& what) {
    return Failure("malformed_request", "The file is no " + what + " of mortise-license.");
}

// But for when it was asked for, and its number, if that only rises.
bool is_due(const licenses::Keyset& answer, licenses::Keyset due) {
    if (answer.sequence < due.sequence) return false;
    due.sequence = answer.sequence;
    due.issued_at = answer.issued_at;
    return licenses::encode_keyset(answer) == licenses::encode_keyset(due);
}

}  // namespace

licenses::Keyset next_keyset(Home& home, std::uint64_t least) {
    KeyTable keys(home.ledger());
    licenses::Keyset out;
    out.issuer = home.issuer();
    out.issued_at = home.now();
    out.sequence = std::max({keys.next_keyset_sequence(), keys.newest_root_signature() + 1, least});
    out.keys = keys.signing_keys();
    return out;
}

std::string sign_keyset_with_root(Home& home, const licenses::Keyset& keyset, const Passphrase& passphrase) {
    KeyTable keys(home.ledger());
    const std::string payload = licenses::encode_keyset(keyset);
    take(licenses::decode_keyset(payload));
    const bool again = keys.root_signature(keyset.sequence) == payload;
    if (!again && keyset.sequence <= keys.newest_root_signature())
        throw Failure("sequence_used", "This root has signed keyset " +
                                           std::to_string(keys.newest_root_signature()) +
                                           " already; one of sequence " + std::to_string(keyset.sequence) +
                                           " would be taken for an old one.");
    const std::string token = licenses::sign_keyset(keyset, home.root_key(passphrase));
    take(licenses::verify_keyset(token, home.trusted(), home.now()));
    if (!again) keys.add_root_signature(keyset.sequence, payload);
    return token;
}

std::uint64_t publish_keyset(Home& home, const Passphrase& passphrase) {
    const licenses::Keyset next = next_keyset(home);
    const std::string token = sign_keyset_with_root(home, next, passphrase);
    KeyTable(home.ledger()).add_keyset(next.sequence, token);
    return next.sequence;
}

std::uint64_t accept_keyset(Home& home, const std::string& token) {
    const licenses::Keyset signed_keyset = take(licenses::verify_keyset(token, home.trusted(), home.now()));
    if (!is_due(signed_keyset, next_keyset(home)))
        throw Failure("other_keyset",
                      "The root signed another keyset than the one that is due. Write the request anew.");
    KeyTable(home.ledger()).add_keyset(signed_keyset.sequence, token);
    return signed_keyset.sequence;
}

std::string format_sign_request(const SignRequest& request) {
    return std::string(kRequestLine) + "\ntype: " + request.type +
           "\npayload: " + licenses::base64url_encode(request.payload) + "\n";
}

SignRequest read_sign_request(std::string_view text) {
    std::string_view rest = text;
    const auto first = take_labelled(rest, kRequestLine);
    const auto type = take_labelled(rest, "type: ");
    const auto payload = take_labelled(rest, "payload: ");
    const auto decoded = payload ? licenses::base64url_decode(*payload) : std::nullopt;
    if (first != "" || !type || !decoded || !rest.empty()) throw malformed("request to sign");
    return {*type, *decoded};
}

std::string format_sign_response(std::string_view type, std::string_view token) {
    return std::string(kResponseLine) + "\ntype: " + std::string(type) + "\ntoken: " + std::string(token) +
           "\n";
}

std::string read_sign_response(std::string_view text) {
    std::string_view rest = text;
    const auto first = take_labelled(rest, kResponseLine);
    const auto type = take_labelled(rest, "type: ");
    const auto token = take_labelled(rest, "token: ");
    if (first != "" || type != licenses::kKeysetType || !token || !rest.empty())
        throw malformed("answer of a root");
    return *token;
}

}  // namespace mortise::issuer
