#include "core/http/connection_seats.hpp"

#include <algorithm>

namespace mortise::http {
namespace {

// Whoever has one IPv6 address usually has its whole /64.
Seat::Key key_of(const base::IpAddress& address) noexcept {
    Seat::Key key = address.bytes;
    if (!address.is_v4()) std::fill(key.begin() + 8, key.end(), std::uint8_t{0});
    return key;
}

}  // namespace

Seat::~Seat() {
    if (kind_ != Kind::kNone) seats_->give_back(*this);
}

bool Seats::is_unlimited(const base::IpAddress& address) const noexcept {
    return limits_.per_address == 0 ||
           std::any_of(limits_.unlimited.begin(), limits_.unlimited.end(),
                       [&](const base::IpNetwork& network) { return network.contains(address); });
}

Seat Seats::take(const base::IpAddress& address) {
    const Seat::Key key = key_of(address);
    const bool unlimited = is_unlimited(address);
    const std::lock_guard lock(mutex_);
    const auto found = by_address_.find(key);
    const std::size_t same = found == by_address_.end() ? 0 : found->second;
    if (served_ < limits_.total && (unlimited || same < limits_.per_address)) {
        ++(found == by_address_.end() ? by_address_[key] : found->second);
        ++served_;
        return {shared_from_this(), key, Seat::Kind::kServed};
    }
    if (turned_away_ >= limits_.turned_away) return {};
    ++turned_away_;
    return {shared_from_this(), key, Seat::Kind::kTurnedAway};
}

void Seats::give_back(const Seat& seat) noexcept {
    const std::lock_guard lock(mutex_);
    if (seat.kind_ == Seat::Kind::kTurnedAway) {
        --turned_away_;
        return;
    }
    --served_;
    const auto found = by_address_.find(seat.key_);
    if (--found->second == 0) by_address_.erase(found);
}

}  // namespace mortise::http
