#pragma once

#include "licenses/document/fingerprint.hpp"
#include "licenses/document/keys.hpp"
#include "licenses/document/keyset.hpp"
#include "licenses/document/result.hpp"
#include "licenses/document/time.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::licenses {

inline constexpr std::string_view kActivationRequestType = "actreq/v1";
inline constexpr std::string_view kActivationType = "act/v1";
inline constexpr std::size_t kMaxActivationBytes = 16 * 1024;

// "I am this installation on this machine, and want to use that licence." Made by the host, signed by the
// installation's own key, which the request carries: a vendor learns from it that who asks has that key, and
// nothing else. The file is the token and one LF.
struct ActivationRequest {
    std::string id;            // jti: a UUID; the answer repeats it
    Seconds issued_at = 0;     // iat, by the customer's clock
    std::string installation;  // inst: the installation's id
    std::string licence_id;    // lic: the line_id() of the licence
    PublicKey key;             // pub: the installation's key
    Fingerprint fingerprint;   // fp: of the machine
    std::string version;       // ver: of the host, for the vendor to read; may be empty

    bool operator==(const ActivationRequest&) const = default;
};

// `key` is the installation's; request.key is set from it.
std::string sign_activation_request(ActivationRequest request, const SecretKey& key);
Result<ActivationRequest> verify_activation_request(std::string_view token);

// The vendor's answer: this line of licences counts on that machine, and this is the installation's key.
// Signed by a key of the keyset with the use `act`. It travels in a bundle.
struct Activation {
    std::string issuer;                // iss: the vendor
    std::string subject;               // sub: the customer
    std::string id;                    // jti: a UUID, which a revocation list may name
    std::string request_id;            // req: the request's jti
    Seconds issued_at = 0;             // iat
    std::optional<Seconds> not_after;  // exp: the first second at which it counts no longer; none: never
    std::string licence_id;            // lic: the line_id() of the licence
    std::string installation;          // inst
    PublicKey key;                     // pub: signs the installation's usage reports and leases
    Binding binding;                   // fp: never by activation
    // The kid of the key that signed it, as verify_activation() sets it; no claim. "": not verified.
    std::string signed_by;

    bool operator==(const Activation&) const = default;
};

std::string sign_activation(const Activation& activation, const SecretKey& key);
// What the claims say, of whoever signed them: for the issuer, who knows its own.
Result<Activation> decode_activation(std::string_view json);
// Whether its machine is this one, and whether it was revoked, is evaluate()'s answer.
Result<Activation> verify_activation(std::string_view token, const Keyset& keyset, Seconds now);

}  // namespace mortise::licenses
