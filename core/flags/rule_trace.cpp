#include "core/flags/rule_trace.hpp"

#include "core/flags/coercion.hpp"
#include "core/flags/operators.hpp"
#include "core/flags/value_writer.hpp"
#include "core/tenancy/strict_json.hpp"

#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// Each operation is evaluated anew with all that is inside it, so that the whole costs more than once.
constexpr std::uint64_t kMaxTraceWork = 5 * kMaxSteps;

class Tracer {
 public:
    Tracer(const RuleSet& set, const RuleInput& input) : set_(set), input_(input) {}

    void rule(const json& item, const std::string& at) {
        if (stopped_ || depth_ == kMaxRuleDepth) return;
        ++depth_;
        if (item.is_array())
            list(item, at);
        else if (item.is_object() && item.size() == 1)
            operation(item, item.begin().key(), item.begin().value(), at);
        --depth_;
    }

    ordered_json take() { return std::move(steps_); }
    bool truncated() const noexcept { return truncated_; }

 private:
    void list(const json& items, const std::string& at) {
        for (std::size_t i = 0; i < items.size(); ++i)
            rule(items[i], below(at, i));
    }

    static std::string below(const std::string& at, std::size_t index) {
        return at + "/" + std::to_string(index);
    }

    void operation(const json& item, const std::string& name, const json& operand, const std::string& at) {
        const std::string inside = at + "/" + tenancy::pointer_token(name);
        const auto* const found = find_operator(name);
        if (name == "$ref")
            reference(operand);
        else if (found != nullptr)
            arguments(*found, operand, inside);
        add(item, name, inside);
    }

    void reference(const json& name) {
        if (!name.is_string() || set_.evaluators == nullptr) return;
        const auto found = set_.evaluators->find(name.get_ref<const std::string&>());
        if (found != set_.evaluators->end())
            rule(*found, "/$evaluators/" + tenancy::pointer_token(name.get_ref<const std::string&>()));
    }

    // Those that an evaluation needs.
    void arguments(const Operator& found, const json& operand, const std::string& at) {
        if (!operand.is_array()) return rule(operand, at);
        switch (found.op) {
            case Op::kIf:
                return branches(operand, at);
            case Op::kAnd:
            case Op::kOr:
                return until(operand, at, found.op == Op::kOr);
            case Op::kVar:
            case Op::kMap:
            case Op::kFilter:
            case Op::kReduce:
            case Op::kQuantifier:
                if (!operand.empty()) rule(operand[0], below(at, 0));
                return;
            default:
                return list(operand, at);
        }
    }

    void branches(const json& operand, const std::string& at) {
        std::size_t i = 0;
        for (; i + 1 < operand.size() && !stopped_; i += 2) {
            rule(operand[i], below(at, i));
            if (holds(operand[i])) return rule(operand[i + 1], below(at, i + 1));
        }
        if (i < operand.size()) rule(operand[i], below(at, i));
    }

    void until(const json& operand, const std::string& at, bool wanted) {
        for (std::size_t i = 0; i < operand.size() && !stopped_; ++i) {
            rule(operand[i], below(at, i));
            if (holds(operand[i]) == wanted) return;
        }
    }

    bool holds(const json& item) {
        Value value;
        std::string_view fault;
        Arena scratch(kMaxScratch);
        return evaluate(item, scratch, value, fault) && truthy(value);
    }

    bool evaluate(const json& item, Arena& scratch, Value& value, std::string_view& fault) {
        if (stopped_) return false;
        const auto compiled = compile_rule(item, set_, Strictness::kFlagd, "");
        if (compiled.program == nullptr) {
            fault = "The rule can't be evaluated.";
            return false;
        }
        // The value may refer to the program.
        programs_.push_back(compiled.program);
        Machine machine(*compiled.program, input_, scratch);
        const bool done = machine.run(value);
        work_ += machine.steps() + compiled.program->node_count();
        if (!done) fault = to_string(machine.fault());
        if (work_ > kMaxTraceWork) stopped_ = truncated_ = true;
        return done;
    }

    void add(const json& item, const std::string& name, const std::string& at) {
        if (stopped_) return;
        Value value;
        std::string_view fault;
        Arena scratch(kMaxScratch);
        ordered_json step{{"pointer", at}, {"operation", name}};
        if (evaluate(item, scratch, value, fault)) {
            std::string text;
            append_json(text, value);
            if (text.size() <= kMaxTracedValue)
                step["value"] = ordered_json::parse(text);
            else
                step["too_large"] = true;
        } else {
            step["error"] = std::string(fault);
            stopped_ = true;
        }
        steps_.push_back(std::move(step));
        programs_.clear();
        if (steps_.size() == kMaxTraceSteps) stopped_ = truncated_ = true;
    }

    const RuleSet& set_;
    const RuleInput& input_;
    ordered_json steps_ = ordered_json::array();
    std::vector<std::shared_ptr<const Program>> programs_;
    std::uint64_t work_ = 0;
    int depth_ = 0;
    bool stopped_ = false;
    bool truncated_ = false;
};

}  // namespace

ordered_json trace_rule(const json& rule, const RuleSet& set, const RuleInput& input, const std::string& at,
                        bool& truncated) {
    Tracer tracer(set, input);
    tracer.rule(rule, at);
    truncated = tracer.truncated();
    return tracer.take();
}

}  // namespace mortise::flags
