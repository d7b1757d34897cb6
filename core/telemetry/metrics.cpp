#include "core/telemetry/metrics.hpp"

#include "core/telemetry/process.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <utility>

namespace mortise::telemetry {

struct Metrics::Impl {
    prometheus::Registry registry;
};

void Counter::add(double amount) const {
    static_cast<prometheus::Counter*>(series_)->Increment(amount);
}

void Gauge::set(double value) const {
    static_cast<prometheus::Gauge*>(series_)->Set(value);
}

void Gauge::add(double amount) const {
    static_cast<prometheus::Gauge*>(series_)->Increment(amount);
}

void Histogram::observe(double value) const {
    static_cast<prometheus::Histogram*>(series_)->Observe(value);
}

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry);
    return Counter(&family.Add(labels));
}

Gauge Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
    return Gauge(&family.Add(labels));
}

Histogram Metrics::histogram(const std::string& name, const std::string& help,
                             const std::vector<double>& buckets, const Labels& labels) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry);
    return Histogram(&family.Add(labels, prometheus::Histogram::BucketBoundaries(buckets)));
}

std::string Metrics::render() const {
    auto families = impl_->registry.Collect();
    for (auto& family : process_families())
        families.push_back(std::move(family));
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace mortise::telemetry
