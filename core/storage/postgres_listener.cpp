#include "core/storage/postgres_listener.hpp"

#include "core/storage/postgres_connection.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace mortise::storage {
namespace {

constexpr std::chrono::seconds kListenWait{10};
constexpr int kRetryMilliseconds = 1000;

}  // namespace

PostgresListener::PostgresListener(std::string url, std::function<void()> changed)
    : url_(std::move(url)), changed_(std::move(changed)), stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (stop_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    thread_ = std::thread([this] { run(); });
}

PostgresListener::~PostgresListener() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(stop_, &one, sizeof one);
    thread_.join();
    ::close(stop_);
}

// Whoever writes goes on, and the other nodes look by themselves: a lost connection is only tried again.
void PostgresListener::run() noexcept {
    do {
        try {
            if (hear()) return;
        } catch (...) {
            continue;  // no memory, or `changed` threw: later
        }
    } while (!stopped_within(kRetryMilliseconds));
}

bool PostgresListener::hear() {
    auto connection = PostgresConnection::open(url_, base::Monotonic::clock::now() + kListenWait);
    if (!connection.ok()) return false;
    if (!(*connection)->execute(std::string("LISTEN ") + kChangeChannel).ok()) return false;
    for (;;) {
        changed_();
        const auto told = (*connection)->wait_told(stop_);
        if (!told.ok()) return false;
        if (!*told) return true;
    }
}

bool PostgresListener::stopped_within(int milliseconds) const noexcept {
    pollfd stop{stop_, POLLIN, 0};
    return ::poll(&stop, 1, milliseconds) > 0;
}

}  // namespace mortise::storage
