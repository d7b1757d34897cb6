#pragma once

#include "core/http/connection_seats.hpp"
#include "core/http/message.hpp"
#include "core/http/stream.hpp"
#include "core/http/unique_fd.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mortise::http {

// An answer for a connection that may be gone by now.
struct Answer {
    std::weak_ptr<Connection> to;
    Response response;
};

// Bytes for an open answer whose connection may be gone by now.
struct StreamPiece {
    enum class Then { kGoOn, kEnd, kCutOff };

    std::weak_ptr<Connection> to;
    std::shared_ptr<StreamState> of;
    StreamBytes bytes;  // null if none
    Then then = Then::kGoOn;
};

// A connection just accepted.
struct Newcomer {
    UniqueFd socket;
    std::string peer_address;
    Seat seat;
};

// Tells the thread that ends the server when nothing is under way any more.
struct DrainGate {
    std::atomic<bool> draining{false};  // every answer closes its connection
    std::mutex mutex;
    std::condition_variable changed;  // a worker has become idle while draining
};

// How other threads reach a reactor: they leave work here and wake it by an eventfd. All functions may be
// called on any thread unless they say otherwise.
//
// Not a Pistache::PollableQueue: that one empties its eventfd after it has seen the queue empty, and so
// swallows the wake-up of what was pushed in between; the answer then lies there until the next one comes.
class Inbox {
 public:
    struct Batch {
        std::vector<Answer> answers;
        std::vector<StreamPiece> pieces;
        std::vector<Newcomer> newcomers;
        bool close_idle = false;
    };

    // `gate` must outlive the workers; an inbox that outlives them does not use it.
    explicit Inbox(DrainGate& gate);  // throws std::system_error without a descriptor for the eventfd

    int event_fd() const noexcept { return event_.get(); }

    void push(Answer&& answer);
    void push(StreamPiece&& piece);
    void push(Newcomer&& newcomer);
    void push_close_idle();

    // On the owner's thread: swaps what has come into `batch`, whose vectors must be empty.
    void take(Batch& batch);
    // After this, whatever is pushed is dropped.
    void close();

    void set_owner_thread() noexcept { owner_.store(std::this_thread::get_id()); }
    bool on_owner_thread() const noexcept { return owner_.load() == std::this_thread::get_id(); }

    // Counts connections with a request under way, and work that waits here and may lead to one.
    void enter_busy() noexcept { busy_.fetch_add(1); }
    void leave_busy();
    bool busy() const noexcept { return busy_.load() > 0; }

 private:
    template <class Add>
    void put(Add add);
    void wake() noexcept;
    bool empty() const noexcept;

    DrainGate& gate_;
    UniqueFd event_;
    std::atomic<int> busy_{0};
    std::atomic<std::thread::id> owner_{};
    std::mutex mutex_;
    Batch waiting_;
    bool closed_ = false;
};

}  // namespace mortise::http
