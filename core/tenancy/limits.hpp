#pragma once

#include "core/base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::tenancy {

// Whole days since 1970-01-01 in UTC.
using Day = std::int32_t;

constexpr Day day_of(base::Micros time) noexcept {
    constexpr base::Micros kDay = 86400 * base::kMicrosPerSecond;
    return static_cast<Day>(time >= 0 ? time / kDay : (time - kDay + 1) / kDay);
}

// What is allowed of something that is counted.
struct LimitRule {
    std::uint64_t total = 0;                 // of all tenants together
    std::optional<std::uint64_t> of_tenant;  // of the tenant that was asked for, beside `total`
    bool soft = false;                       // what goes beyond is counted, and not refused
    // Of a meter: what is counted from the day `since` on. `period` tells periods apart that begin on the
    // same day.
    std::string period = "term";
    Day since = 0;
};

// Where limits come from; the licence's are those of the room licensing. Reads memory only. Thread-safe.
class Limits {
 public:
    virtual ~Limits() = default;
    // `tenant` is a slug; empty: the platform. nullopt: nothing limits it.
    virtual std::optional<LimitRule> limit(std::string_view name, std::string_view tenant) const = 0;
    // The time by which days are counted, which doesn't fall when the clock is set back.
    virtual base::Micros now() const = 0;
};

}  // namespace mortise::tenancy
