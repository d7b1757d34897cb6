#pragma once

#include "licenses/document/keys.hpp"
#include "licenses/document/result.hpp"
#include "licenses/document/time.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::licenses {

inline constexpr std::string_view kRootType = "root/v1";
inline constexpr std::string_view kRootProofType = "root-proof/v1";
inline constexpr std::size_t kMaxRootBytes = 4 * 1024;
inline constexpr std::size_t kMaxRootRotations = 16;

// A statement that one root takes the place of another, signed by both: the token (root/v1) is the old
// root's, and its claim `proof` is a token (root-proof/v1) of the new root over the same claims without
// `proof`. So the old root names its successor, and the successor shows that it has the secret key.
//     {"iss": …, "iat": …, "from": "k4.public…", "to": "k4.public…", "ks_seq": …, "proof": "v4.public…"}
//
// Who trusts `from` trusts `to` as well from then on, and refuses keysets of `from` whose sequence is
// `ks_seq` or higher. Earlier keysets of `from`, and so the licences that came with them, go on.
struct RootRotation {
    std::string issuer;
    Seconds issued_at = 0;
    PublicKey from, to;
    std::uint64_t keyset_sequence = 0;  // ks_seq: the first that only the new root may sign

    bool operator==(const RootRotation&) const = default;
};

std::string sign_root_rotation(const RootRotation& rotation, const SecretKey& from, const SecretKey& to);

// The roots that a program trusts: those it was built with, and those that took their place.
//
// A host keeps the rotations that it accepted, as tokens and in their order, beside its licence, and makes
// this anew from them at each start; they are believed because of their signatures, not because of where they
// lie. A build that has the new root compiled in needs none.
class TrustedRoots {
 public:
    struct Root {
        PublicKey key;
        std::string id;                       // k4.pid…
        std::uint64_t keysets_below = ~0ULL;  // it may sign keysets of lower sequences only
    };

    TrustedRoots() = default;
    explicit TrustedRoots(std::span<const PublicKey> compiled);

    // Null if there is none of this id. Lives as long as this object isn't changed.
    const Root* find(std::string_view id) const noexcept;
    std::span<const Root> all() const noexcept { return roots_; }

    // Takes in a rotation. One that was taken in before changes nothing, nor does one from a root that isn't
    // trusted to one that is (a newer build has only the new root compiled in). On a refusal nothing changes:
    // unknown_root if neither is trusted, bad_signature, issued_in_future, bad_claims, and too_large beyond
    // 16 of them.
    Result<RootRotation> rotate(std::string_view token, Seconds now);

 private:
    Root* find(const PublicKey& key) noexcept;

    std::vector<Root> roots_;
    std::size_t rotations_ = 0;
};

}  // namespace mortise::licenses
