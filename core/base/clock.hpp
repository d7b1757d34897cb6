#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>

namespace mortise::base {

// Microseconds since 1970-01-01T00:00:00Z, as times are stored everywhere.
using Micros = std::int64_t;

inline constexpr Micros kMicrosPerSecond = 1'000'000;

// A point in time that no change of the system's clock moves; deadlines are kept in it.
using Monotonic = std::chrono::steady_clock::time_point;

// Where time comes from. Thread-safe; tests give one of their own.
class Clock {
 public:
    virtual ~Clock() = default;
    virtual Micros now() const noexcept = 0;
    virtual Monotonic monotonic() const noexcept = 0;
    // The same, up to 10 ms ago; costs a tenth of it where reading the processor's clock is slow.
    virtual Monotonic about_monotonic() const noexcept { return monotonic(); }
};

class SystemClock final : public Clock {
 public:
    Micros now() const noexcept override {
        using namespace std::chrono;
        return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
    }
    Monotonic monotonic() const noexcept override { return std::chrono::steady_clock::now(); }
    Monotonic about_monotonic() const noexcept override {
        using namespace std::chrono;
        timespec now{};
        (void)::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
        return Monotonic(seconds(now.tv_sec) + nanoseconds(now.tv_nsec));
    }
};

}  // namespace mortise::base
