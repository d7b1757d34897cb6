#pragma once

#include "core/telemetry/metrics.hpp"

#include <array>
#include <string>
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

}  // namespace mortise::http
