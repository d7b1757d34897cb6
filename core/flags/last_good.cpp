#include "core/flags/last_good.hpp"

#include <cstdint>
#include <limits>

namespace mortise::flags {

std::optional<std::string> last_good(storage::Unit& unit, const HistoryOf& of, std::string_view kind,
                                     const std::function<bool(std::string_view)>& readable) {
    constexpr std::int64_t kNewest = std::numeric_limits<std::int64_t>::max();
    constexpr std::int64_t kLookedAt = 100;
    const auto entries = repository::history(unit, of, kNewest, kLookedAt);
    if (!entries.ok()) return std::nullopt;
    for (const auto& entry : *entries)
        if (entry.kind == kind && entry.became && readable(*entry.became)) return entry.became;
    return std::nullopt;
}

}  // namespace mortise::flags
