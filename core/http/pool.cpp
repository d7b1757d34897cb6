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
    std::deque<Task> dropped;
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
    wake_.notify_one();  // for what its lane may run now
    return true;
}

bool Pool::Task::may_run() const noexcept {
    return std::none_of(lanes.begin(), lanes.end(), [](const auto& lane) { return lane && lane->full(); });
}

bool Pool::submit(std::function<void()> run, std::shared_ptr<Lane> lane, std::shared_ptr<Lane> other_lane) {
    Task task{std::move(run), {std::move(lane), std::move(other_lane)}};
    bool wakes = false;
    {
        const std::lock_guard lock(mutex_);
        const auto has_too_many = [this](const auto& one) { return one && one->queued_ >= limit_ / 2; };
        if (tasks_.size() >= limit_ || closed_ || std::ranges::any_of(task.lanes, has_too_many)) {
            metrics_.rejected.add();
            return false;
        }
        for (const auto& one : task.lanes)
            if (one) ++one->queued_;
        // One that waits for its lane is for a thread that comes from there.
        wakes = task.may_run() && begin_waking();
        tasks_.push_back(std::move(task));
        metrics_.queued.set(static_cast<double>(tasks_.size()));
    }
    if (wakes) wake_.notify_one();
    return true;
}

// One at a time: a thread that wakes takes a task and wakes the next one if more are left. So a burst of
// tasks that are done at once is not paid with as many threads that find nothing.
bool Pool::begin_waking() {
    if (waking_ || sleeping_ == 0) return false;
    waking_ = true;
    return true;
}

std::deque<Pool::Task>::iterator Pool::next() {
    return std::find_if(tasks_.begin(), tasks_.end(), [](const Task& task) { return task.may_run(); });
}

Pool::Task Pool::take(std::deque<Task>::iterator place) {
    Task task = std::move(*place);
    tasks_.erase(place);
    for (const auto& lane : task.lanes) {
        if (!lane) continue;
        --lane->queued_;
        ++lane->running_;
    }
    metrics_.queued.set(static_cast<double>(tasks_.size()));
    metrics_.running.set(static_cast<double>(++running_));
    return task;
}

bool Pool::drain(base::Monotonic deadline) {
    std::unique_lock lock(mutex_);
    closed_ = true;
    return idle_.wait_until(lock, deadline, [this] { return tasks_.empty() && running_ == 0; });
}

void Pool::sleep(std::unique_lock<std::mutex>& lock) {
    ++sleeping_;
    wake_.wait(lock);
    --sleeping_;
    waking_ = false;
}

void Pool::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        auto place = next();
        if (place == tasks_.end()) {
            if (ending_) return;
            sleep(lock);
            continue;
        }
        Task task = take(place);
        const bool wakes = next() != tasks_.end() && begin_waking();
        lock.unlock();
        if (wakes) wake_.notify_one();
        task.run();
        task.run = nullptr;  // what it holds goes before it counts as done
        lock.lock();
        for (const auto& lane : task.lanes)
            if (lane) --lane->running_;
        metrics_.running.set(static_cast<double>(--running_));
        if (running_ == 0 && tasks_.empty()) idle_.notify_all();
        if (leave_if_replaced()) return;
    }
}

}  // namespace mortise::http
