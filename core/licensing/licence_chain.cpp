#include "core/licensing/licence_chain.hpp"

#include <algorithm>
#include <utility>

namespace mortise::licensing {
namespace {

using licenses::Keyset;
using licenses::Licence;
using licenses::Seconds;

bool of_one_customer(const Licence& a, const Licence& b) noexcept {
    return a.issuer == b.issuer && a.subject == b.subject;
}

bool is_trusted(const Keyset& keyset, const HeldLicence& licence) {
    return licenses::is_trusted(keyset, licence.signed_by);
}

// Of one customer: leaves out what counts neither now nor later. A licence of a compromised key is kept only
// while no other has begun, since what has nothing else may still be read.
std::vector<HeldLicence> without_superseded(std::vector<HeldLicence> all, const Keyset& keyset, Seconds now) {
    const auto is_past = [&](const HeldLicence& one) {
        return std::any_of(all.begin(), all.end(), [&](const HeldLicence& other) {
            if (!is_trusted(keyset, other)) return false;
            if (!is_trusted(keyset, one)) return other.licence.not_before <= now;
            return licenses::supersedes(other.licence, one.licence, now);
        });
    };
    std::vector<HeldLicence> kept;
    std::copy_if(all.begin(), all.end(), std::back_inserter(kept),
                 [&](const HeldLicence& one) { return !is_past(one); });
    std::stable_sort(kept.begin(), kept.end(), [](const HeldLicence& a, const HeldLicence& b) {
        return a.licence.sequence < b.licence.sequence;
    });
    return kept;
}

template <class T>
void append(std::vector<T>& to, std::vector<T> more) {
    to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

const HeldLicence* superseding(const LicenceChain& chain, const Licence& next, const Keyset& keyset,
                               Seconds now) {
    for (const auto* part : {&chain.held, &chain.past})
        for (const HeldLicence& one : *part)
            if (is_trusted(keyset, one) && licenses::supersedes(one.licence, next, now)) return &one;
    return nullptr;
}

LicenceChain merge(const LicenceChain& chain, HeldLicence next, const Keyset& keyset, Seconds now) {
    LicenceChain out;
    std::vector<HeldLicence> own;
    const auto is_own = [&](const HeldLicence& one) {
        if (!of_one_customer(one.licence, next.licence)) return false;
        if (one.licence.sequence != next.licence.sequence && one.licence.id != next.licence.id)
            own.push_back(one);
        return true;
    };
    for (const HeldLicence& one : chain.past)
        if (!is_own(one)) out.past.push_back(one);
    for (const HeldLicence& one : chain.held) {
        if (is_own(one)) continue;
        const bool goes_on =
            one.licence.not_before < next.licence.not_before && next.licence.not_before > now;
        (goes_on ? out.held : out.past).push_back(one);
    }
    own.push_back(std::move(next));
    append(out.held, without_superseded(std::move(own), keyset, now));
    std::erase_if(out.past, [&](const HeldLicence& one) { return !is_trusted(keyset, one); });
    if (out.past.size() > kMaxPast)
        out.past.erase(out.past.begin(), out.past.end() - static_cast<std::ptrdiff_t>(kMaxPast));
    return out;
}

std::vector<HeldActivation> merge(const std::vector<HeldActivation>& activations,
                                  std::optional<HeldActivation> next, const LicenceChain& chain) {
    const auto is_of_chain = [&](const HeldActivation& one) {
        const auto is_its = [&](const HeldLicence& held) {
            return held.licence.line_id() == one.activation.licence_id;
        };
        return std::any_of(chain.held.begin(), chain.held.end(), is_its) ||
               std::any_of(chain.past.begin(), chain.past.end(), is_its);
    };
    std::vector<HeldActivation> out;
    for (const HeldActivation& one : activations) {
        const bool replaced = next && next->activation.licence_id == one.activation.licence_id;
        if (!replaced && is_of_chain(one)) out.push_back(one);
    }
    if (next) out.push_back(*std::move(next));
    return out;
}

std::optional<std::size_t> in_force(const std::vector<HeldLicence>& held, const std::optional<Keyset>& keyset,
                                    Seconds now) {
    const auto among = [&](bool all) -> std::optional<std::size_t> {
        std::vector<const Licence*> licences;
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < held.size(); ++i) {
            if (!all && keyset && !is_trusted(*keyset, held[i])) continue;
            licences.push_back(&held[i].licence);
            places.push_back(i);
        }
        const auto found = licenses::licence_in_force(licences, now);
        return found ? std::optional(places[*found]) : std::nullopt;
    };
    const auto found = among(false);
    return found ? found : among(true);
}

}  // namespace mortise::licensing
