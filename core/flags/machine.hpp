#pragma once

#include "core/flags/arena.hpp"
#include "core/flags/coercion.hpp"
#include "core/flags/program.hpp"
#include "core/flags/value.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mortise::flags {

inline constexpr std::uint64_t kMaxSteps = 100'000;       // of one evaluation, with all that it asks for
inline constexpr std::size_t kMaxScratch = 1024 * 1024;   // bytes that one evaluation may use
inline constexpr std::size_t kScratchOnStack = 4 * 1024;  // … without asking the heap

// For whom a rule is evaluated. All views live until the evaluation has ended.
struct RuleInput {
    std::span<const Member> attributes;  // sorted by name
    std::string_view flag_key;
    std::string_view targeting_key;  // empty: none
    std::string_view tenant;         // its slug; empty: none
    std::string_view plan;           // empty: none
    std::int64_t timestamp = 0;      // seconds since 1970
};

// Why a rule has no value.
enum class RuleFault : std::uint8_t {
    kNone,
    kNotANumber,        // a number was needed
    kInvalidArguments,  // an operation got what it can't work with
    kTooManySteps,      // beyond those it may take
    kTooLarge,          // beyond kMaxScratch, or deeper than values may be
};
std::string_view to_string(RuleFault fault) noexcept;  // a sentence, public

// Evaluates a program once. Takes no lock, and allocates only what does not fit into the scratch memory's
// beginning. One run needs at most `max_steps` steps, each of them some tens of nanoseconds.
class Machine {
 public:
    Machine(const Program& program, const RuleInput& input, Arena& scratch,
            std::uint64_t max_steps = kMaxSteps) noexcept
        : program_(program), input_(input), scratch_(scratch), max_steps_(max_steps) {}

    // The value, which refers to the program, the input and the scratch memory; false: see fault().
    bool run(Value& out) noexcept { return evaluate(program_.root(), {}, out); }
    RuleFault fault() const noexcept { return fault_; }
    std::uint64_t steps() const noexcept { return steps_; }

 private:
    // What a map, a filter or the like is at.
    struct Frame {
        const Value* element = nullptr;      // or `current`
        const Value* accumulator = nullptr;  // of a reduce
    };
    using Handler = bool (*)(Machine&, const Node&, const Frame&, Value&) noexcept;
    static const std::array<Handler, kOpCount> kHandlers;  // in the order of Op
    template <auto kMember>
    static bool call(Machine& machine, const Node& node, const Frame& frame, Value& out) noexcept {
        return (machine.*kMember)(node, frame, out);
    }

    bool evaluate(const Node& node, const Frame& frame, Value& out) noexcept {
        return spend(1) && kHandlers[static_cast<std::size_t>(node.op)](*this, node, frame, out);
    }
    bool spend(std::uint64_t steps) noexcept {
        steps_ += steps;
        return steps_ <= max_steps_ || fail(RuleFault::kTooManySteps);
    }
    bool fail(RuleFault fault) noexcept {
        fault_ = fault;
        return false;
    }
    // Work on text costs a step for each so many bytes.
    bool spend_on_text(std::size_t bytes) noexcept { return spend(bytes / 64); }

    // machine.cpp
    bool run_constant(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_array(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_if(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_and(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_or(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_not(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_log(const Node& node, const Frame& frame, Value& out) noexcept;
    bool arguments(const Node& node, const Frame& frame, std::span<const Value>& out) noexcept;
    bool child(const Node& node, std::size_t index, const Frame& frame, Value& out) noexcept {
        return evaluate(program_.children(node)[index], frame, out);
    }

    // machine_data.cpp
    bool run_var(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_var_of(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_missing(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_missing_some(const Node& node, const Frame& frame, Value& out) noexcept;
    bool missing(std::span<const Value> keys, Scope scope, const Frame& frame, Value& out) noexcept;
    bool find(std::string_view key, Scope scope, const Frame& frame, Value& out, bool& found) noexcept;
    bool named(Scope scope, const Frame& frame, std::string_view name, Value& out, bool& found) noexcept;
    bool begin(Root root, const Frame& frame, Value& out) noexcept;
    bool whole_context(Value& out) noexcept;
    bool flagd_object(Value& out) noexcept;
    bool whole_reduction(const Frame& frame, Value& out) noexcept;

    // machine_compute.cpp
    bool run_compare(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_strict(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_arithmetic(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_extreme(const Node& node, const Frame& frame, Value& out) noexcept;
    bool number_of(const Value& value, double& out) noexcept;
    bool compare_pair(Comparison comparison, const Value& a, const Value& b, bool& out) noexcept;

    // machine_text.cpp
    bool run_in(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_cat(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_substr(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_merge(const Node& node, const Frame& frame, Value& out) noexcept;
    bool text_of(const Value& value, std::string_view& out) noexcept;

    // machine_arrays.cpp
    bool run_map(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_filter(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_reduce(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_quantifier(const Node& node, const Frame& frame, Value& out) noexcept;
    bool elements(const Node& node, const Frame& frame, std::span<const Value>& out) noexcept;

    // machine_flagd.cpp
    bool run_affix(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_sem_ver(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_fractional(const Node& node, const Frame& frame, Value& out) noexcept;
    bool run_listed(const Node& node, const Frame& frame, Value& out) noexcept;
    bool bucketing(const Node& node, const Frame& frame, const Distribution& distribution,
                   std::string_view& bytes, Value& leading) noexcept;
    bool both_keys(FractionalVersion version, std::string_view& bytes) noexcept;
    bool pick(const Node& node, const Frame& frame, const Value& leading, std::string_view bytes,
              Value& out) noexcept;

    const Program& program_;
    const RuleInput& input_;
    Arena& scratch_;
    const std::uint64_t max_steps_;
    std::uint64_t steps_ = 0;
    RuleFault fault_ = RuleFault::kNone;
    Value whole_;  // the context as one object, once something asked for it
};

}  // namespace mortise::flags
