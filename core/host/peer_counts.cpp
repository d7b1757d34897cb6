#include "core/host/peer_counts.hpp"

#include "mortise/abi/types.h"

#include <exception>

namespace mortise::host {
namespace {

std::string_view outcome_of(std::int32_t status) noexcept {
    switch (status) {
        case MORTISE_OK:
            return "ok";
        case MORTISE_E_REFUSED:
            return "refused";
        case MORTISE_E_BUSY:
            return "busy";
        case MORTISE_E_TIMEOUT:
            return "timeout";
        default:
            return "error";
    }
}

}  // namespace

void PeerCounts::count(std::string_view caller, std::string_view callee, std::int32_t status) noexcept {
    const std::string_view outcome = outcome_of(status);
    try {
        const std::lock_guard lock(mutex_);
        auto found = series_.find(std::tuple(caller, callee, outcome));
        if (found == series_.end()) {
            const telemetry::Labels labels{{"caller", std::string(caller)},
                                           {"outcome", std::string(outcome)},
                                           {"plugin", std::string(callee)}};
            const auto counter = metrics_.counter("mortise_plugin_peer_calls_total",
                                                  "Calls of a plugin's methods by other plugins.", labels);
            found = series_.emplace(Key(caller, callee, outcome), counter).first;
        }
        found->second.add();
    } catch (const std::exception&) {
        // Memory has run out; the call itself goes on.
    }
}

}  // namespace mortise::host
