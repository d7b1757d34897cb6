#pragma once

#include "licenses/document/fingerprint.hpp"
#include "licenses/document/result.hpp"
#include "licenses/document/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::licenses {

// The document type is the token's implicit assertion: what was signed as one type verifies as no other.
inline constexpr std::string_view kLicenceType = "lic/v1";
inline constexpr std::size_t kMaxLicenceBytes = 16 * 1024;

inline constexpr std::uint64_t kLicenceVersion = 1;       // claim lic_ver
inline constexpr std::string_view kAudience = "mortise";  // claim aud
inline constexpr Seconds kMaxGrace = 366LL * 24 * 3600;   // claim grace_s
inline constexpr Seconds kMaxLease = 366LL * 24 * 3600;   // lease_s and borrow_s of a limit

// For how long: the term. What is counted is said by the limits, so that each kind of limit goes with each
// term:
//     perpetual with maintenance end   perpetual, and maint_until
//     subscription, trial              subscription, trial
//     named users                      limit `users`
//     machines                         limit `machines` (activations, counted by the vendor) with fp by
//                                      activation; limit `nodes` (running at the same time, counted by the
//                                      host)
//     floating seats                   a limit of kind seats, with lease_s and borrow_s
//     metered                          a limit of kind meter, with per and overage
enum class Model : std::uint8_t { kSubscription, kTrial, kPerpetual };

enum class LimitKind : std::uint8_t {
    kCount,  // count: how many there are, such as users; the default
    kSeats,  // seats: how many are checked out at the same time
    kMeter,  // meter: how much is used in a period, each beginning at the same time in UTC
};
enum class Period : std::uint8_t { kTerm, kDay, kMonth, kYear };  // calendar days, months, years in UTC
enum class Overage : std::uint8_t {
    kHard,  // what would exceed the limit is refused; the default
    kSoft,  // goes on, with warnings, and is reported as overage
};

std::string_view to_string(Model model) noexcept;
std::optional<Model> parse_model(std::string_view text) noexcept;
std::string_view to_string(LimitKind kind) noexcept;
std::optional<LimitKind> parse_limit_kind(std::string_view text) noexcept;
std::string_view to_string(Period period) noexcept;
std::optional<Period> parse_period(std::string_view text) noexcept;

// One member of the claim `limits`: a whole number, which is `max`, or an object with what differs from the
// defaults:
//     {"max": 20, "kind": "seats", "lease_s": 900, "borrow_s": 604800}
//     {"max": 1000000, "kind": "meter", "per": "month"}
//     {"max": 100, "per_tenant": 10, "tenants": {"acme": 50}}
struct Limit {
    std::uint64_t max = 0;  // for all tenants together
    LimitKind kind = LimitKind::kCount;
    Overage overage = Overage::kHard;  // stands in the claim `overage`, by the limit's name
    // The most that one tenant may have; none: only `max` counts. `tenants` says otherwise for single ones,
    // by slug. `max` holds beside them: ten tenants of 10 with max 50 have 50.
    std::optional<std::uint64_t> per_tenant;
    std::map<std::string, std::uint64_t, std::less<>> tenants;
    Period per = Period::kTerm;  // meter: what the count begins anew with
    Seconds lease = 0;           // seats: a checkout that isn't renewed counts so long; 1 s at least
    Seconds borrow = 0;  // seats: a seat may be borrowed, to be used offline, for so long; 0: not at all

    Limit() = default;
    Limit(std::uint64_t most) : max(most) {}  // implicit: a plain number is a limit
    bool operator==(const Limit&) const = default;

    // The most for this tenant, by what is said of tenants; `max` if nothing is.
    std::uint64_t of_tenant(std::string_view slug) const noexcept;
};

// One member of the claim `plugins`: {} or {"exp": "…", "from": "1.2.0", "below": "3.0.0"}.
struct PluginGrant {
    std::optional<Seconds> not_after;  // exp: its own end, before the licence's, without grace
    std::string from, below;  // covers versions from the first to before the second; empty: unbounded

    bool operator==(const PluginGrant&) const = default;
    // `version` is MAJOR.MINOR.PATCH. Only numbers count: 3.0.0-rc1 is not below 3.0.0. A text that is no
    // version is covered only if there are no bounds.
    bool covers(std::string_view version) const noexcept;
};

// What a licence says. All names are plain ASCII (claim_reader.hpp, is_name).
struct Licence {
    std::string issuer;   // iss: the vendor
    std::string subject;  // sub: the customer
    std::string id;       // jti: of this document
    std::string line;  // lic_line: the jti of the first licence of which this is a renewal or change; "" if
                       // this is the first. Activations hold for the whole line (line_id()).
    Seconds issued_at = 0;
    Seconds not_before = 0;  // nbf: the beginning of the term, which a change within it keeps
    std::optional<Seconds>
        not_after;               // exp: the first second at which it has ended; none for a perpetual one
    std::uint64_t sequence = 0;  // lic_seq: of two licences for one subject the higher counts
    Model model = Model::kSubscription;
    std::string plan;
    std::vector<std::string> products;
    std::map<std::string, PluginGrant, std::less<>> plugins;
    std::vector<std::string> features;                 // sorted
    std::map<std::string, Limit, std::less<>> limits;  // such as users: 10
    Seconds grace = 0;                                 // grace_s: goes on so long after the end
    // maint_until: what was released at this second or later isn't covered, host and plugins alike.
    std::optional<Seconds> maintained_until;
    // refresh_by: the second at which the licence ends (and its grace begins) unless the host has heard from
    // the vendor since. A revocation list that is newer than the licence moves it: the licence then lasts as
    // long after the list's iat as it first did after its own iat. Later than iat.
    std::optional<Seconds> refresh_by;
    std::uint64_t crl_sequence_min =
        0;                           // crl_seq_min: needs a revocation list at least this new; 0: needs none
    std::optional<Binding> binding;  // fp

    bool operator==(const Licence&) const = default;
    const std::string& line_id() const noexcept { return line.empty() ? id : line; }
};

// The claims as JSON text. Doesn't check them; decode_licence() of the result does.
std::string encode_licence(const Licence& licence);

// Strict: every claim has its type and range; `crit` may name only claims that this version knows; inside
// limits, grants and fp nothing unknown is passed over. Whoever decodes a licence must enforce what narrows
// it: see evaluate().
Result<Licence> decode_licence(std::string_view json);

// By the period alone; evaluate.hpp has the whole.
enum class Validity : std::uint8_t {
    kNotYetValid,  // before nbf
    kValid,        // from nbf to the second before exp
    kGrace,        // from exp on, for grace_s seconds
    kLimited,      // after that
};

std::string_view to_string(Validity validity) noexcept;

Validity evaluate(const Licence& licence, Seconds now) noexcept;

}  // namespace mortise::licenses
