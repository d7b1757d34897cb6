// What clients send at the doors of flags, and rules on their way to Unleash.
#include "core/flags/stream_ticket.hpp"
#include "core/flags/unleash.hpp"
#include "core/flags/unleash_rule.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <string>

using namespace mortise::flags;

namespace {

void translate(std::string_view input) {
    const auto definition = parse_definition(input, {}, Strictness::kFlagd);
    if (!definition.ok() || definition->variants.empty()) return;
    const auto rule = to_unleash(*definition, {}, {"acme", "gold"}, {});
    FUZZ_EXPECT(!rule.reason || rule.strategies.empty());
    FUZZ_EXPECT(rule.strategies.size() <= kMaxUnleashStrategies);
    for (const auto& strategy : rule.strategies) {
        FUZZ_EXPECT(strategy.variant < definition->variants.size());
        FUZZ_EXPECT(is_on(*definition, strategy.variant));
        for (const auto& constraint : strategy.constraints)
            FUZZ_EXPECT(!constraint.context.empty() && !constraint.values.empty());
    }
}

}  // namespace

void fuzz(std::string_view input) {
    translate(input);
    if (const auto tag = ConfigTag::parse(input)) FUZZ_EXPECT(ConfigTag::parse(tag->to_text()) == tag);
    FUZZ_EXPECT(!StreamTicket::open(input, std::string(32, 'k'), 0));
    if (const auto counts = unleash_counts(input); counts.ok())
        FUZZ_EXPECT(counts->size() <= kMaxUnleashCounts);
    (void)check_unleash_registration(input);
    if (const auto context = unleash_context(input); context.ok()) {
        const auto& all = context->attributes;
        FUZZ_EXPECT(all.size() <= kMaxUnleashAttributes);
        FUZZ_EXPECT(std::is_sorted(all.begin(), all.end(),
                                   [](const auto& a, const auto& b) { return a.first <= b.first; }));
    }
}
