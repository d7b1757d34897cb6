#include "core/host/retirement.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace mortise::host {

class Retirement::Queue {
 public:
    explicit Queue(telemetry::Log& log) : log_(log), thread_([this] { work(); }) {}
    ~Queue() { end(); }
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    // False: nobody is there to take it.
    bool take(std::unique_ptr<Plugin>& plugin) noexcept {
        const std::lock_guard lock(mutex_);
        if (ending_) return false;
        try {
            waiting_.push_back(std::move(plugin));
        } catch (...) {
            return false;
        }
        news_.notify_one();
        return true;
    }

    void end() {
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
        }
        news_.notify_one();
        if (thread_.joinable()) thread_.join();
    }

 private:
    void work() {
        std::unique_lock lock(mutex_);
        while (true) {
            news_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
            if (waiting_.empty()) return;
            auto plugin = std::move(waiting_.front());
            waiting_.pop_front();
            lock.unlock();
            const std::string id = plugin->manifest().id, version = plugin->manifest().version;
            plugin.reset();
            log_.info("plugin stopped",
                      {{"plugin", std::string_view(id)}, {"version", std::string_view(version)}});
            lock.lock();
        }
    }

    telemetry::Log& log_;
    std::mutex mutex_;
    std::condition_variable news_;
    std::deque<std::unique_ptr<Plugin>> waiting_;  // under mutex_
    bool ending_ = false;                          // under mutex_
    std::thread thread_;
};

Retirement::Retirement(telemetry::Log& log) : queue_(std::make_shared<Queue>(log)) {}

Retirement::~Retirement() {
    queue_->end();
}

std::shared_ptr<Plugin> Retirement::keep(std::unique_ptr<Plugin> plugin) {
    Plugin* const raw = plugin.get();
    std::shared_ptr<Plugin> kept(raw, [queue = queue_](Plugin* last) {
        std::unique_ptr<Plugin> owned(last);
        (void)queue->take(owned);  // ended here if it was not taken
    });
    (void)plugin.release();
    return kept;
}

}  // namespace mortise::host
