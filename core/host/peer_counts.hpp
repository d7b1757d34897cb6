#pragma once

#include "core/telemetry/metrics.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

namespace mortise::host {

// Counts the calls of plugins by others, for the operator. Thread-safe.
class PeerCounts {
 public:
    // `metrics` lives as long as this does.
    explicit PeerCounts(telemetry::Metrics& metrics) : metrics_(metrics) {}

    // How a call of a method of `callee` has ended for `caller`, a mortise_status: ids of manifests, so that series are few.
    // What can't be counted is not.
    void count(std::string_view caller, std::string_view callee, std::int32_t status) noexcept;

 private:
    using Key = std::tuple<std::string, std::string, std::string_view>;

    telemetry::Metrics& metrics_;
    std::mutex mutex_;
    std::map<Key, telemetry::Counter, std::less<>> series_;  // under mutex_
};

}  // namespace mortise::host
