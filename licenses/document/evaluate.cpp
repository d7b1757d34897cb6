#include "licenses/document/evaluate.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mortise::licenses {
namespace {

constexpr std::array kReasons = {std::pair{Reason::kNone, ""},
                                 std::pair{Reason::kNotYetValid, "not_yet_valid"},
                                 std::pair{Reason::kEnded, "ended"},
                                 std::pair{Reason::kRefreshDue, "refresh_due"},
                                 std::pair{Reason::kRevoked, "revoked"},
                                 std::pair{Reason::kKeyCompromised, "key_compromised"},
                                 std::pair{Reason::kCrlRequired, "crl_required"},
                                 std::pair{Reason::kNotActivated, "not_activated"},
                                 std::pair{Reason::kWrongMachine, "wrong_machine"},
                                 std::pair{Reason::kVersionNotCovered, "version_not_covered"},
                                 std::pair{Reason::kNotIncluded, "not_included"},
                                 std::pair{Reason::kFeatureMissing, "feature_missing"},
                                 std::pair{Reason::kNoPlace, "no_place"}};

bool revoked(const RevocationList& list, const Licence& licence, const Activation* activation) {
    return list.contains(licence.id) || (activation != nullptr && list.contains(activation->id));
}

bool trusted(const Situation& situation, std::string_view signed_by) {
    return situation.keyset == nullptr || is_trusted(*situation.keyset, signed_by);
}

// The list whose sequence and date count. What a list of a compromised key revokes stays revoked until
// another takes its place, but it proves nothing: else whoever has the key could make one that is newer than
// all.
const RevocationList* trusted_list(const Situation& situation) {
    const RevocationList* list = situation.revocations;
    return list != nullptr && trusted(situation, list->signed_by()) ? list : nullptr;
}

// The activation that decides for this licence; null if it needs none or has none that counts.
const Activation* activation_of(const Licence& licence, const Situation& situation) {
    if (!licence.binding || !licence.binding->by_activation || situation.activation == nullptr)
        return nullptr;
    const bool of_line = situation.activation->licence_id == licence.line_id() &&
                         situation.activation->issuer == licence.issuer;
    return of_line && trusted(situation, situation.activation->signed_by) ? situation.activation : nullptr;
}

Reason check_machine(const Licence& licence, const Activation* activation, const Situation& situation) {
    if (!licence.binding) return Reason::kNone;
    const Binding* binding = &*licence.binding;
    if (binding->by_activation) {
        if (activation == nullptr) return Reason::kNotActivated;
        binding = &activation->binding;
    }
    const bool here = situation.machine != nullptr && matches(*binding, *situation.machine);
    if (!here) return Reason::kWrongMachine;
    const bool ended =
        activation != nullptr && activation->not_after && situation.now >= *activation->not_after;
    return ended ? Reason::kNotActivated : Reason::kNone;
}

bool same_customer(const Licence& a, const Licence& b) noexcept {
    return a.issuer == b.issuer && a.subject == b.subject;
}

bool released_too_late(const Licence& licence, const std::optional<Seconds>& released_at) {
    return licence.maintained_until && released_at && *released_at >= *licence.maintained_until;
}

// What time has no part in, but for the activation's end.
Reason check_conditions(const Licence& licence, std::string_view signed_by, const Activation* activation,
                        const Situation& situation) {
    const RevocationList* list = situation.revocations;
    if (list != nullptr && revoked(*list, licence, activation)) return Reason::kRevoked;
    if (!trusted(situation, signed_by)) return Reason::kKeyCompromised;
    if (const Reason machine = check_machine(licence, activation, situation); machine != Reason::kNone)
        return machine;
    const RevocationList* proof = trusted_list(situation);
    if (licence.crl_sequence_min > (proof != nullptr ? proof->sequence() : 0)) return Reason::kCrlRequired;
    if (released_too_late(licence, situation.released_at)) return Reason::kVersionNotCovered;
    return Reason::kNone;
}

Seconds saturating_add(Seconds time, Seconds more) noexcept {
    constexpr Seconds kLatest = 253402300799;  // the end of the year 9999, as in documents
    return time > kLatest - more ? kLatest : time + more;
}

std::optional<Seconds> earlier(const std::optional<Seconds>& a, const std::optional<Seconds>& b) noexcept {
    return a && b ? std::min(*a, *b) : (a ? a : b);
}

void set_validity(const Licence& licence, const Situation& situation, Entitlements& out) {
    out.ends_at = end_of(licence, trusted_list(situation));
    if (out.ends_at) out.grace_until = saturating_add(*out.ends_at, licence.grace);
    if (situation.now < licence.not_before) {
        out.validity = Validity::kNotYetValid;
        out.reason = Reason::kNotYetValid;
    } else if (!out.ends_at || situation.now < *out.ends_at) {
        out.validity = Validity::kValid;
    } else {
        out.validity = situation.now < *out.grace_until ? Validity::kGrace : Validity::kLimited;
        out.reason =
            licence.not_after && situation.now >= *licence.not_after ? Reason::kEnded : Reason::kRefreshDue;
    }
}

// Of the features that the plugin needs, the first that the licence lacks; empty: none.
std::string missing_feature(const Licence& licence, const InstalledPlugin& plugin) {
    for (const std::string& feature : plugin.features)
        if (std::find(licence.features.begin(), licence.features.end(), feature) == licence.features.end())
            return feature;
    return {};
}

PluginAccess plugin_access(const Licence& licence, const Situation& situation, const Entitlements& whole,
                           const PluginGrant& grant, const InstalledPlugin* installed) {
    if (whole.validity == Validity::kNotYetValid) return {Access::kNone, whole.reason, {}, {}};
    if (!grant.covers(installed != nullptr ? installed->version : std::string_view()) && installed != nullptr)
        return {Access::kNone, Reason::kVersionNotCovered, {}, {}};
    if (installed != nullptr)
        if (std::string missing = missing_feature(licence, *installed); !missing.empty())
            return {Access::kNone, Reason::kFeatureMissing, {}, std::move(missing)};
    if (whole.validity == Validity::kLimited) return {Access::kRead, whole.reason, {}, {}};
    if (grant.not_after && situation.now >= *grant.not_after) return {Access::kRead, Reason::kEnded, {}, {}};
    if (installed != nullptr && released_too_late(licence, installed->released_at))
        return {Access::kRead, Reason::kVersionNotCovered, {}, {}};
    PluginAccess out{Access::kFull, Reason::kNone, whole.grace_until, {}};
    if (grant.not_after) out.ends_at = std::min(*grant.not_after, out.ends_at.value_or(*grant.not_after));
    return out;
}

void set_plugins(const Licence& licence, const Situation& situation, Entitlements& out) {
    for (const InstalledPlugin& plugin : situation.plugins)
        out.plugins[plugin.id] = {Access::kNone, Reason::kNotIncluded, {}, {}};
    for (const auto& [id, grant] : licence.plugins) {
        const auto installed = std::find_if(situation.plugins.begin(), situation.plugins.end(),
                                            [&name = id](const auto& plugin) { return plugin.id == name; });
        out.plugins[id] = plugin_access(licence, situation, out, grant,
                                        installed == situation.plugins.end() ? nullptr : &*installed);
    }
}

void set_next_change(const Licence& licence, Seconds now, Entitlements& out) {
    const auto consider = [&](const std::optional<Seconds>& time) {
        if (time && *time > now && (!out.next_change || *time < *out.next_change)) out.next_change = time;
    };
    consider(licence.not_before);
    consider(out.ends_at);
    consider(out.grace_until);
    for (const auto& [id, grant] : licence.plugins)
        consider(grant.not_after);
}

}  // namespace

std::string_view to_string(Reason reason) noexcept {
    for (const auto& [value, name] : kReasons)
        if (value == reason) return name;
    return "unknown";
}

Entitlements evaluate(const Licence& licence, std::string_view signed_by, const Situation& situation) {
    Entitlements out;
    const Activation* activation = activation_of(licence, situation);
    set_validity(licence, situation, out);
    // Its end is an end to be warned of, without grace. What it does then, check_conditions() says.
    if (activation != nullptr) {
        out.ends_at = earlier(out.ends_at, activation->not_after);
        out.grace_until = earlier(out.grace_until, activation->not_after);
    }
    const Reason reason = check_conditions(licence, signed_by, activation, situation);
    if (reason != Reason::kNone && out.validity != Validity::kNotYetValid) {
        out.validity = Validity::kLimited;
        out.reason = reason;
    }
    set_plugins(licence, situation, out);
    set_next_change(licence, situation.now, out);
    return out;
}

std::optional<Seconds> end_of(const Licence& licence, const RevocationList* revocations) noexcept {
    if (!licence.refresh_by) return licence.not_after;
    Seconds refresh = *licence.refresh_by;
    if (revocations != nullptr && revocations->issued_at() > licence.issued_at)
        refresh = saturating_add(revocations->issued_at(), refresh - licence.issued_at);
    return licence.not_after ? std::min(*licence.not_after, refresh) : refresh;
}

bool follows(const Licence& next, const Licence& before) noexcept {
    return before.not_after && next.not_before >= *before.not_after;
}

bool supersedes(const Licence& next, const Licence& before, Seconds now) noexcept {
    return same_customer(next, before) && next.sequence > before.sequence &&
           next.not_before <= std::max(now, before.not_before) && !follows(before, next);
}

std::optional<std::size_t> licence_in_force(std::span<const Licence* const> held, Seconds now) noexcept {
    const auto takes_over = [](const Licence& next, const Licence& before) {
        if (!same_customer(next, before)) return true;
        if (follows(next, before)) return true;
        return !follows(before, next) && next.sequence > before.sequence;
    };
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < held.size(); ++i) {
        if (now < held[i]->not_before) continue;
        if (!best || takes_over(*held[i], *held[*best])) best = i;
    }
    return best;
}

std::optional<Refusal> refusal_of(Reason reason) {
    switch (reason) {
        case Reason::kRevoked:
            return Refusal{RefusalCode::kRevoked,
                           "The licence was revoked. Ask your vendor for another one."};
        case Reason::kKeyCompromised:
            return Refusal{RefusalCode::kKeyCompromised,
                           "The key that signed the licence was declared compromised. Ask for a new one."};
        case Reason::kCrlRequired:
            return Refusal{RefusalCode::kCrlRequired,
                           "The licence needs a newer revocation list. Install the bundle, which brings it."};
        case Reason::kNotActivated:
            return Refusal{RefusalCode::kNotActivated,
                           "The licence must be activated. Send an activation request to your vendor."};
        case Reason::kWrongMachine:
            return Refusal{RefusalCode::kWrongMachine, "The licence is bound to another machine."};
        default:
            return std::nullopt;
    }
}

}  // namespace mortise::licenses
