#include "core/host/call_answer.hpp"

#include <fmt/format.h>

namespace mortise::host {

using base::Error;
using base::ErrorKind;
using base::Result;

CallJudge::CallJudge(const Manifest& manifest, const base::Clock& clock, telemetry::Log& log)
    : manifest_(manifest), clock_(clock), log_(log), outbox_(clock) {}

Result<PluginResponse> CallJudge::conclude(const base::RequestContext& context, storage::Unit& unit,
                                           CallAnswer& answer, mortise_status status,
                                           const std::optional<Error>& storage_error) {
    if (storage_error && storage::is_retryable(*storage_error)) return *storage_error;
    if (answer.response.problem) return std::move(answer.response);
    if (status != MORTISE_OK && storage_error) return *storage_error;
    if (status == MORTISE_E_BUSY)
        return Error{ErrorKind::kUnavailable,
                     std::string(kPluginBusy),
                     "The plugin is busy; try again in a moment.",
                     {},
                     {},
                     1};
    if (status != MORTISE_OK) return misbehaved(context, fmt::format("its call answered {}", status));
    if (!answer.responded) return misbehaved(context, "it returned without an answer");
    // What is done too late is not kept: who asked was told that it failed.
    if (unit.access() == storage::Access::kWrite && clock_.monotonic() >= context.deadline)
        return deadline_exceeded();
    if (answer.response.status < 400 && !answer.events.empty())
        MORTISE_TRY(outbox_.append(unit, context, answer.events));
    return std::move(answer.response);
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

Error CallJudge::misbehaved(const base::RequestContext& context, std::string_view how) const {
    report(context, how);
    return {ErrorKind::kInternal, "plugin_failed", "The plugin could not complete the request.",
            fmt::format("plugin {}: {}", manifest_.id, how)};
}

}  // namespace mortise::host
