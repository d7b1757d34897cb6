#pragma once

#include "core/base/clock.hpp"
#include "core/telemetry/metrics.hpp"

#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mortise::http {

// The time series of a pool.
struct PoolMetrics {
    PoolMetrics(telemetry::Metrics& metrics, const std::string& pool);

    telemetry::Gauge queued;
    telemetry::Gauge running;
    telemetry::Counter rejected;
};

// Tasks of one kind, of which at most `width` (from 1 on) run at the same time, so that a kind which is slow,
// or waits for something scarce, leaves threads to the others. Belongs to one pool.
class Lane {
 public:
    explicit Lane(std::size_t width) : width_(width) {}

    std::size_t width() const noexcept { return width_; }

 private:
    friend class Pool;
    bool full() const noexcept { return running_ >= width_; }

    const std::size_t width_;
    std::size_t queued_ = 0;  // under the pool's mutex, as what follows
    std::size_t running_ = 0;
};

// A fixed number of threads for what may block, and a bounded queue before them. Thread-safe.
class Pool {
 public:
    Pool(std::size_t threads, std::size_t queue, const PoolMetrics& metrics);
    ~Pool();  // drops what is queued, waits for what runs
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    // False if the queue is full or the pool is ending; the task is then not kept. A task must not throw.
    // One lane fills at most half of the queue. A task may be in two lanes, or in none.
    bool submit(std::function<void()> task, std::shared_ptr<Lane> lane = nullptr,
                std::shared_ptr<Lane> other_lane = nullptr);

    // Another thread takes the place of one that won't come back from its task soon, and ends when it does.
    // Only while that one is at its task.
    void replace(std::thread::id thread);

    // Takes no more tasks, and waits until none is queued or running, or until the deadline. False if one is.
    bool drain(base::Monotonic deadline);

 private:
    struct Task {
        std::function<void()> run;
        std::array<std::shared_ptr<Lane>, 2> lanes;  // null: none
        bool may_run() const noexcept;               // no lane is full
    };

    void work();
    void sleep(std::unique_lock<std::mutex>& lock);
    bool begin_waking();                // whether the caller is to wake a thread; under mutex_
    std::deque<Task>::iterator next();  // the first that may run; under mutex_, as what follows
    Task take(std::deque<Task>::iterator task);
    bool leave_if_replaced();

    const std::size_t limit_;
    const PoolMetrics metrics_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable idle_;
    std::deque<Task> tasks_;  // under mutex_, as what follows
    std::size_t running_ = 0;
    std::size_t sleeping_ = 0;               // threads
    bool waking_ = false;                    // one of them was told and is not awake yet
    bool closed_ = false;                    // takes no more
    bool ending_ = false;                    // the threads end
    std::vector<std::thread::id> replaced_;  // and not back yet
    std::vector<std::thread> threads_;
    std::vector<std::thread> ended_;
};

}  // namespace mortise::http
