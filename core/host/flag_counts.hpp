#pragma once

#include "core/base/uuid.hpp"
#include "core/flags/flag_set.hpp"
#include "core/flags/flag_tally.hpp"
#include "core/host/manifest.hpp"
#include "core/host/worker_channel.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

// What a worker reports of the flags that it answered by itself. A report comes within the call that it is
// of, so it names no tenant: that is the call's.
namespace mortise::host {

// Of one call: reports, and answers that are counted in all.
inline constexpr std::size_t kMaxFlagReports = 16;
inline constexpr std::uint32_t kMaxCountedOfCall = 10'000'000;

// The worker's side: appends a frame kFlagCounts. The keys are of the manifest.
void encode_flag_counts(Channel& channel, const Manifest& manifest, std::span<const flags::FlagCount> counts);

// The host's side: takes the reports of one call, and believes what can be true.
class FlagReports {
 public:
    explicit FlagReports(const Manifest& manifest) : manifest_(manifest) {}

    // Those counts whose flag the tenant has in this set, with one of its variants or none, and as far as
    // kMaxCountedOfCall goes; their texts are the set's. nullopt: the report is malformed, beyond a limit of
    // FlagTally, of a flag that the manifest does not list, or one too many.
    std::optional<std::vector<flags::FlagCount>> take(std::string_view payload, const flags::FlagSet& set,
                                                      const base::Uuid& tenant);

 private:
    const Manifest& manifest_;
    std::size_t taken_ = 0;
    std::uint32_t left_ = kMaxCountedOfCall;
};

}  // namespace mortise::host
