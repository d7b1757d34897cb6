#pragma once

#include "core/host/service_backend.hpp"
#include "core/host/worker_channel.hpp"
#include "core/host/worker_messages.hpp"

#include <string>

namespace mortise::host {

// The services of a call in a worker: each asks the host and waits for the answer. A worker without its host
// is nothing, so a broken channel ends the process.
class ChannelBackend final : public ServiceBackend {
 public:
    // `body`: the first piece of the request's, which has `body_size` bytes in all.
    ChannelBackend(Channel& channel, std::string body, std::uint64_t body_size)
        : channel_(channel), body_(std::move(body)), body_left_(body_size - body_.size()) {}

    mortise_status read_body(std::uint8_t* buffer, std::uint64_t capacity, std::uint64_t& read) override;
    mortise_status settings(std::string& json) override;
    mortise_status run(std::string_view name, std::span<const storage::Value> values,
                       const mortise_sink* sink, std::int64_t& changed) override;
    mortise_status entitled(std::string_view feature, bool& yes) override;
    mortise_status limit(std::string_view name, Allowance& allowance) override;
    mortise_status count(std::string_view meter, std::uint64_t amount) override;

 private:
    mortise_status ask_licence(LicenceQuestion::What what, std::string_view name, std::uint64_t amount,
                               Allowance& answer);

    Channel& channel_;
    std::string body_;  // received and not yet read from body_begin_ on
    std::size_t body_begin_ = 0;
    std::uint64_t body_left_;  // not yet received
};

// Sends what is gathered, and waits for the next frame; ends the process if the host has gone.
Frame ask_host(Channel& channel);

}  // namespace mortise::host
