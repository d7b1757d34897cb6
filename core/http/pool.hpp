#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mortise::http {

// A fixed number of threads for what may block, and a bounded queue before them. Thread-safe.
class Pool {
 public:
    Pool(std::size_t threads, std::size_t queue);
    ~Pool();  // runs what is queued, then ends the threads
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    // False if the queue is full; the task is then not kept. A task must not throw.
    bool submit(std::function<void()> task);

 private:
    void work();

    const std::size_t limit_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> tasks_;
    bool ending_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace mortise::http
