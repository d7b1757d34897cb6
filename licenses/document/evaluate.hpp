#pragma once

#include "licenses/document/activation.hpp"
#include "licenses/document/keyset.hpp"
#include "licenses/document/licence.hpp"
#include "licenses/document/revocations.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mortise::licenses {

// Why a licence, or a plugin under it, is not fully in force. The names (to_string) are stable.
enum class Reason : std::uint8_t {
    kNone,            // "": it is
    kNotYetValid,     // not_yet_valid: before nbf
    kEnded,           // ended: from exp on; for a plugin also from its own
    kRefreshDue,      // refresh_due: from refresh_by on, without a newer revocation list
    kRevoked,         // revoked: the revocation list names it, its line, or its activation
    kKeyCompromised,  // key_compromised: the keyset says so of the key that signed it, or knows that key no
                      // more
    kCrlRequired,     // crl_required: the revocation list that is held is older than crl_seq_min, or signed
                      // by a compromised key
    kNotActivated,    // not_activated: bound by activation, and there is none for this line, or it has ended,
                      // or its key was compromised
    kWrongMachine,    // wrong_machine: bound to another machine
    kVersionNotCovered,  // version_not_covered: released after maint_until; for a plugin also: outside its
                         // versions
    kNotIncluded,        // not_included: of a plugin: the licence doesn't name it
    kFeatureMissing,     // feature_missing: of a plugin: the licence lacks a feature that it needs
    kNoPlace,            // no_place: of a host's node: as many as the licence allows run without it
};

std::string_view to_string(Reason reason) noexcept;

struct InstalledPlugin {
    std::string id;
    std::string version;                 // MAJOR.MINOR.PATCH
    std::optional<Seconds> released_at;  // none: not known, and then covered by maintenance
    std::vector<std::string> features;   // of the licence, without which it does not run
};

// What else decides, beside the licence. Pointers may be null: what isn't known then is said there.
struct Situation {
    Seconds now = 0;                              // the effective time (time_mark.hpp), not the clock
    const Keyset* keyset = nullptr;               // the newest that is held; null: no key was compromised
    const RevocationList* revocations = nullptr;  // the newest that is held; null: none, sequence 0
    const Activation* activation = nullptr;       // of this installation; null: none
    const MachineIds* machine = nullptr;          // null: nothing is known, so a bound licence doesn't match
    std::optional<Seconds> released_at;           // when this build of the host was; none: covered
    std::span<const InstalledPlugin> plugins;     // those whose version matters
};

enum class Access : std::uint8_t {
    kNone,  // not loaded
    kRead,  // loaded; reads and exports are served, writes and jobs aren't
    kFull,
};

struct PluginAccess {
    Access access = Access::kNone;
    Reason reason = Reason::kNone;   // why not kFull
    std::optional<Seconds> ends_at;  // when kFull ends by time, grace included; none: never, or it isn't
    std::string missing;             // the feature, for kFeatureMissing

    bool operator==(const PluginAccess&) const = default;
};

struct Entitlements {
    Validity validity = Validity::kNotYetValid;
    Reason reason = Reason::kNone;  // why not kValid
    // First second at which it isn't valid any more: exp, refresh_by, or the activation's end.
    std::optional<Seconds> ends_at;
    // First second at which it is limited: exp or refresh_by and grace_s, or the activation's end.
    std::optional<Seconds> grace_until;
    // The first later second at which another answer is due if nothing but time goes on.
    std::optional<Seconds> next_change;
    // Each that the licence names, and each of situation.plugins.
    std::map<std::string, PluginAccess, std::less<>> plugins;

    bool operator==(const Entitlements&) const = default;
};

// What a genuine licence allows, to the second. Pure: the same answer for the same arguments. `signed_by` is
// the kid of the key that signed the licence.
//
//     before nbf                                    kNotYetValid  no plugin
//     in force                                      kValid        plugins by their grants
//     from the end (exp, refresh_by) for grace_s    kGrace        as before
//     after that                                    kLimited      plugins may be read
//     revoked, key compromised, wrong machine, not
//     activated, list too old, build not covered    kLimited      at once, without grace
//
// Of several reasons the one that waiting or installing the same file again doesn't mend stands first:
// revoked, key_compromised, wrong_machine, not_activated, crl_required, version_not_covered, then time.
// Features and limits are the licence's own and count as long as it isn't kNotYetValid.
Entitlements evaluate(const Licence& licence, std::string_view signed_by, const Situation& situation);

// The refusal for a licence that can't be installed here for this reason: revoked, key_compromised,
// crl_required, not_activated or wrong_machine. The other reasons have to do with time and versions, and
// don't refuse.
std::optional<Refusal> refusal_of(Reason reason);

// When the licence ends by time, before grace: the earlier of exp and refresh_by, the latter moved on by the
// list.
std::optional<Seconds> end_of(const Licence& licence, const RevocationList* revocations) noexcept;

// Whether `next` takes the place of `before` for good, from `now` on: of the same vendor and customer, with a
// higher lic_seq, and begun by then or no later than `before` begins. A licence that begins only when `next`
// has ended isn't replaced by it: it follows it, whatever the lic_seq, as a renewal that waits while the
// present licence is issued anew.
bool supersedes(const Licence& next, const Licence& before, Seconds now) noexcept;

// Which of the licences that a host holds counts at `now`, by its place; none if no licence has begun. A
// renewal that was installed early waits for its nbf; once it has begun, the highest lic_seq counts, so that
// a licence that was replaced doesn't come back, or one that follows it. A licence whose successor has not
// begun goes on. Sequences are of one vendor and customer: of several customers' licences the last in `held`
// counts.
std::optional<std::size_t> licence_in_force(std::span<const Licence* const> held, Seconds now) noexcept;

}  // namespace mortise::licenses
