// Definitions, sets, segments and documents of flags: what is taken once is taken again as it was kept.
#include "core/flags/document.hpp"
#include "core/flags/segment.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace mortise::flags;

namespace {

void read_again(const Definition& definition, const RuleSet& set) {
    const auto again = parse_definition(definition.json, set, Strictness::kFlagd);
    FUZZ_EXPECT(again.ok());
    FUZZ_EXPECT(again->json == definition.json);
    FUZZ_EXPECT((again->rule == nullptr) == (definition.rule == nullptr));
    FUZZ_EXPECT(!definition.variants.empty());
}

}  // namespace

void fuzz(std::string_view input) {
    if (const auto strict = parse_definition(input); strict.ok()) {
        FUZZ_EXPECT(strict->warnings.empty());
        FUZZ_EXPECT(strict->targeted == (strict->rule != nullptr));
        FUZZ_EXPECT(parse_definition(input, {}, Strictness::kFlagd).ok());
        read_again(*strict, {});
    }
    if (const auto document = parse_document(input); document.ok()) {
        for (const auto& [key, definition] : document->flags) {
            FUZZ_EXPECT(is_flag_key(key));
            read_again(definition, document->set.rules);
        }
        FUZZ_EXPECT(read_stored_set(document->set.to_json()).ok());
    }
    if (const auto set = parse_set(input); set.ok()) {
        const auto stored = read_stored_set(set->to_json());
        FUZZ_EXPECT(stored.ok() && stored->to_json() == set->to_json());
    }
    if (const auto segment = parse_segment(input, "s", {}); segment.ok()) {
        const auto again = parse_segment(segment->json, "s", {});
        FUZZ_EXPECT(again.ok() && again->json == segment->json);
        const auto stored = read_stored_segment(segment->json);
        FUZZ_EXPECT(stored.ok() && (stored->rule == nullptr) == (segment->rule.rule == nullptr));
        FUZZ_EXPECT(stored->included->size() == segment->rule.included->size());
    }
}
