#pragma once

#include "licenses/document/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mortise::licenses {

// One text file that brings everything a machine without network needs. Exactly these lines, in this order,
// each ended by one LF (no CR, no empty line, no other space):
//
//     mortise-license-bundle v1
//     root: v4.public.…          rotations of the root, the oldest first; up to 16, mostly none
//     keyset: v4.public.…
//     revocations: v4.public.…   may be missing
//     activation: v4.public.…    may be missing
//     license: v4.public.…
//
// An update brings news without a licence; its last line, like a bundle's, is never missing, so that a file
// that was cut off is noticed:
//
//     mortise-license-update v1
//     root: …                    as above
//     keyset: v4.public.…
//     revocations: v4.public.…
//
// The lines aren't signed as a whole: each token is by itself, and each is bound to the keyset by its kid.
// Who takes a line out gains nothing: sequences only rise, and a licence can demand a revocation list
// (crl_seq_min).
struct Bundle {
    std::string keyset;
    std::string licence;                 // empty: an update
    std::string revocations;             // empty: none
    std::string activation;              // empty: none
    std::vector<std::string> rotations;  // of the root
};

inline constexpr std::string_view kBundleHeader = "mortise-license-bundle ";
inline constexpr std::string_view kUpdateHeader = "mortise-license-update ";
inline constexpr std::size_t kMaxBundleBytes = 64 * 1024 * 1024;

// Whether the text says of itself that it is a bundle or an update.
bool is_bundle(std::string_view text) noexcept;

// A bundle, or an update if there is no licence.
std::string format_bundle(const Bundle& bundle);
// Checks the form and the sizes of the lines, not the tokens.
Result<Bundle> parse_bundle(std::string_view text);

}  // namespace mortise::licenses
