#pragma once

#include "licenses/document/result.hpp"

#include <string>
#include <string_view>

namespace mortise::licenses {

// One text file that brings everything a machine without network needs. Exactly these lines, in this order,
// each ended by one LF (no CR, no empty line, no other space):
//
//     mortise-license-bundle v1
//     keyset: v4.public.…
//     license: v4.public.…
//
// The lines aren't signed as a whole: each token is by itself, and the licence is bound to the keyset by its
// kid.
struct Bundle {
    std::string keyset;
    std::string licence;
};

inline constexpr std::string_view kBundleHeader = "mortise-license-bundle ";

std::string format_bundle(const Bundle& bundle);
// Checks the form and the sizes of the lines, not the tokens.
Result<Bundle> parse_bundle(std::string_view text);

}  // namespace mortise::licenses
