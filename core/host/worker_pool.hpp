#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/host/manifest.hpp"
#include "core/host/plugin.hpp"
#include "core/host/worker_process.hpp"
#include "core/host/worker_settings.hpp"
#include "core/host/worker_waits.hpp"
#include "core/telemetry/log.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace mortise::host {

// The workers of one generation of a plugin. A thread of its own starts them, notices that one died, starts
// it again after 100 ms, twice as long after each failure up to 30 s, and writes what they log, so much a
// second. Thread-safe.
class WorkerPool {
 public:
    // Starts the first worker and waits until it serves; the others follow. Errors are those of
    // WorkerProcess. Clock and log outlive the pool.
    static base::Result<std::unique_ptr<WorkerPool>> start(Manifest manifest, std::string manifest_text,
                                                           std::string_view library, WorkerSettings settings,
                                                           const base::Clock& clock, telemetry::Log& log);
    // Stops the workers; kills those that don't within a second. No call is running any more.
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    const PluginTables& tables() const noexcept { return tables_; }
    PluginState state() const;
    WorkerCount count() const;

    // A worker while a call runs in it. Given back to the pool at the end; unless it is healthy then, it is
    // killed and counted as dead.
    class Lease {
     public:
        Lease(WorkerPool& pool, std::size_t slot, WorkerProcess& process)
            : pool_(&pool), slot_(slot), process_(&process) {}
        Lease(Lease&& other) noexcept
            : pool_(std::exchange(other.pool_, nullptr)),
              slot_(other.slot_),
              process_(other.process_),
              healthy_(other.healthy_) {}
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (pool_ != nullptr) pool_->give_back(slot_, healthy_);
        }
        Channel& channel() noexcept { return process_->channel(); }
        SentFlags& flags() noexcept { return process_->flags(); }
        void set_healthy(bool healthy) noexcept { healthy_ = healthy; }

     private:
        WorkerPool* pool_;
        std::size_t slot_;
        WorkerProcess* process_;
        bool healthy_ = true;
    };

    // Waits for a free worker until `deadline`. Errors: `plugin_busy`, and `plugin_unavailable` at once while
    // none is alive.
    base::Result<Lease> take(base::Monotonic deadline);
    // The same for a method's call, which goes before those that hold nothing. It waits for a quarter of the
    // time at most, since its unit of work, or the workers of `held` that it keeps, may be what others wait
    // for; where nobody could go on before it does, not at all. Then it is `plugin_busy`, which makes the
    // host run the unit again.
    base::Result<Lease> take(base::Monotonic deadline, WorkerWaits& waits,
                             std::vector<const WorkerPool*> held);
    // Why a call failed whose worker has gone.
    base::Error unavailable() const;

 private:
    enum class Phase : std::uint8_t { kDown, kIdle, kBusy, kFailed };
    struct Slot {
        std::unique_ptr<WorkerProcess> process;  // only the keeper changes it
        Phase phase = Phase::kDown;
        bool hung_up = false;
        int processor = -1;  // on which the host ran at the end of the last call
        base::Monotonic start_at{};
    };
    // Lines a second that the plugin's workers may write, and what was dropped.
    struct LogBudget {
        double left = 0;
        base::Monotonic filled{};
        std::uint64_t dropped = 0;
    };

    WorkerPool(Manifest manifest, std::string manifest_text, base::UniqueFd library, WorkerSettings settings,
               const base::Clock& clock, telemetry::Log& log);

    // Counts a method's call among those that wait, under mutex_.
    class GoesFirst {
     public:
        explicit GoesFirst(WorkerPool& pool) : pool_(pool) { ++pool_.going_first_; }
        ~GoesFirst() {
            if (--pool_.going_first_ == 0) pool_.changed_.notify_all();
        }
        GoesFirst(const GoesFirst&) = delete;
        GoesFirst& operator=(const GoesFirst&) = delete;

     private:
        WorkerPool& pool_;
    };

    // Under mutex_: a worker, or why there will be none; nullopt: wait.
    std::optional<base::Result<Lease>> take_now(bool goes_first);
    static base::Error busy();
    void give_back(std::size_t slot, bool healthy);
    std::size_t alive() const noexcept;  // under mutex_, as the next two
    std::optional<std::size_t> idle_slot() const noexcept;
    base::Error unavailable_locked() const;

    void keep();  // the thread
    void bury_failed(std::unique_lock<std::mutex>& lock);
    void start_due(std::unique_lock<std::mutex>& lock);
    base::Result<std::unique_ptr<WorkerProcess>> start_one();
    void count_death(Slot& slot, std::string_view how);
    void postpone(Slot& slot, std::string_view why);
    void wait_for_news(std::unique_lock<std::mutex>& lock);
    void end_all(std::unique_lock<std::mutex>& lock);
    void read_log(int socket);
    bool spend_line();
    void wake() const;

    const Manifest manifest_;
    const std::string manifest_text_;
    const base::UniqueFd library_;
    const WorkerSettings settings_;
    const base::Clock& clock_;
    telemetry::Log& log_;
    base::UniqueFd wake_;
    PluginTables tables_;  // set before the first worker serves
    LogBudget budget_;     // the keeper's

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Slot> slots_;
    std::size_t going_first_ = 0;
    std::deque<base::Monotonic> deaths_;
    unsigned failures_ = 0;  // in a row
    bool quarantined_ = false;
    bool stopping_ = false;
    std::optional<base::Error> first_error_;
    bool started_ = false;
    bool postponed_ = false;  // the last attempt found the machine without descriptors, processes or memory
    std::thread keeper_;
};

}  // namespace mortise::host
