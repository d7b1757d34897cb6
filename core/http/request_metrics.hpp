#pragma once

#include "core/telemetry/metrics.hpp"

#include <string>
#include <utility>
#include <vector>

namespace mortise::http {

// The time series of one route, looked up once.
class RouteMetrics {
 public:
    RouteMetrics(telemetry::Metrics& metrics, const std::string& route);

    // Any thread. `status` from 100 to 599.
    void count(int status, double seconds) const;

 private:
    std::vector<telemetry::Counter> by_class_;  // 1xx to 5xx
    telemetry::Histogram seconds_;
};

// Counts a request as long as it lives.
class InFlight {
 public:
    explicit InFlight(const telemetry::Gauge& gauge) : gauge_(&gauge) { gauge.add(1); }
    InFlight(InFlight&& other) noexcept : gauge_(std::exchange(other.gauge_, nullptr)) {}
    InFlight& operator=(InFlight&&) = delete;
    ~InFlight() {
        if (gauge_ != nullptr) gauge_->add(-1);
    }

 private:
    const telemetry::Gauge* gauge_;  // null: moved from
};

}  // namespace mortise::http
