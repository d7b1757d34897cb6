#pragma once

#include "core/host/plugin.hpp"
#include "core/telemetry/log.hpp"

#include <memory>

namespace mortise::host {

// Ends plugins on a thread of its own, once nobody uses them any more. Stopping one takes a while (its stop
// function, its workers), and the last to let go of an old generation can be any thread, also one that serves
// connections. Thread-safe.
class Retirement {
 public:
    // The log outlives it.
    explicit Retirement(telemetry::Log& log);
    // Ends the plugins that are waiting. What is let go of later is ended where that happens.
    ~Retirement();
    Retirement(const Retirement&) = delete;
    Retirement& operator=(const Retirement&) = delete;

    // The plugin, which is ended here after the last user has let go of it.
    std::shared_ptr<Plugin> keep(std::unique_ptr<Plugin> plugin);

 private:
    class Queue;
    std::shared_ptr<Queue> queue_;
};

}  // namespace mortise::host
