#include "core/host/worker_pool.hpp"

#include "core/base/text.hpp"
#include "core/host/worker_messages.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace mortise::host {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using namespace std::chrono_literals;

constexpr auto kFirstPause = 100ms;
constexpr std::chrono::milliseconds kLongestPause = 30s;
constexpr auto kPostponed = 1s;
constexpr auto kStopTime = 1s;
constexpr double kLinesPerSecond = 100;
constexpr double kMostLines = 500;
constexpr std::size_t kLogDatagram = 256UL * 1024;

// 100 ms after the first failure, doubled with each, at most 30 s.
std::chrono::milliseconds pause_after(unsigned failures) {
    return std::min<std::chrono::milliseconds>(kFirstPause * (1U << std::min(failures - 1, 12U)),
                                               kLongestPause);
}

std::uint32_t seconds_until(base::Monotonic time, base::Monotonic now) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(time - now).count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(left, 1, 60));
}

}  // namespace

WorkerPool::WorkerPool(Manifest manifest, std::string manifest_text, base::UniqueFd library,
                       WorkerSettings settings, const base::Clock& clock, telemetry::Log& log)
    : manifest_(std::move(manifest)),
      manifest_text_(std::move(manifest_text)),
      library_(std::move(library)),
      settings_(std::move(settings)),
      clock_(clock),
      log_(log),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      slots_(settings_.count) {}

Result<std::unique_ptr<WorkerPool>> WorkerPool::start(Manifest manifest, std::string manifest_text,
                                                      std::string_view library, WorkerSettings settings,
                                                      const base::Clock& clock, telemetry::Log& log) {
    base::UniqueFd file = seal_library(library, manifest.id);
    std::unique_ptr<WorkerPool> pool(new WorkerPool(std::move(manifest), std::move(manifest_text),
                                                    std::move(file), std::move(settings), clock, log));
    if (!pool->library_ || !pool->wake_)
        return Error{ErrorKind::kInvalid, "worker_not_started", "there are no descriptors left for workers"};
    pool->keeper_ = std::thread([raw = pool.get()] { raw->keep(); });
    std::unique_lock lock(pool->mutex_);
    pool->changed_.wait(lock, [&] { return pool->started_ || pool->first_error_; });
    if (pool->first_error_) {
        Error error = *pool->first_error_;
        lock.unlock();
        return error;
    }
    return pool;
}

WorkerPool::~WorkerPool() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake();
    if (keeper_.joinable()) keeper_.join();
}

PluginState WorkerPool::state() const {
    const std::lock_guard lock(mutex_);
    if (quarantined_) return PluginState::kQuarantined;
    return alive() > 0 ? PluginState::kRunning : PluginState::kRestarting;
}

WorkerCount WorkerPool::count() const {
    const std::lock_guard lock(mutex_);
    return {slots_.size(), alive()};
}

Result<WorkerPool::Lease> WorkerPool::take(base::Monotonic deadline) {
    std::unique_lock lock(mutex_);
    while (true) {
        if (auto taken = take_now(false)) return std::move(*taken);
        if (changed_.wait_until(lock, deadline) == std::cv_status::timeout) return busy();
    }
}

Result<WorkerPool::Lease> WorkerPool::take(base::Monotonic deadline, WorkerWaits& waits,
                                           std::vector<const WorkerPool*> held) {
    std::unique_lock lock(mutex_);
    if (auto taken = take_now(true)) return std::move(*taken);
    lock.unlock();
    const WorkerWaits::Wait wait(waits, *this, settings_.count, std::move(held));
    if (wait.hopeless()) return busy();
    const base::Monotonic now = clock_.monotonic();
    const base::Monotonic end = now + (deadline - now) / 4;
    lock.lock();
    const GoesFirst waiting(*this);
    while (true) {
        if (auto taken = take_now(true)) return std::move(*taken);
        if (changed_.wait_until(lock, end) == std::cv_status::timeout) return busy();
    }
}

std::optional<Result<WorkerPool::Lease>> WorkerPool::take_now(bool goes_first) {
    if (quarantined_ || alive() == 0) return unavailable_locked();
    if (!goes_first && going_first_ > 0) return std::nullopt;
    const auto free = idle_slot();
    if (!free) return std::nullopt;
    slots_[*free].phase = Phase::kBusy;
    return Lease(*this, *free, *slots_[*free].process);
}

Error WorkerPool::busy() {
    return {ErrorKind::kUnavailable,
            std::string(kPluginBusy),
            "The plugin is busy; try again in a moment.",
            {},
            {},
            1};
}

// Best one that was served from this processor: waking it there costs least by far.
std::optional<std::size_t> WorkerPool::idle_slot() const noexcept {
    const int here = ::sched_getcpu();
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        if (slots_[i].phase != Phase::kIdle) continue;
        if (slots_[i].processor == here) return i;
        if (!found) found = i;
    }
    return found;
}

Error WorkerPool::unavailable() const {
    const std::lock_guard lock(mutex_);
    return unavailable_locked();
}

Error WorkerPool::unavailable_locked() const {
    base::Monotonic soonest = clock_.monotonic() + (quarantined_ ? 60s : 30s);
    for (const Slot& slot : slots_)
        if (!quarantined_ && slot.start_at < soonest) soonest = slot.start_at;
    return {ErrorKind::kUnavailable,
            "plugin_unavailable",
            quarantined_ ? "The plugin has failed too often and was stopped; ask the operator."
                         : "The plugin is being started again; try again in a moment.",
            {},
            {},
            seconds_until(soonest, clock_.monotonic())};
}

std::size_t WorkerPool::alive() const noexcept {
    return static_cast<std::size_t>(std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) {
        return slot.phase == Phase::kIdle || slot.phase == Phase::kBusy;
    }));
}

void WorkerPool::give_back(std::size_t index, bool healthy) {
    {
        const std::lock_guard lock(mutex_);
        Slot& slot = slots_[index];
        if (!healthy) slot.process->kill();
        slot.phase = healthy && !slot.hung_up ? Phase::kIdle : Phase::kFailed;
        if (healthy) failures_ = 0;
        slot.processor = ::sched_getcpu();
        healthy = slot.phase == Phase::kIdle;
        // Of those that wait, only some may have it.
        if (going_first_ > 0)
            changed_.notify_all();
        else
            changed_.notify_one();
    }
    if (!healthy) wake();
}

void WorkerPool::wake() const {
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof(one));
}

void WorkerPool::keep() {
    std::unique_lock lock(mutex_);
    while (!stopping_ && !first_error_) {
        bury_failed(lock);
        start_due(lock);
        if (quarantined_) end_all(lock);
        if (!stopping_ && !first_error_) wait_for_news(lock);
    }
    end_all(lock);
}

void WorkerPool::bury_failed(std::unique_lock<std::mutex>& lock) {
    for (Slot& slot : slots_) {
        if (slot.phase != Phase::kFailed) continue;
        lock.unlock();
        read_log(slot.process->log());
        const std::string how = slot.process->wait();
        lock.lock();
        slot.process.reset();
        slot.hung_up = false;
        slot.phase = Phase::kDown;
        count_death(slot, how);
    }
}

void WorkerPool::count_death(Slot& slot, std::string_view how) {
    const base::Monotonic now = clock_.monotonic();
    const auto pause = pause_after(++failures_);
    slot.start_at = now + pause;
    deaths_.push_back(now);
    while (deaths_.size() > settings_.deaths ||
           (!deaths_.empty() && deaths_.front() < now - settings_.window))
        deaths_.pop_front();
    log_.warn("a worker has died",
              {{"plugin", std::string_view(manifest_.id)}, {"reason", how}, {"again_in_ms", pause.count()}});
    if (deaths_.size() < settings_.deaths || quarantined_) return;
    quarantined_ = true;
    log_.error("plugin quarantined", {{"plugin", std::string_view(manifest_.id)},
                                      {"deaths", static_cast<std::int64_t>(deaths_.size())},
                                      {"window_s", settings_.window.count()}});
    changed_.notify_all();
}

// What the machine lacks is nothing against the plugin, and may be there at any time.
void WorkerPool::postpone(Slot& slot, std::string_view why) {
    slot.start_at = clock_.monotonic() + kPostponed;
    if (!std::exchange(postponed_, true))
        log_.warn("no worker can be started; it is tried again each second",
                  {{"plugin", std::string_view(manifest_.id)}, {"reason", why}});
}

void WorkerPool::start_due(std::unique_lock<std::mutex>& lock) {
    for (Slot& slot : slots_) {
        if (stopping_ || quarantined_ || slot.phase != Phase::kDown || slot.start_at > clock_.monotonic())
            continue;
        lock.unlock();
        auto process = start_one();
        lock.lock();
        if (process.ok()) {
            slot.process = std::move(*process);
            slot.phase = Phase::kIdle;
            started_ = true;
            postponed_ = false;
        } else if (!started_) {
            first_error_ = process.error();
        } else if (process.error().kind == ErrorKind::kUnavailable) {
            postpone(slot, process.error().detail);
        } else {
            count_death(slot, process.error().detail);
        }
        changed_.notify_all();
        if (first_error_) return;
    }
}

Result<std::unique_ptr<WorkerProcess>> WorkerPool::start_one() {
    MORTISE_TRY_ASSIGN(auto process, WorkerProcess::spawn(settings_.program, library_.get()));
    auto tables = process->load(manifest_, manifest_text_, settings_.memory_bytes,
                                clock_.monotonic() + settings_.start_timeout);
    read_log(process->log());
    if (!tables.ok()) return std::move(tables).error();
    if (!started_) {
        tables_ = std::move(*tables);
    } else if (*tables != tables_) {
        return Error{ErrorKind::kInvalid, "plugin_entry_invalid",
                     fmt::format("plugin {}: a worker has other routes than the first", manifest_.id)};
    }
    return process;
}

// Sleeps until a worker hangs up or logs, one is due, or somebody wakes it.
void WorkerPool::wait_for_news(std::unique_lock<std::mutex>& lock) {
    std::vector<pollfd> polls = {{wake_.get(), POLLIN, 0}};
    std::vector<std::size_t> owners;
    int timeout = -1;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        const Slot& slot = slots_[i];
        if (slot.phase == Phase::kFailed) return;
        if (slot.process && !slot.hung_up) {
            polls.push_back({slot.process->channel().descriptor(), 0, 0});  // hanging up is always told
            polls.push_back({slot.process->log(), POLLIN, 0});
            owners.push_back(i);
        } else if (slot.phase == Phase::kDown && !quarantined_) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(slot.start_at - clock_.monotonic()).count();
            const int wait = static_cast<int>(std::clamp<std::int64_t>(left, 0, 30000));
            timeout = timeout < 0 ? wait : std::min(timeout, wait);
        }
    }
    lock.unlock();
    (void)::poll(polls.data(), polls.size(), timeout);
    std::uint64_t count = 0;
    if ((polls[0].revents & POLLIN) != 0) (void)!::read(wake_.get(), &count, sizeof(count));
    for (std::size_t i = 0; i < owners.size(); ++i)
        if ((polls[2 + 2 * i].revents & POLLIN) != 0) read_log(polls[2 + 2 * i].fd);
    lock.lock();
    for (std::size_t i = 0; i < owners.size(); ++i) {
        if ((polls[1 + 2 * i].revents & (POLLHUP | POLLERR)) == 0) continue;
        Slot& slot = slots_[owners[i]];
        slot.hung_up = true;  // a busy one is given back by its call
        if (slot.phase == Phase::kIdle) slot.phase = Phase::kFailed;
    }
}

void WorkerPool::end_all(std::unique_lock<std::mutex>& lock) {
    const base::Monotonic deadline = clock_.monotonic() + kStopTime;
    for (Slot& slot : slots_) {
        if (slot.phase != Phase::kIdle) continue;  // a busy one ends with its call
        slot.phase = Phase::kFailed;               // nobody takes it now
        lock.unlock();
        slot.process->stop(deadline);
        read_log(slot.process->log());
        lock.lock();
        slot.process.reset();
        slot.phase = Phase::kDown;
    }
}

void WorkerPool::read_log(int socket) {
    std::string datagram;
    for (int i = 0; i < static_cast<int>(kMostLines); ++i) {
        datagram.resize(kLogDatagram);
        const ssize_t got = ::recv(socket, datagram.data(), datagram.size(), MSG_DONTWAIT);
        if (got <= 0) return;
        datagram.resize(static_cast<std::size_t>(got));
        if (!spend_line()) continue;
        if (const auto line = decode_log_line(datagram)) {
            write_plugin_log(log_, manifest_.id, *line);
        } else {
            const std::string_view text = std::string_view(datagram).substr(0, kMaxLogBytes);
            log_.warn("a plugin printed", {{"plugin", std::string_view(manifest_.id)}, {"text", text}});
        }
    }
}

// Whether one more line may be written; fills up with time.
bool WorkerPool::spend_line() {
    const base::Monotonic now = clock_.monotonic();
    const std::chrono::duration<double> passed = now - budget_.filled;
    budget_.left = std::min(kMostLines, budget_.left + passed.count() * kLinesPerSecond);
    budget_.filled = now;
    if (budget_.left < 1) {
        ++budget_.dropped;
        return false;
    }
    budget_.left -= 1;
    if (budget_.dropped > 0)
        log_.warn("a plugin logs too much",
                  {{"plugin", std::string_view(manifest_.id)},
                   {"dropped_lines", static_cast<std::int64_t>(std::exchange(budget_.dropped, 0))}});
    return true;
}

}  // namespace mortise::host
