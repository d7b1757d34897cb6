// Rules and contexts, on the first and the second line: whatever they are, an evaluation ends within its
// steps and its memory, and ends the same each time.
#include "core/flags/coercion.hpp"
#include "core/flags/compiler.hpp"
#include "core/flags/machine.hpp"
#include "core/flags/value_reader.hpp"
#include "core/tenancy/strict_json.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <string>

#include <nlohmann/json.hpp>

using namespace mortise::flags;

namespace {

// What comes of one evaluation, as text.
std::string outcome(const Program& program, std::span<const Member> attributes) {
    std::array<std::byte, kScratchOnStack> memory;
    Arena scratch(memory, kMaxScratch);
    const RuleInput input{.attributes = attributes,
                          .flag_key = "flag",
                          .targeting_key = "user",
                          .tenant = "acme",
                          .plan = "standard",
                          .timestamp = 1'700'000'000};
    Machine machine(program, input, scratch);
    Value result;
    const bool done = machine.run(result);
    FUZZ_EXPECT(done == (machine.fault() == RuleFault::kNone));
    FUZZ_EXPECT(!done || machine.steps() <= kMaxSteps);
    FUZZ_EXPECT(scratch.block_bytes() <= kMaxScratch);
    if (!done) return std::string(to_string(machine.fault()));
    Arena texts(4 * kMaxScratch);
    const auto text = to_text(result, texts);
    return text ? "=" + std::string(*text) : "too deep";
}

}  // namespace

void fuzz(std::string_view input) {
    const auto line = input.find('\n');
    nlohmann::json rule;
    if (!mortise::tenancy::parse_strict_json(input.substr(0, line), {.size = 1 << 16, .depth = 140}, rule)
             .ok())
        return;
    RuleFindings findings;
    check_targeting(rule, Strictness::kFlagd, "", findings);
    if (!findings.faults.empty()) return;
    const RuleSet set{.fractional = input.size() % 2 == 0 ? FractionalVersion::kV2 : FractionalVersion::kV3};
    const auto compiled = compile_rule(rule, set, Strictness::kFlagd, "");
    if (compiled.program == nullptr) return;
    Arena memory(1 << 22);
    const auto context =
        read_value(line == std::string_view::npos ? "{}" : input.substr(line + 1), {}, memory);
    if (!context.ok() || !context->is_object()) return;
    const auto once = outcome(*compiled.program, context->members());
    FUZZ_EXPECT(outcome(*compiled.program, context->members()) == once);
}
