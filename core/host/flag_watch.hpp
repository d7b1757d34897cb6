#pragma once

#include "core/base/clock.hpp"
#include "core/base/function_ref.hpp"
#include "core/host/flag_view.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace mortise::host {

// What a plugin in this process was told of its flags, by tenant, so that it is told before the first call
// that sees a change. Of the tenants beyond kMaxTenants those that did not call for longest are forgotten,
// and told all anew. Thread-safe; one call at a time is telling.
class FlagWatch {
 public:
    static constexpr std::size_t kMaxTenants = 1024;

    // Calls `tell` with the place of each key that may have changed; `now` is in seconds since 1970. False:
    // others were telling until the call's deadline.
    bool tell(const flags::FlagSet& set, const base::RequestContext& context,
              std::span<const std::string> keys, std::int64_t now, base::FunctionRef<void(std::size_t)> tell);

 private:
    struct Told {
        FlagMoment moment;
        std::vector<FlagState> states;
        std::uint64_t used = 0;
    };

    bool knows(const flags::FlagSet& set, const base::RequestContext& context, std::int64_t now);
    void keep(const base::RequestContext& context, Told told);

    std::timed_mutex telling_;
    std::mutex mutex_;
    std::unordered_map<base::Uuid, Told> told_;  // under mutex_
    std::uint64_t calls_ = 0;                    // under mutex_
};

}  // namespace mortise::host
