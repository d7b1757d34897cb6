#include "core/http/worker.hpp"

#include <poll.h>
#include <sys/timerfd.h>

#include <cerrno>
#include <system_error>

namespace mortise::http {
namespace {

using Pistache::Polling::NotifyOn;
using Pistache::Polling::Tag;

constexpr std::size_t kScratch = 64 * 1024;
constexpr long kTimerTick = 100'000'000;  // nanoseconds

// Whether the connection is dead in both directions. A hang-up event alone doesn't prove it: it may be one of
// an earlier socket with that number, closed while the events of this round were worked off.
bool hung_up(int fd) noexcept {
    pollfd poll{fd, 0, 0};
    return ::poll(&poll, 1, 0) > 0 && (poll.revents & (POLLHUP | POLLERR)) != 0;
}

WaitTimes wait_times(const ServerSettings& settings) {
    WaitTimes times{};
    const auto set = [&](Wait wait, std::chrono::milliseconds time) {
        times[static_cast<std::size_t>(wait)] = time;
    };
    set(Wait::kHead, settings.head_timeout);
    set(Wait::kBody, settings.body_timeout);
    set(Wait::kIdle, settings.idle_timeout);
    set(Wait::kWrite, settings.answer_timeout);
    set(Wait::kLinger, settings.linger);
    set(Wait::kStream, settings.stream_beat);
    return times;
}

NotifyOn interest(bool read, bool write) noexcept {
    const unsigned bits = (read ? static_cast<unsigned>(NotifyOn::Read) : 0U) |
                          (write ? static_cast<unsigned>(NotifyOn::Write) : 0U);
    return static_cast<NotifyOn>(bits);
}

}  // namespace

Worker::Worker(WorkerShared& shared)
    : shared_(shared),
      scratch_(kScratch),
      plain_(shared.settings.tls.enabled() ? kScratch : 0),
      context_{.settings = shared.settings,
               .limits = shared.limits,
               .handler = shared.handler,
               .clock = shared.clock,
               .gate = shared.gate,
               .tls = shared.tls,
               .inbox = std::make_shared<Inbox>(shared.gate),
               .scratch = scratch_,
               .plain = plain_,
               .date = {}},
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      deadlines_(wait_times(shared.settings)) {
    if (!timer_) throw std::system_error(errno, std::generic_category(), "timerfd_create");
}

Worker::~Worker() {
    context_.inbox->close();
}

std::shared_ptr<Pistache::Aio::Handler> Worker::clone() const {
    auto worker = std::make_shared<Worker>(shared_);
    shared_.inboxes.push_back(worker->context_.inbox);
    return worker;
}

void Worker::registerPoller(Pistache::Polling::Epoll& poller) {
    for (const int fd : {context_.inbox->event_fd(), timer_.get()})
        poller.addFd(fd, Pistache::Flags<NotifyOn>(NotifyOn::Read), Tag(static_cast<std::uint64_t>(fd)));
}

// The reactor does not catch: what leaves here would end the process. Whatever concerns one connection is
// caught where it is served and ends that one, so that nothing but a lack of memory gets this far.
void Worker::onReady(const Pistache::Aio::FdSet& fds) {
    for (const auto& event : fds) {
        const int fd = static_cast<int>(event.getTag().value());
        try {
            if (fd == context_.inbox->event_fd())
                on_inbox();
            else if (fd == timer_.get())
                on_timer();
            else
                on_socket(fd, event);
        } catch (...) {
            continue;
        }
    }
}

template <class Action>
void Worker::attend(Connection& connection, Action&& action) noexcept {
    try {
        action();
        follow(connection);
    } catch (...) {
        connection.close();
        forget(connection);
    }
}

void Worker::on_socket(int fd, const Pistache::Aio::FdSet::Entry& event) {
    const auto index = static_cast<std::size_t>(fd);
    if (index >= by_fd_.size() || !by_fd_[index]) return;  // closed earlier in this round
    Connection& connection = *by_fd_[index];
    attend(connection, [&] {
        if (event.isReadable() && connection.wants_read())
            connection.on_readable();
        else if (event.isWritable())
            connection.on_writable();
        else if (hung_up(fd))
            connection.close();
        if (event.isHangup() && !connection.wants_read() && hung_up(fd)) connection.close();
    });
}

void Worker::on_inbox() {
    context_.inbox->set_owner_thread();
    context_.inbox->take(batch_);
    for (Newcomer& newcomer : batch_.newcomers) {
        welcome(std::move(newcomer));
        context_.inbox->leave_busy();
    }
    for (Answer& answer : batch_.answers) {
        const auto connection = answer.to.lock();
        if (!connection || connection->closed()) continue;
        attend(*connection, [&] { connection->answer(std::move(answer.response)); });
    }
    for (StreamPiece& piece : batch_.pieces) {
        const auto connection = piece.to.lock();
        if (!connection || connection->closed()) continue;
        attend(*connection, [&] { connection->feed(piece); });
    }
    if (batch_.close_idle) {
        for (const auto& connection : by_fd_)
            if (connection) attend(*connection, [&] { connection->close_if_idle(); });
        context_.inbox->leave_busy();
    }
    batch_.newcomers.clear();
    batch_.answers.clear();
    batch_.pieces.clear();
}

// Without memory, or when the poller takes no more, the client is turned away.
void Worker::welcome(Newcomer&& newcomer) noexcept {
    const int fd = newcomer.socket.get();
    const auto index = static_cast<std::size_t>(fd);
    try {
        if (index >= by_fd_.size()) by_fd_.resize(index + 1);
        by_fd_[index] = std::make_shared<Connection>(context_, std::move(newcomer));
        reactor()->registerFd(key(), fd, NotifyOn::Read, Pistache::Polling::Mode::Level);
        if (!ticking_) set_timer(true);
        Connection& connection = *by_fd_[index];
        attend(connection, [&] { connection.begin(); });
    } catch (...) {
        if (index < by_fd_.size() && by_fd_[index]) forget(*by_fd_[index]);
    }
}

void Worker::follow(Connection& connection) {
    if (connection.closed()) return forget(connection);
    watch(connection);
    const bool read = connection.wants_read();
    const bool write = connection.wants_write();
    if (read == connection.armed_read && write == connection.armed_write) return;
    connection.armed_read = read;
    connection.armed_write = write;
    reactor()->modifyFd(key(), connection.fd(), interest(read, write), Pistache::Polling::Mode::Level);
}

void Worker::watch(Connection& connection) {
    const Wait wait = connection.waiting_for();
    auto& place = connection.deadline;
    const bool progress = connection.take_progress();
    if (!place)
        place = deadlines_.add(connection, wait, shared_.clock.monotonic());
    else if (progress || (*place)->wait != wait)
        deadlines_.wait(*place, wait, shared_.clock.monotonic());
}

void Worker::set_timer(bool on) {
    const timespec tick{0, on ? kTimerTick : 0};
    const itimerspec spec{tick, tick};
    ::timerfd_settime(timer_.get(), 0, &spec, nullptr);
    ticking_ = on;
}

void Worker::on_timer() {
    std::uint64_t ticks = 0;
    [[maybe_unused]] const auto got = ::read(timer_.get(), &ticks, sizeof ticks);
    const base::Monotonic now = shared_.clock.monotonic();
    while (Connection* const late = deadlines_.next_due(now))
        attend(*late, [&] { late->on_deadline(); });
    if (deadlines_.empty()) set_timer(false);
}

void Worker::forget(Connection& connection) noexcept {
    const int fd = connection.fd();
    if (connection.deadline) deadlines_.remove(*connection.deadline);
    // Destroyed at the end of this function; that closes the socket.
    const auto ended = std::move(by_fd_[static_cast<std::size_t>(fd)]);
    try {
        // Closing alone would leave it polled while a forked child has not yet called exec.
        reactor()->removeFd(key(), fd);
    } catch (...) {
        return;  // it was not polled
    }
}

}  // namespace mortise::http
