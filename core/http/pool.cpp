#include "core/http/pool.hpp"

#include <algorithm>
#include <utility>

namespace mortise::http {

PoolMetrics::PoolMetrics(telemetry::Metrics& metrics, const std::string& pool)
    : queued(metrics.gauge("mortise_http_pool_queued", "Requests that wait for a thread.", {{"pool", pool}})),
      running(
          metrics.gauge("mortise_http_pool_running", "Requests that a thread works on.", {{"pool", pool}})),
      rejected(metrics.counter("mortise_http_pool_rejected_total",
                               "Requests refused because the queue was full.", {{"pool", pool}})) {}

Pool::Pool(std::size_t threads, std::size_t queue, const PoolMetrics& metrics)
    : limit_(queue), metrics_(metrics) {
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i)
        threads_.emplace_back([this] { work(); });
}

Pool::~Pool() {
    std::deque<std::function<void()>> dropped;
    {
        const std::lock_guard lock(mutex_);
        closed_ = ending_ = true;
        dropped.swap(tasks_);
    }
    wake_.notify_all();
    dropped.clear();  // outside of the lock: what a task holds may do anything when it is destroyed
    // From here on no thread moves from the one list to the other.
    for (auto* list : {&threads_, &ended_})
        for (auto& thread : *list)
            thread.join();
}

void Pool::replace(std::thread::id thread) {
    const std::lock_guard lock(mutex_);
    if (ending_) return;
    for (auto& ended : ended_)
        ended.join();  // it has let go of the lock, so it does no more
    ended_.clear();
    threads_.emplace_back([this] { work(); });
    replaced_.push_back(thread);
}

bool Pool::leave_if_replaced() {
    const auto self = std::this_thread::get_id();
    if (ending_ || std::erase(replaced_, self) == 0) return false;
    const auto place = std::find_if(threads_.begin(), threads_.end(),
                                    [&](const std::thread& thread) { return thread.get_id() == self; });
    ended_.push_back(std::move(*place));
    threads_.erase(place);
    return true;
}

bool Pool::submit(std::function<void()> task) {
    {
        const std::lock_guard lock(mutex_);
        if (tasks_.size() >= limit_ || closed_) {
            metrics_.rejected.add();
            return false;
        }
        tasks_.push_back(std::move(task));
        metrics_.queued.set(static_cast<double>(tasks_.size()));
    }
    wake_.notify_one();
    return true;
}

bool Pool::drain(base::Monotonic deadline) {
    std::unique_lock lock(mutex_);
    closed_ = true;
    return idle_.wait_until(lock, deadline, [this] { return tasks_.empty() && running_ == 0; });
}

void Pool::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
        if (tasks_.empty()) return;
        auto task = std::move(tasks_.front());
        tasks_.pop_front();
        metrics_.queued.set(static_cast<double>(tasks_.size()));
        metrics_.running.set(static_cast<double>(++running_));
        lock.unlock();
        task();
        task = nullptr;  // what it holds goes before it counts as done
        lock.lock();
        metrics_.running.set(static_cast<double>(--running_));
        if (running_ == 0 && tasks_.empty()) idle_.notify_all();
        if (leave_if_replaced()) return;
    }
}

}  // namespace mortise::http
