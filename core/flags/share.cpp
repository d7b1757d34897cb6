#include "core/flags/share.hpp"

#include <algorithm>
#include <cmath>

namespace mortise::flags {

bool read_share(const Value& entry, Share& share) noexcept {
    if (!entry.is_array() || entry.items().empty() || entry.items().size() > 2) return false;
    share = {entry.items()[0], 1};
    if (!share.variant.is_scalar()) return false;
    if (entry.items().size() == 1) return true;
    const auto& weight = entry.items()[1];
    if (!weight.is_number() || weight.number() != std::trunc(weight.number())) return false;
    share.weight = std::max(weight.number(), 0.0);
    return true;
}

}  // namespace mortise::flags
