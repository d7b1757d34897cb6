#include "core/app/timer.hpp"

#include <algorithm>
#include <exception>

namespace mortise::app {

Timer::Timer(telemetry::Log& log) : log_(log), thread_([this] { run(); }) {}

Timer::~Timer() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void Timer::every(std::chrono::milliseconds interval, std::string name, Task task) {
    const std::lock_guard lock(mutex_);
    entries_.push_back(std::make_unique<Entry>(
        Entry{interval, std::move(name), std::move(task), std::chrono::steady_clock::now() + interval}));
    wake_.notify_all();
}

void Timer::run() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        if (entries_.empty()) {
            wake_.wait(lock);
            continue;
        }
        const auto next = std::min_element(entries_.begin(), entries_.end(),
                                           [](const auto& a, const auto& b) { return a->next < b->next; });
        wake_.wait_until(lock, (*next)->next);
        run_due(lock);
    }
}

void Timer::run_due(std::unique_lock<std::mutex>& lock) {
    const Time now = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < entries_.size() && !ending_; ++i) {
        Entry& entry = *entries_[i];
        if (entry.next > now) continue;
        entry.next = now + entry.interval;
        lock.unlock();
        run_one(entry);
        lock.lock();
    }
}

void Timer::run_one(const Entry& entry) {
    const auto warn = [&](std::string_view code, std::string_view reason) {
        log_.warn("a timer's task failed; it is tried again",
                  {{"task", std::string_view(entry.name)}, {"code", code}, {"reason", reason}});
    };
    try {
        const base::Status done = entry.task();
        if (!done.ok()) warn(done.error().code, done.error().log_text);
    } catch (const std::exception& error) {
        warn("exception", error.what());
    }
}

}  // namespace mortise::app
