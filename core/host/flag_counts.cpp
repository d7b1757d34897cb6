#include "core/host/flag_counts.hpp"

#include "core/flags/definition.hpp"

#include <algorithm>

namespace mortise::host {
namespace {

using flags::FlagCount;
using flags::FlagTally;

// As the set has it; nullopt: it can't have been answered.
std::optional<FlagCount> as_known(const flags::FlagSet& set, const base::Uuid& tenant,
                                  const FlagCount& reported) {
    const auto* const flag = set.find(tenant, reported.key);
    if (flag == nullptr) return std::nullopt;
    if (reported.variant.empty()) return FlagCount{flag->key(), {}, reported.count};
    const auto variants = flag->variants();
    const auto found =
        std::lower_bound(variants.begin(), variants.end(), reported.variant,
                         [](const auto& one, std::string_view name) { return one.name < name; });
    if (found == variants.end() || found->name != reported.variant) return std::nullopt;
    return FlagCount{flag->key(), found->name, reported.count};
}

}  // namespace

void encode_flag_counts(Channel& channel, const Manifest& manifest, std::span<const FlagCount> counts) {
    FrameWriter frame = channel.frame(FrameType::kFlagCounts);
    frame.number(static_cast<std::uint32_t>(counts.size()));
    for (const FlagCount& one : counts)
        frame.number(static_cast<std::uint32_t>(manifest.flag_number(one.key).value()))
            .text(one.variant)
            .number(one.count);
}

std::optional<std::vector<FlagCount>> FlagReports::take(std::string_view payload, const flags::FlagSet& set,
                                                        const base::Uuid& tenant) {
    if (++taken_ > kMaxFlagReports || manifest_.flags.empty()) return std::nullopt;
    const auto last = static_cast<std::uint32_t>(manifest_.flags.size() - 1);
    FrameReader frame(payload);
    std::vector<FlagCount> counts;
    const auto size = frame.number_in<std::uint32_t>(1, FlagTally::kMost);
    for (std::uint32_t i = 0; i < size && frame.good(); ++i) {
        const std::string_view key = manifest_.flags[frame.number_in<std::uint32_t>(0, last)];
        const std::string_view variant = frame.text(flags::kMaxVariantName);
        const auto count = frame.number_in<std::uint32_t>(1, FlagTally::kMostOfOne);
        if (const auto known = as_known(set, tenant, {key, variant, count})) counts.push_back(*known);
    }
    if (!frame.done()) return std::nullopt;
    for (FlagCount& one : counts) {
        one.count = std::min(one.count, left_);
        left_ -= one.count;
    }
    std::erase_if(counts, [](const FlagCount& one) { return one.count == 0; });
    return counts;
}

}  // namespace mortise::host
