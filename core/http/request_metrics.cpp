#include "core/http/request_metrics.hpp"

#include <algorithm>

namespace mortise::http {
namespace {

// Seconds; from what memory answers to what a timeout cuts.
const std::vector<double> kBuckets = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                      0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};

}  // namespace

RouteMetrics::RouteMetrics(telemetry::Metrics& metrics, const std::string& route)
    : seconds_(metrics.histogram("mortise_http_request_duration_seconds",
                                 "Time from a request's head to its answer.", kBuckets, {{"route", route}})) {
    for (const char* status : {"1xx", "2xx", "3xx", "4xx", "5xx"})
        by_class_.push_back(metrics.counter("mortise_http_requests_total", "Requests answered.",
                                            {{"route", route}, {"status", status}}));
}

void RouteMetrics::count(int status, double seconds) const {
    by_class_[static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1)].add();
    seconds_.observe(seconds);
}

}  // namespace mortise::http
