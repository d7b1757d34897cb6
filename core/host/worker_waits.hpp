#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

namespace mortise::host {

class WorkerPool;

// The calls that wait for a worker while they hold workers of other plugins. Two that wait for what the other
// holds would wait until their deadline; the one that closes such a circle is told. Thread-safe.
class WorkerWaits {
 public:
    // One call's wait, from its beginning to its end. Pools are told apart only; nothing of them is used.
    class Wait {
     public:
        // For one of the `workers` of `wanted`, while the call holds one of each of `held`.
        Wait(WorkerWaits& waits, const WorkerPool& wanted, std::size_t workers,
             std::vector<const WorkerPool*> held);
        ~Wait();
        Wait(const Wait&) = delete;
        Wait& operator=(const Wait&) = delete;

        // Every worker that it could get is held by calls that wait for what it holds, directly or by others
        // that wait.
        bool hopeless() const noexcept { return hopeless_; }

     private:
        friend class WorkerWaits;

        WorkerWaits& waits_;
        const WorkerPool* const wanted_;
        const std::size_t workers_;
        const std::vector<const WorkerPool*> held_;
        bool hopeless_ = false;
    };

 private:
    bool is_hopeless(const Wait& wait) const;

    std::mutex mutex_;
    std::vector<const Wait*> waiting_;  // under mutex_
};

}  // namespace mortise::host
