#pragma once

#include "core/base/request_context.hpp"
#include "core/host/call_answer.hpp"
#include "core/host/peer.hpp"
#include "core/host/plugin.hpp"
#include "core/host/service_backend.hpp"
#include "core/host/service_parts.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::host {

// What the ABI calls an error of storage, or of what is counted.
mortise_status status_of(const base::Error& error) noexcept;

// The services of a call over its unit of work, in the host's process. On the stack of the call's thread.
class UnitBackend final : public ServiceBackend {
 public:
    // `link`: the call's place in its chain.
    UnitBackend(const Manifest& manifest, const Statements& statements, const ServiceParts& parts,
                const base::RequestContext& context, storage::Unit& unit, const CallLink& link,
                std::string_view body)
        : manifest_(manifest),
          statements_(statements),
          parts_(parts),
          context_(context),
          unit_(unit),
          link_(link),
          body_(body) {}
    // Gives back what was counted of meters, unless keep_counts_of() or leave() was told of a success; flags
    // were answered anyway.
    ~UnitBackend() override {
        if (!counted_.empty()) give_back_counts();
        if (answered_) answered_->empty([this](auto counts) { count_flags(counts); });
    }
    UnitBackend(const UnitBackend&) = delete;
    UnitBackend& operator=(const UnitBackend&) = delete;

    mortise_status read_body(std::uint8_t* buffer, std::uint64_t capacity, std::uint64_t& read) override;
    mortise_status settings(std::string& json) override;
    mortise_status run(std::string_view name, std::span<const storage::Value> values,
                       const mortise_sink* sink, std::int64_t& changed) override;
    mortise_status entitled(std::string_view feature, bool& yes) override;
    mortise_status limit(std::string_view name, Allowance& allowance) override;
    mortise_status count(std::string_view meter, std::uint64_t amount) override;
    mortise_status flag(const FlagQuestion& question, flags::Evaluation& answer) override;
    mortise_status peer(const PeerQuestion& question, CallAnswer& so_far, PeerAnswer& answer) override;

    const base::Uuid& tenant() const noexcept { return context_.tenant; }
    // The flags that all of the call sees; null if the manifest does not ask for them.
    const flags::FlagSet* flags();

    // Counts what the call was answered, here or elsewhere, by the flags of flags().
    void count_flags(std::span<const flags::FlagCount> counts) noexcept;

    void give_up() noexcept override { unit_.abandon(); }

    const UnitHealth& health() const noexcept { return health_; }
    // The call has succeeded: what it counted stays counted.
    void keep_counts_of(const base::Result<PluginResponse>& answer) noexcept {
        if (!counted_.empty() && answer.ok() && !answer->problem && answer->status < 400) counted_.clear();
    }

    // Of a method's call: leaves to the caller what this one has done.
    void leave(const base::Result<PluginResponse>& answer, CallAnswer& published, Effects& effects) noexcept;

 private:
    struct Callee {
        std::shared_ptr<Plugin> plugin;
        std::uint32_t method = 0;
    };
    // As peer(), of an interface that the manifest lists.
    mortise_status ask_callee(const PeerQuestion& question, CallAnswer& so_far, PeerAnswer& answer);
    // Finds who is to serve it; else the problem that is answered in its place.
    std::optional<PluginProblem> find_callee(const PeerQuestion& question, Callee& callee) const;
    mortise_status take_over(base::Result<PluginResponse> served, Effects effects, CallAnswer& so_far,
                             PeerAnswer& answer);
    static mortise_status tell_failure(base::Result<PluginResponse> served, const Effects& effects,
                                       PeerAnswer& answer);
    mortise_status refuse_write();
    void keep_count(std::string meter, std::uint64_t amount);

    const licensing::Snapshot* licence();
    void give_back_counts() noexcept;

    const Manifest& manifest_;
    const Statements& statements_;
    const ServiceParts& parts_;
    const base::RequestContext& context_;
    storage::Unit& unit_;
    const CallLink& link_;
    std::string_view body_;  // what is left of it
    UnitHealth health_;
    bool wrote_ = false;  // it, or a method that it called
    // As of the call's first question, so that a call without any pays nothing.
    std::shared_ptr<const licensing::Snapshot> licence_;
    std::shared_ptr<const flags::FlagSet> flags_;
    std::optional<flags::FlagTally> answered_;  // of flags_
    Counted counted_;
};

}  // namespace mortise::host
