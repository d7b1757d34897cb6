#pragma once

#include "core/host/flag_view.hpp"
#include "core/host/worker_channel.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace mortise::host {

// What a worker holds of flags, at most: tenants; bytes of compiled flags and overrides of one, and of all. A
// compiled rule takes up to some twenty times what its text did.
inline constexpr std::size_t kMaxHeldTenants = 64;
inline constexpr std::size_t kMaxHeldBytes = 512UL * 1024;
inline constexpr std::size_t kMaxHeldBytesInAll = 8UL * 1024 * 1024;

// The host's side of the flags that one worker holds (held_flags.hpp): knows what was sent, so that in the
// steady state nothing is. Used by whoever has the worker.
class SentFlags {
 public:
    // Appends the frame that says which flags the next call sees, with what the worker lacks of them. No
    // answer comes.
    void show(Channel& channel, const flags::FlagSet& set, const base::RequestContext& context,
              std::span<const std::string> keys, std::int64_t now);

 private:
    // What is held of one tenant.
    struct Place {
        bool taken = false;
        base::Uuid tenant;
        FlagMoment moment;
        std::vector<FlagState> states;
        std::vector<flags::FlagDigest> digests;  // of the flags that it holds
        std::size_t bytes = 0;
        std::uint64_t used = 0;  // when, in calls
    };

    class RuleTexts;

    Place& place_for(const base::Uuid& tenant);
    void send_nothing_new(Channel& channel) const;
    std::vector<std::uint32_t> make_room(const Place& wanted, std::size_t bytes);
    void send(Channel& channel, Place& place, const FlagView& view, const base::RequestContext& context);
    void write_flag(FrameWriter& frame, const flags::FlagPart& part, RuleTexts& rules,
                    std::vector<flags::FlagDigest>& digests) const;
    void hold(Place& place, std::vector<flags::FlagDigest> digests);

    std::vector<Place> places_;
    std::size_t last_ = 0;                             // the place of the last call
    std::map<flags::FlagDigest, std::uint32_t> held_;  // in how many places
    std::size_t bytes_ = 0;
    std::uint64_t calls_ = 0;
};

}  // namespace mortise::host
