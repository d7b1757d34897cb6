#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::telemetry {

using Labels = std::map<std::string, std::string>;

// Handles to one time series each, looked up once and then cheap to use from any thread. They live as long as
// the Metrics that made them.
class Counter {
 public:
    void add(double amount = 1) const;

 private:
    friend class Metrics;
    explicit Counter(void* series) : series_(series) {}
    void* series_;
};

class Gauge {
 public:
    void set(double value) const;
    void add(double amount) const;

 private:
    friend class Metrics;
    explicit Gauge(void* series) : series_(series) {}
    void* series_;
};

class Histogram {
 public:
    void observe(double value) const;

 private:
    friend class Metrics;
    explicit Histogram(void* series) : series_(series) {}
    void* series_;
};

// The registry of all time series, in Prometheus's terms. Asking twice for a name with the same labels gives
// the same series. Thread-safe.
class Metrics {
 public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
    Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
    Histogram histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                        const Labels& labels = {});

    // All series, and those of the process itself, in the text exposition format, version 0.0.4.
    std::string render() const;

 private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace mortise::telemetry
