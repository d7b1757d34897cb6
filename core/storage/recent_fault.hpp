#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/storage/error_map.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace mortise::storage {

// The last failure of a request by which the storage takes nothing more. Readiness asks for it, since what a
// small commit of its own manages may fail for others: a PostgreSQL whose disk is full still changes a row in
// its place. Thread-safe.
class RecentFault {
 public:
    static constexpr std::chrono::seconds kRemembered{2};

    void note(const base::Error& error, base::Monotonic now) {
        if (error.code != kFull && error.code != kReadOnly) return;
        const std::lock_guard lock(mutex_);
        code_ = error.code;
        until_ = now + kRemembered;
    }

    // Its code for a while; after it nullopt, so that requests come and show whether it is over.
    std::optional<std::string> code(base::Monotonic now) const {
        const std::lock_guard lock(mutex_);
        if (now >= until_) return std::nullopt;
        return code_;
    }

 private:
    mutable std::mutex mutex_;
    std::string code_;
    base::Monotonic until_{};
};

}  // namespace mortise::storage
