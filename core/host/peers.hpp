#pragma once

#include "core/base/uuid.hpp"
#include "core/host/peer_counts.hpp"
#include "core/host/worker_waits.hpp"

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace mortise::host {

class Plugin;

// Where plugins find those whose methods they call. Thread-safe.
class Peers {
 public:
    // The plugin of this id that runs, or null.
    using Find = std::function<std::shared_ptr<Plugin>(std::string_view id)>;
    using Enabled = std::function<bool(const base::Uuid& tenant, std::string_view id)>;

    // `metrics` lives as long as this does.
    Peers(Find find, Enabled enabled, telemetry::Metrics& metrics)
        : find_(std::move(find)), enabled_(std::move(enabled)), counts_(metrics) {}

    std::shared_ptr<Plugin> find(std::string_view id) const { return find_(id); }
    bool enabled(const base::Uuid& tenant, std::string_view id) const { return enabled_(tenant, id); }
    WorkerWaits& waits() noexcept { return waits_; }
    PeerCounts& counts() noexcept { return counts_; }

 private:
    const Find find_;
    const Enabled enabled_;
    WorkerWaits waits_;
    PeerCounts counts_;
};

}  // namespace mortise::host
