#include "core/http/inbox.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace mortise::http {

Inbox::Inbox(DrainGate& gate) : gate_(gate), event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Inbox::leave_busy() {
    if (busy_.fetch_sub(1) != 1 || !gate_.draining.load()) return;
    // The lock closes the gap between the waiter's look and its sleep.
    const std::lock_guard lock(gate_.mutex);
    gate_.changed.notify_all();
}

bool Inbox::empty() const noexcept {
    return waiting_.answers.empty() && waiting_.pieces.empty() && waiting_.newcomers.empty() &&
           !waiting_.close_idle;
}

// Only the first of a batch needs to wake the reactor: it empties the eventfd before it takes the batch.
// Without the lock, which the reactor would have to wait for.
void Inbox::wake() noexcept {
    const std::uint64_t one = 1;
    // Can't fail but for a counter at its maximum, which wakes as well.
    [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
}

template <class Add>
void Inbox::put(Add add) {
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return;
        const bool was_empty = empty();
        add();
        if (!was_empty) return;
    }
    wake();
}

void Inbox::push(Answer&& answer) {
    put([&] { waiting_.answers.push_back(std::move(answer)); });
}

void Inbox::push(StreamPiece&& piece) {
    put([&] { waiting_.pieces.push_back(std::move(piece)); });
}

void Inbox::push(Newcomer&& newcomer) {
    put([&] {
        waiting_.newcomers.push_back(std::move(newcomer));
        enter_busy();
    });
}

void Inbox::push_close_idle() {
    put([&] {
        if (!std::exchange(waiting_.close_idle, true)) enter_busy();
    });
}

void Inbox::take(Batch& batch) {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(event_.get(), &count, sizeof count);
    batch.close_idle = false;
    const std::lock_guard lock(mutex_);
    std::swap(batch, waiting_);
}

void Inbox::close() {
    Batch dropped;
    const std::lock_guard lock(mutex_);
    closed_ = true;
    std::swap(dropped, waiting_);
}

}  // namespace mortise::http
