// The host's part of mortise.peers/1: finds the plugin that is to serve a method, has it run in the caller's
// unit of work, and takes over what it leaves.
#include "core/host/unit_backend.hpp"
#include "core/storage/error_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace mortise::host {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

PluginProblem host_problem(std::uint32_t status, std::string_view code, std::string detail) {
    return {status, std::string(code), std::move(detail), {}, {}};
}

// Why another plugin can't serve, to be passed on as it is.
PluginProblem as_problem(const Error& error) {
    switch (error.kind) {
        case ErrorKind::kForbidden:
            return host_problem(403, error.code, error.detail);
        case ErrorKind::kUnavailable:
            return host_problem(503, error.code, error.detail);
        default:
            return host_problem(500, error.code, error.detail);
    }
}

PeerOutcome outcome_of(mortise_status status) noexcept {
    switch (status) {
        case MORTISE_OK:
            return PeerOutcome::kOk;
        case MORTISE_E_REFUSED:
            return PeerOutcome::kRefused;
        case MORTISE_E_BUSY:
            return PeerOutcome::kBusy;
        case MORTISE_E_TIMEOUT:
            return PeerOutcome::kTimeout;
        default:
            return PeerOutcome::kError;
    }
}

std::optional<std::uint32_t> method_number(const Plugin& plugin, const PeerQuestion& question) {
    const auto& methods = plugin.methods();
    const auto found = std::find_if(methods.begin(), methods.end(), [&](const PluginMethod& method) {
        return method.interface == question.interface && method.name == question.method;
    });
    if (found == methods.end()) return std::nullopt;
    return static_cast<std::uint32_t>(found - methods.begin());
}

}  // namespace

mortise_status UnitBackend::peer(const PeerQuestion& question, CallAnswer& so_far, PeerAnswer& answer) {
    if (!manifest_.may_call(question.interface)) return MORTISE_E_DENIED;
    const mortise_status status = ask_callee(question, so_far, answer);
    parts_.peers.counts().count(manifest_.id, plugin_of_interface(question.interface), outcome_of(status));
    return status;
}

mortise_status UnitBackend::ask_callee(const PeerQuestion& question, CallAnswer& so_far, PeerAnswer& answer) {
    if (question.input.size() > kMaxPeerBytes) return MORTISE_E_TOO_BIG;
    if (parts_.clock.monotonic() >= context_.deadline) return MORTISE_E_TIMEOUT;
    Callee callee;
    answer.problem = find_callee(question, callee);
    if (answer.problem) return MORTISE_E_REFUSED;
    const bool writes = callee.plugin->methods()[callee.method].access == storage::Access::kWrite;
    if (writes && link_.access == storage::Access::kRead) return MORTISE_E_DENIED;
    Effects effects;
    const bool half_done = std::exchange(health_.half_done, true);  // if something is thrown
    auto served = callee.plugin->serve(context_, unit_, {callee.method, question.input, link_}, effects);
    health_.half_done = half_done;
    return take_over(std::move(served), std::move(effects), so_far, answer);
}

// A plugin that waits in the chain is refused even where it could run: in workers, two calls would each wait
// for the worker that the other holds.
std::optional<PluginProblem> UnitBackend::find_callee(const PeerQuestion& question, Callee& callee) const {
    const std::string_view id = plugin_of_interface(question.interface);
    std::size_t length = 1;
    for (const CallLink* link = &link_; link != nullptr; link = link->caller, ++length)
        if (link->plugin == id)
            return host_problem(
                508, "peer_cycle",
                fmt::format("The plugin {} waits for this call, so that it can't be called by it.", id));
    if (length > kMostInChain)
        return host_problem(508, "peer_too_deep",
                            fmt::format("A request goes through {} plugins at most.", kMostInChain));
    callee.plugin = parts_.peers.find(id);
    const auto method = callee.plugin ? method_number(*callee.plugin, question) : std::nullopt;
    if (!method)
        return host_problem(501, "peer_not_provided",
                            fmt::format("No running plugin provides this method of {}.", question.interface));
    callee.method = *method;
    const bool writes = callee.plugin->methods()[*method].access == storage::Access::kWrite;
    if (const auto licensed = parts_.licence.may_serve(id, writes); !licensed.ok())
        return as_problem(licensed.error());
    if (!parts_.peers.enabled(context_.tenant, id))
        return host_problem(404, "plugin_not_enabled",
                            fmt::format("The plugin {} is not enabled for this tenant.", id));
    return std::nullopt;
}

mortise_status UnitBackend::take_over(Result<PluginResponse> served, Effects effects, CallAnswer& so_far,
                                      PeerAnswer& answer) {
    wrote_ = wrote_ || effects.wrote;
    if (!health_.storage_error) health_.storage_error = effects.storage_error;
    if (!served.ok() || served->problem) {
        health_.half_done = health_.half_done || effects.wrote;
        return tell_failure(std::move(served), effects, answer);
    }
    for (auto& [meter, amount] : effects.counted)
        keep_count(std::move(meter), amount);
    so_far.event_count += effects.events.size();
    so_far.event_bytes += effects.event_bytes;
    if (so_far.event_count > kMaxEvents || so_far.event_bytes > kMaxEventsBytes) {
        health_.half_done = true;
        return MORTISE_E_TOO_BIG;
    }
    std::move(effects.events.begin(), effects.events.end(), std::back_inserter(so_far.events));
    answer.body = std::move(served->body);
    return MORTISE_OK;
}

mortise_status UnitBackend::tell_failure(Result<PluginResponse> served, const Effects& effects,
                                         PeerAnswer& answer) {
    if (served.ok()) {
        answer.problem = std::move(served->problem);
        return MORTISE_E_REFUSED;
    }
    const Error& error = served.error();
    if (error.code == kPluginBusy || error.code == kNeedsWriter || storage::is_retryable(error))
        return MORTISE_E_BUSY;
    if (error.kind == ErrorKind::kTimeout) return MORTISE_E_TIMEOUT;
    if (effects.storage_error) return status_of(*effects.storage_error);
    answer.problem = as_problem(error);
    return MORTISE_E_REFUSED;
}

void UnitBackend::leave(const Result<PluginResponse>& answer, CallAnswer& published,
                        Effects& effects) noexcept {
    effects.wrote = wrote_;
    effects.storage_error = std::move(health_.storage_error);
    if (!answer.ok() || answer->problem) return;
    effects.events = std::move(published.events);
    effects.event_bytes = published.event_bytes;
    effects.counted = std::exchange(counted_, {});
}

}  // namespace mortise::host
