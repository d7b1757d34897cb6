#include "core/host/peer_counts.hpp"

#include <exception>
#include <utility>

namespace mortise::host {
namespace {

const char* name_of(PeerOutcome outcome) noexcept {
    switch (outcome) {
        case PeerOutcome::kOk:
            return "ok";
        case PeerOutcome::kRefused:
            return "refused";
        case PeerOutcome::kBusy:
            return "busy";
        case PeerOutcome::kTimeout:
            return "timeout";
        case PeerOutcome::kError:
            break;
    }
    return "error";
}

}  // namespace

void PeerCounts::count(std::string_view caller, std::string_view callee, PeerOutcome outcome) noexcept {
    try {
        Key key(caller, callee, outcome);
        const std::lock_guard lock(mutex_);
        auto found = series_.find(key);
        if (found == series_.end()) {
            const telemetry::Labels labels{{"caller", std::string(caller)},
                                           {"outcome", name_of(outcome)},
                                           {"plugin", std::string(callee)}};
            const auto counter = metrics_.counter("mortise_plugin_peer_calls_total",
                                                  "Calls of a plugin's methods by other plugins.", labels);
            found = series_.emplace(std::move(key), counter).first;
        }
        found->second.add();
    } catch (const std::exception&) {
        // Memory has run out; the call itself goes on.
    }
}

}  // namespace mortise::host
