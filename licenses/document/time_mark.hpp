#pragma once

#include "licenses/document/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::licenses {

// The clock that licences are judged by, on a machine whose own clock can't be trusted: the later of the
// machine's clock and a mark, below which time never falls. DESIGN, section 5.
//
// The mark rises
//   - by the time that the host runs, as a monotonic clock measures it;
//   - to the `iat` of each signed document;
//   - to the machine's clock, but only as far as it has been ahead of the mark during 24 hours of running. So
//   a
//     clock that jumps forward is believed at once (`effective`), but leaves no trace if it is put right
//     within that time; a machine that was switched off for a weekend catches up after a day.
// Where a wrong clock did move the mark, a newer licence from the vendor takes that back (forgive_jumps).
//
// A plain value without locks; the caller serialises. With many nodes there is one more mark, a row in the
// database: each node observes on its own, and now and then merge()s the row into its own and its own into
// the row.
class TimeMark {
 public:
    static constexpr Seconds kBelieveJumpAfter = 24 * 3600;  // of running

    TimeMark() = default;
    // From the newest `iat` among the documents that are held, when nothing better is left.
    explicit TimeMark(Seconds evidence) : mark_(evidence), proven_(evidence) {}

    // `ran`: seconds that the host ran since it last called this, by a monotonic clock; 0 at the first call
    // after a start. Negative values count as 0.
    void observe(Seconds clock, Seconds ran) noexcept;

    // A genuine document was issued at this time, so that it is at least that late.
    void observe_signed(Seconds issued_at) noexcept;

    // For the `iat` of a licence: the vendor looked at the matter then. If it is later than everything that
    // is proven (documents and running time), the mark falls back to it, and jumps of the clock before it are
    // forgotten. Otherwise the same as observe_signed(). So the same licence forgives once, and saying it
    // again at each start is right: what was forgiven and not yet kept when a host crashed is forgiven anew.
    void forgive_jumps(Seconds issued_at) noexcept;

    // The time by which licences are judged.
    Seconds effective(Seconds clock) const noexcept { return clock > mark_ ? clock : mark_; }
    Seconds mark() const noexcept { return mark_; }
    // The clock is behind what is known: to be warned about.
    bool clock_is_behind(Seconds clock) const noexcept { return clock < mark_; }

    // Takes what is higher from another node's mark. Of one that has not yet heard of what was forgiven
    // here, such as a node's that was down meanwhile, only what is proven; and the other way about.
    void merge(const TimeMark& other) noexcept;

    bool operator==(const TimeMark&) const = default;

    // One line of text without LF, with a MAC (BLAKE2b) under a key that is derived from the installation's
    // secret: who has only the file can neither change it nor bring one from another installation. It does
    // not protect against who knows the secret, which the machine itself must, nor against an older copy of
    // the same file; what a lost or old file costs is bounded by the signed documents that are held.
    std::string seal(std::string_view installation_secret) const;
    // nullopt if the text isn't what seal() made with this secret. One without `forgiven`, which earlier
    // versions did not keep, is taken as if nothing had been forgiven.
    static std::optional<TimeMark> open(std::string_view text, std::string_view installation_secret);

 private:
    Seconds mark_ = 0;       // not below proven_
    Seconds proven_ = 0;     // without jumps: documents and running time only
    Seconds lead_ = 0;       // the least by which the clock was ahead since it is; 0: it isn't
    Seconds ahead_for_ = 0;  // seconds of running since then
    Seconds forgiven_ = 0;   // jumps before this `iat` were forgiven last
};

}  // namespace mortise::licenses
