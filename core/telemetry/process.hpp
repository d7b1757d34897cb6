#pragma once

// Private to metrics.cpp: prometheus-cpp must not be seen by other rooms.

#include <prometheus/metric_family.h>

#include <vector>

namespace mortise::telemetry {

// What Prometheus's own client libraries tell of the process they are in, under the same names
// (prometheus.io, "Writing client libraries", process metrics). What can't be read is left out.
std::vector<prometheus::MetricFamily> process_families();

}  // namespace mortise::telemetry
