#pragma once

#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/flags/flag_set.hpp"
#include "core/flags/value.hpp"
#include "core/storage/database.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::flags {

// Unleash's client API, as its specification 5 and the npm package unleash-client 6 have it.

// The body of GET /api/client/features for tenant and environment of the context, from its stored flags and
// those that it inherits. Flags that Unleash can't express are left out, and "mortise": {"omitted": […]} says
// which and why; a client passes over that member, and its application's own fallback applies. It names users
// and segments, so that it is for servers only.
base::Result<std::string> unleash_features(const base::RequestContext& context, storage::Unit& unit);

// Unleash's context as it evaluates flags: fields and properties side by side, a field before a property of
// the same name. `userId` is the targeting key.
struct UnleashContext {
    std::string targeting_key;
    std::vector<std::pair<std::string, std::string>> attributes;  // sorted by name, each name once
};
inline constexpr std::size_t kMaxUnleashAttributes = 256;
// Of query parameters (GET): `properties[name]` is a property. `invalid_context` (400) if there are too many.
base::Result<UnleashContext> unleash_context(std::span<const std::pair<std::string, std::string>> query);
// Of a body {"context": {…}} (POST). `invalid_context` (400).
base::Result<UnleashContext> unleash_context(std::string_view body);

// The body of /api/frontend: the flags that are on for the subject, by our own evaluation, so that none is
// left out. A flag whose evaluation fails is not on.
std::string unleash_toggles(const FlagSet& flags, const Subject& subject);

// What a client counted since its last report (POST /api/client/metrics).
struct UnleashCount {
    std::string flag;
    std::string variant;  // empty: of the flag itself
    std::uint64_t yes = 0;
    std::uint64_t no = 0;  // 0 for a variant
};
inline constexpr std::size_t kMaxUnleashCounts = 20'000;
inline constexpr std::uint64_t kMaxUnleashCount = 1'000'000'000;  // of one of them
// `invalid_metrics` (400) for anything but {"appName", "bucket": {"start", "stop", "toggles"}}.
base::Result<std::vector<UnleashCount>> unleash_counts(std::string_view body);
// What they come to, for the usage of flags, as far as the subject sees these flags and variants: of a
// boolean flag the variants that are true and false, first by name; of another one those that the client
// names.
struct UnleashUse {
    std::string flag;
    std::string variant;
    std::uint64_t count = 0;
};
std::vector<UnleashUse> unleash_uses(const FlagSet& flags, const Subject& subject,
                                     std::span<const UnleashCount> counts);
// `invalid_registration` (400) for anything but an object with "appName".
base::Status check_unleash_registration(std::string_view body);

}  // namespace mortise::flags
