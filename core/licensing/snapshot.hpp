#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "licenses/document/evaluate.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::licensing {

enum class State : std::uint8_t {
    kUnlicensed,  // none installed, or its time has not come: no plugin, development limits
    kValid,
    kGrace,    // has ended, goes on with warnings until grace_until
    kLimited,  // reads and exports go on, licensed writes don't
};

std::string_view to_string(State state) noexcept;

// What the licence in force allows at one moment. Immutable.
struct Snapshot {
    State state = State::kUnlicensed;
    licenses::Reason reason = licenses::Reason::kNone;  // why it isn't valid
    std::string licence_id, line_id, issuer, subject, plan, model;
    std::uint64_t sequence = 0;
    std::optional<base::Micros> not_after;    // when it ends; none: never, or unlicensed
    std::optional<base::Micros> grace_until;  // with not_after
    std::optional<base::Micros> maintained_until;
    // Until not_after, each begun day counted; 0 once it has ended.
    std::optional<std::int64_t> days_left;
    std::map<std::string, licenses::PluginAccess, std::less<>> plugins;
    std::vector<std::string> features;  // sorted
    std::map<std::string, licenses::Limit, std::less<>> limits;
    base::Micros term_begins = 0;  // what meters without a period are counted from

    struct Upcoming {
        std::string licence_id;
        base::Micros not_before = 0;
    };
    std::optional<Upcoming> upcoming;  // a renewal that was installed early
    // Those that end within 30 days by their own grants, before the licence does.
    struct EndingPlugin {
        std::string id;
        base::Micros ends_at = 0;
        std::int64_t days_left = 0;
    };
    std::vector<EndingPlugin> ending_plugins;
    // What administrators are told with every answer (header Mortise-License); empty: nothing.
    std::string warning;

    bool has_feature(std::string_view name) const noexcept;
    // nullptr: the licence sets no such limit.
    const licenses::Limit* limit(std::string_view name) const noexcept;

    // Whether the plugin may be loaded, and its reads and exports served. Error `license_required`.
    base::Status entitled_plugin(std::string_view id) const;
    // Whether its writes and jobs may run as well. Errors `license_required`, `license_limited`.
    base::Status plugin_write_allowed(std::string_view id) const;
    // Whether licensed writes are allowed at all. Error `license_limited`.
    base::Status write_allowed() const;
    // Error `license_required`, which names the feature.
    base::Status entitled_feature(std::string_view name) const;
};

}  // namespace mortise::licensing
