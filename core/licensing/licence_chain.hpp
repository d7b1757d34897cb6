#pragma once

#include "licenses/document/activation.hpp"
#include "licenses/document/evaluate.hpp"
#include "licenses/document/keyset.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mortise::licensing {

// A document that was verified, and the token that it came as.
struct HeldLicence {
    licenses::Licence licence;
    std::string signed_by;  // the kid of the key
    std::string token{};
};
struct HeldActivation {
    licenses::Activation activation;
    std::string token{};
};

// The licences of a host.
struct LicenceChain {
    // Those that count now or will: the present one and the renewals that wait. Of one customer by lic_seq;
    // of several, whose licence was installed later comes later.
    std::vector<HeldLicence> held;
    // Of other customers, held before these: so that an older one doesn't come back by a detour over another
    // customer's licence. The oldest are forgotten beyond kMaxPast.
    std::vector<HeldLicence> past;
};
inline constexpr std::size_t kMaxPast = 32;

// A licence that takes the place of `next` (licenses::supersedes), if there is one among those that are held
// or were. One that a key signed which counts no longer takes nobody's place.
const HeldLicence* superseding(const LicenceChain& chain, const licenses::Licence& next,
                               const licenses::Keyset& keyset, licenses::Seconds now);

// The chain with `next` in it, without those whose place it or another takes for good. A licence of another
// customer that has begun ends the held ones' turn; one that waits lets them count until then.
LicenceChain merge(const LicenceChain& chain, HeldLicence next, const licenses::Keyset& keyset,
                   licenses::Seconds now);

// The activations with `next`, if there is one: one for each line of licences of the chain.
std::vector<HeldActivation> merge(const std::vector<HeldActivation>& activations,
                                  std::optional<HeldActivation> next, const LicenceChain& chain);

// Which of them counts, by its place: of those that a key signed which counts, else of all, so that a host
// whose key was compromised still knows what it had.
std::optional<std::size_t> in_force(const std::vector<HeldLicence>& held,
                                    const std::optional<licenses::Keyset>& keyset, licenses::Seconds now);

}  // namespace mortise::licensing
