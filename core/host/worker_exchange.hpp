#pragma once

#include "core/host/flag_counts.hpp"
#include "core/host/unit_backend.hpp"
#include "core/host/worker_messages.hpp"

namespace mortise::host {

// The host's side of one call in a worker: sends it, serves what the worker asks for out of the unit of work,
// and gathers the answer. On the stack of the call's thread.
class WorkerExchange {
 public:
    WorkerExchange(Channel& channel, UnitBackend& backend, const Manifest& manifest, storage::Access access,
                   base::Monotonic deadline, const base::Clock& clock)
        : channel_(channel),
          backend_(backend),
          manifest_(manifest),
          access_(access),
          clock_(clock),
          deadline_(deadline),
          reports_(manifest) {}

    // kGood: the call has returned, with status() and answer(), and the worker is ready for another. Else the
    // worker must be killed.
    ChannelState run(const base::RequestContext& context, const PluginRequest& request);
    ChannelState run(const base::RequestContext& context, const MethodRequest& request);

    mortise_status status() const noexcept { return status_; }
    CallAnswer& answer() noexcept { return answer_; }

 private:
    ChannelState converse();
    ChannelState serve(const Frame& frame);
    ChannelState send_body();
    ChannelState send_settings();
    ChannelState run_statement(const Frame& frame);
    ChannelState answer_of_licence(const Frame& frame);
    ChannelState answer_of_flag(const Frame& frame);
    ChannelState take_flag_counts(const Frame& frame);
    ChannelState call_peer(const Frame& frame);
    // A sink's push: keeps one batch back, so that the last one goes with the statement's end.
    static mortise_status push(void* context, const std::uint8_t* data, std::uint64_t size) noexcept;
    mortise_status push_rows(std::string_view rows);
    // Lets the worker come to its end after a statement took the time that the call had.
    void extend_deadline();

    Channel& channel_;
    UnitBackend& backend_;
    const Manifest& manifest_;
    const storage::Access access_;
    const base::Clock& clock_;
    base::Monotonic deadline_;
    bool extended_ = false;
    FlagReports reports_;
    CallAnswer answer_;
    mortise_status status_ = 0;
    bool returned_ = false;
    std::string kept_rows_;
    ChannelState rows_state_ = ChannelState::kGood;
};

}  // namespace mortise::host
