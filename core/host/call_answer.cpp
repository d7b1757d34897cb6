#include "core/host/call_answer.hpp"

#include "core/host/peer.hpp"

#include <fmt/format.h>

namespace mortise::host {

using base::Error;
using base::ErrorKind;
using base::Result;

CallJudge::CallJudge(const Manifest& manifest, const base::Clock& clock, telemetry::Log& log)
    : manifest_(manifest), clock_(clock), log_(log), outbox_(clock) {}

Result<PluginResponse> CallJudge::take_response(const base::RequestContext& context, CallAnswer& answer,
                                                mortise_status status, const UnitHealth& health) const {
    const auto& failed = health.storage_error;
    if (failed && (storage::is_retryable(*failed) || failed->code == kNeedsWriter)) return *failed;
    if (answer.response.problem) return std::move(answer.response);
    if (status != MORTISE_OK && failed) return *failed;
    if (status == MORTISE_E_BUSY)
        return Error{ErrorKind::kUnavailable,
                     std::string(kPluginBusy),
                     "The plugin is busy; try again in a moment.",
                     {},
                     {},
                     1};
    if (status != MORTISE_OK) return misbehaved(context, fmt::format("its call answered {}", status));
    if (!answer.responded) return misbehaved(context, "it returned without an answer");
    if (answer.response.status < 400 && health.half_done) {
        if (clock_.monotonic() >= context.deadline) return deadline_exceeded();
        return misbehaved(context, "it answered a success after another plugin had failed half way");
    }
    return std::move(answer.response);
}

Result<PluginResponse> CallJudge::conclude(const base::RequestContext& context, storage::Unit& unit,
                                           CallAnswer& answer, mortise_status status,
                                           const UnitHealth& health) {
    auto response = take_response(context, answer, status, health);
    if (!response.ok() || response->problem) return response;
    // What is done too late is not kept: who asked was told that it failed.
    if (unit.access() == storage::Access::kWrite && clock_.monotonic() >= context.deadline)
        return deadline_exceeded();
    if (response->status >= 400 || answer.events.empty()) return response;
    if (unit.access() == storage::Access::kRead) return needs_writer();
    MORTISE_TRY(outbox_.append(unit, context, answer.events));
    return response;
}

Result<PluginResponse> CallJudge::conclude_method(const base::RequestContext& context, CallAnswer& answer,
                                                  mortise_status status, const UnitHealth& health) {
    auto response = take_response(context, answer, status, health);
    if (!response.ok() || response->problem) return response;
    if (response->status > 299)
        return misbehaved(context, fmt::format("its method answered the status {}", response->status));
    if (response->body.size() > kMaxPeerBytes) return misbehaved(context, "its method answered too much");
    return response;
}

void CallJudge::report(const base::RequestContext& context, std::string_view how) const {
    const std::string request = context.request_id.to_string();
    log_.error("a plugin failed", {{"plugin", std::string_view(manifest_.id)},
                                   {"request_id", std::string_view(request)},
                                   {"reason", how}});
}

Error deadline_exceeded() {
    return {ErrorKind::kTimeout, "deadline_exceeded", "The plugin did not answer in time."};
}

Error needs_writer() {
    return {ErrorKind::kInternal, std::string(kNeedsWriter), "The request must be made again to be written."};
}

Error CallJudge::misbehaved(const base::RequestContext& context, std::string_view how) const {
    report(context, how);
    return {ErrorKind::kInternal, "plugin_failed", "The plugin could not complete the request.",
            fmt::format("plugin {}: {}", manifest_.id, how)};
}

}  // namespace mortise::host
