#pragma once

#include "core/base/clock.hpp"
#include "core/flags/flag_tally.hpp"
#include "core/host/held_flags.hpp"
#include "core/host/service_backend.hpp"
#include "core/host/worker_channel.hpp"
#include "core/host/worker_messages.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace mortise::host {

// The services of a call in a worker: each asks the host and waits for the answer, but for the flags that the
// worker holds. A worker without its host
// is nothing, so a broken channel ends the process.
class ChannelBackend final : public ServiceBackend {
 public:
    // `flags` are those of the call. `body`: the first piece of the request's, which has `body_size` bytes in
    // all.
    ChannelBackend(Channel& channel, const Manifest& manifest, const HeldFlags& flags,
                   const base::RequestContext& context, const base::Clock& clock, std::string body,
                   std::uint64_t body_size)
        : channel_(channel),
          manifest_(manifest),
          flags_(flags),
          context_(context),
          clock_(clock),
          body_(std::move(body)),
          body_left_(body_size - body_.size()) {}

    mortise_status read_body(std::uint8_t* buffer, std::uint64_t capacity, std::uint64_t& read) override;
    mortise_status settings(std::string& json) override;
    mortise_status run(std::string_view name, std::span<const storage::Value> values,
                       const mortise_sink* sink, std::int64_t& changed) override;
    mortise_status entitled(std::string_view feature, bool& yes) override;
    mortise_status limit(std::string_view name, Allowance& allowance) override;
    mortise_status count(std::string_view meter, std::uint64_t amount) override;
    mortise_status flag(const FlagQuestion& question, flags::Evaluation& answer) override;
    mortise_status peer(const PeerQuestion& question, CallAnswer& so_far, PeerAnswer& answer) override;

    // Appends the report of what was answered here since the last one, if anything was.
    void report_flags();

 private:
    mortise_status ask_licence(LicenceQuestion::What what, std::string_view name, std::uint64_t amount,
                               Allowance& answer);

    mortise_status ask_flag(const FlagQuestion& question, flags::Evaluation& answer);
    void report(std::span<const flags::FlagCount> counts);

    Channel& channel_;
    const Manifest& manifest_;
    const HeldFlags& flags_;
    const base::RequestContext& context_;
    const base::Clock& clock_;
    std::string body_;  // received and not yet read from body_begin_ on
    std::size_t body_begin_ = 0;
    std::uint64_t body_left_;  // not yet received
    flags::FlagTally answered_;
    std::size_t reports_ = 0;
};

// Sends what is gathered, and waits for the next frame; ends the process if the host has gone.
Frame ask_host(Channel& channel);

}  // namespace mortise::host
