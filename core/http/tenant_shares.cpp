#include "core/http/tenant_shares.hpp"

#include <algorithm>

namespace mortise::http {

std::shared_ptr<Lane> TenantShares::of(const base::Uuid& tenant, const std::shared_ptr<Lane>& lane) {
    const std::size_t all = lane ? std::min(lane->width(), threads_) : threads_;
    if (tenant.is_nil() || all < 4) return nullptr;
    const std::lock_guard lock(mutex_);
    auto& known = lanes_[{tenant, lane.get()}];
    if (auto share = known.lock()) return share;
    auto share = std::make_shared<Lane>(all - all / 4);
    known = share;
    if (lanes_.size() >= next_cleaning_) forget_ended();
    return share;
}

std::size_t TenantShares::size() const {
    const std::lock_guard lock(mutex_);
    return lanes_.size();
}

void TenantShares::forget_ended() {
    std::erase_if(lanes_, [](const auto& entry) { return entry.second.expired(); });
    next_cleaning_ = std::max<std::size_t>(64, 2 * lanes_.size());
}

}  // namespace mortise::http
