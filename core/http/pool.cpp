#include "core/http/pool.hpp"

#include <utility>

namespace mortise::http {

Pool::Pool(std::size_t threads, std::size_t queue) : limit_(queue) {
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i)
        threads_.emplace_back([this] { work(); });
}

Pool::~Pool() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_)
        thread.join();
}

bool Pool::submit(std::function<void()> task) {
    {
        const std::lock_guard lock(mutex_);
        if (tasks_.size() >= limit_ || ending_) return false;
        tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
    return true;
}

void Pool::work() {
    while (true) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
        if (tasks_.empty()) return;
        const auto task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        task();
    }
}

}  // namespace mortise::http
