#pragma once

#include "core/telemetry/metrics.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

namespace mortise::host {

// How a call of a plugin's method has ended for who made it.
enum class PeerOutcome : std::uint8_t { kOk, kRefused, kBusy, kTimeout, kError };

// Counts the calls of plugins by others, for the operator. Thread-safe.
class PeerCounts {
 public:
    // `metrics` lives as long as this does.
    explicit PeerCounts(telemetry::Metrics& metrics) : metrics_(metrics) {}

    // Both are ids of manifests, so that series are few. What can't be counted is not.
    void count(std::string_view caller, std::string_view callee, PeerOutcome outcome) noexcept;

 private:
    using Key = std::tuple<std::string, std::string, PeerOutcome>;

    telemetry::Metrics& metrics_;
    std::mutex mutex_;
    std::map<Key, telemetry::Counter> series_;  // under mutex_
};

}  // namespace mortise::host
