#pragma once

#include "core/base/result.hpp"
#include "core/telemetry/log.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mortise::app {

// What the server does by itself at intervals, one after the other on one thread. A failure or an
// exception is logged, and the task runs again at its next time.
class Timer {
 public:
    using Task = std::function<base::Status()>;

    explicit Timer(telemetry::Log& log);
    ~Timer();  // waits for the task that is running
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    // First after one interval.
    void every(std::chrono::milliseconds interval, std::string name, Task task);

 private:
    using Time = std::chrono::steady_clock::time_point;
    struct Entry {
        std::chrono::milliseconds interval;
        std::string name;
        Task task;
        Time next;
    };

    void run();
    void run_due(std::unique_lock<std::mutex>& lock);
    void run_one(const Entry& entry);

    telemetry::Log& log_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<std::unique_ptr<Entry>> entries_;  // under mutex_; an entry stays where it is
    bool ending_ = false;                          // under mutex_
    std::thread thread_;
};

}  // namespace mortise::app
