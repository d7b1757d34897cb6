#pragma once

#include "core/base/ip_address.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace mortise::http {

struct SeatLimits {
    std::size_t total = 16384;                    // connections that are served at a time
    std::size_t per_address = 8192;               // of one IPv4 address or one IPv6 /64; 0: no limit
    std::size_t turned_away = 256;                // more connections that are only told why
    std::vector<base::IpNetwork> unlimited = {};  // addresses that stand for many clients: our own proxies
};

class Seats;

// A connection's place among all, given back by the destructor.
class Seat {
 public:
    enum class Kind : std::uint8_t { kNone, kServed, kTurnedAway };
    using Key = std::array<std::uint8_t, 16>;

    Seat() = default;
    Seat(Seat&& other) noexcept
        : seats_(std::move(other.seats_)), key_(other.key_), kind_(std::exchange(other.kind_, Kind::kNone)) {}
    Seat& operator=(Seat&&) = delete;
    ~Seat();

    Kind kind() const noexcept { return kind_; }

 private:
    friend class Seats;
    Seat(std::shared_ptr<Seats> seats, const Key& key, Kind kind)
        : seats_(std::move(seats)), key_(key), kind_(kind) {}

    std::shared_ptr<Seats> seats_;
    Key key_{};
    Kind kind_ = Kind::kNone;
};

// Counts connections, in all and by address. Thread-safe.
class Seats : public std::enable_shared_from_this<Seats> {
 public:
    explicit Seats(SeatLimits limits) : limits_(std::move(limits)) {}

    // kNone if there is not even a place to say why.
    Seat take(const base::IpAddress& address);

 private:
    friend class Seat;
    bool is_unlimited(const base::IpAddress& address) const noexcept;
    void give_back(const Seat& seat) noexcept;

    const SeatLimits limits_;
    std::mutex mutex_;
    std::map<Seat::Key, std::size_t> by_address_;  // under mutex_, like all that follow
    std::size_t served_ = 0;
    std::size_t turned_away_ = 0;
};

}  // namespace mortise::http
