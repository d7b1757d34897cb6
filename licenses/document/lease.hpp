#pragma once

#include "licenses/document/keys.hpp"
#include "licenses/document/result.hpp"
#include "licenses/document/time.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace mortise::licenses {

inline constexpr std::string_view kLeaseType = "lease/v1";
inline constexpr std::size_t kMaxLeaseBytes = 4 * 1024;

// A floating seat that somebody has, as the host gives it out: signed by the installation's key, so that a
// program which is offline can show that it borrowed a seat. The host's table of seats is what counts; a
// lease that was given back early stays genuine until its end.
struct Lease {
    std::string installation;  // iss: the installation's id
    std::string id;            // jti
    std::string licence_id;    // lic: the line_id() of the licence
    std::string limit;         // the limit of kind seats
    std::string tenant;        // may be empty
    std::string holder;        // sub: who has the seat
    Seconds issued_at = 0;     // iat
    Seconds not_after = 0;     // exp: the first second at which the seat is free again
    bool borrowed = false;     // for offline use: not renewed meanwhile

    bool operator==(const Lease&) const = default;
};

std::string sign_lease(const Lease& lease, const SecretKey& installation_key);
// Genuine and from the past; whether it has ended is `now >= not_after`.
Result<Lease> verify_lease(std::string_view token, const PublicKey& installation_key, Seconds now);

}  // namespace mortise::licenses
