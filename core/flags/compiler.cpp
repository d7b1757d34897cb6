#include "core/flags/compiler.hpp"

#include "core/flags/numbers.hpp"
#include "core/flags/operators.hpp"
#include "core/flags/paths.hpp"
#include "core/flags/program_builder.hpp"
#include "core/flags/share.hpp"
#include "core/flags/var_path.hpp"
#include "core/tenancy/strict_json.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;

Draft draft_of(Op op, std::uint8_t aux = 0) {
    Draft draft;
    draft.node.op = op;
    draft.node.aux = aux;
    return draft;
}

// The key of a `var` as text.
std::string key_text(const json& key) {
    NumberBuffer buffer;
    if (key.is_string()) return key.get<std::string>();
    if (key.is_number()) return std::string(number_to_text(key.get<double>(), buffer));
    if (key.is_boolean()) return key.get<bool>() ? "true" : "false";
    return {};
}

class RuleCompiler {
 public:
    RuleCompiler(const RuleSet& set, Strictness strictness, RuleFindings& findings)
        : set_(set), strictness_(strictness), findings_(findings) {}

    // Of something that has this name, to which no reference may lead back.
    void open(std::string_view name) { open_.emplace_back(name); }

    std::shared_ptr<const Program> run(const json& rule, const std::string& at) {
        const auto root = settled(value(rule, Scope::kRoot, at));
        if (!failed_ && cost(root) > kMaxRuleCost)
            fail(at, "rule_too_costly", "The rule has too many operations on arrays in each other.");
        return failed_ ? nullptr : builder_.finish(root);
    }

 private:
    // Everything that is compiled goes through here.
    Draft value(const json& item, Scope scope, const std::string& at) {
        if (failed_) return builder_.constant(Value::null());
        if (++nodes_ > kMaxRuleNodes)
            return fail(at, "rule_too_large", "A rule has at most 4096 operations and values.");
        if (++depth_ > kMaxRuleDepth) return fail(at, "rule_too_deep", "A rule is nested at most 64 deep.");
        auto draft = item.is_object()  ? object(item, scope, at)
                     : item.is_array() ? list(item, scope, at)
                                       : scalar(item);
        --depth_;
        return draft;
    }

    Draft fail(const std::string& at, std::string code, std::string detail) {
        if (!std::exchange(failed_, true))
            findings_.faults.push_back({at, std::move(code), std::move(detail)});
        return builder_.constant(Value::null());
    }

    Draft scalar(const json& item) {
        if (item.is_boolean()) return builder_.constant(Value::boolean(item.get<bool>()));
        if (item.is_number()) return builder_.constant(Value::number(item.get<double>()));
        if (item.is_string()) return builder_.constant(Value::string(item.get_ref<const std::string&>()));
        return builder_.constant(Value::null());
    }

    Draft list(const json& items, Scope scope, const std::string& at) {
        auto draft = draft_of(Op::kArray);
        add_arguments(draft, items, scope, at);
        return joined(std::move(draft));
    }

    Draft object(const json& item, Scope scope, const std::string& at) {
        static constexpr Member kNoMember{};
        if (item.empty()) return builder_.constant(Value::object({&kNoMember, 0}));
        const auto& name = item.begin().key();
        const auto& operand = item.begin().value();
        const std::string inside = at + "/" + tenancy::pointer_token(name);
        if (item.size() == 1 && name == "$ref" && operand.is_string())
            return reference(operand.get_ref<const std::string&>(), scope, inside);
        const auto* const found = item.size() == 1 ? find_operator(name) : nullptr;
        if (found == nullptr) return fail(inside, "unknown_operator", "There is no operation of this name.");
        return operation(*found, operand, scope, inside);
    }

    // The evaluator's rule stands in the reference's place, as if it were written there.
    Draft reference(const std::string& name, Scope scope, const std::string& at) {
        if (std::find(open_.begin(), open_.end(), name) != open_.end())
            return fail(at, "evaluator_cycle", "The evaluator or segment refers to itself.");
        if (set_.segments != nullptr)
            if (const auto found = set_.segments->find(name); found != set_.segments->end())
                return segment(name, found->second);
        const auto& evaluators = set_.evaluators;
        const auto found = evaluators == nullptr ? json::const_iterator() : evaluators->find(name);
        if (evaluators == nullptr || found == evaluators->end()) {
            auto& where = strictness_ == Strictness::kSchema ? findings_.faults : findings_.warnings;
            where.push_back({at, "unknown_evaluator", "There is no evaluator or segment of this name."});
            failed_ = true;
            return builder_.constant(Value::null());
        }
        open_.push_back(name);
        auto draft = value(*found, scope, "/$evaluators/" + tenancy::pointer_token(name));
        open_.pop_back();
        return draft;
    }

    // {"if": [included, true, excluded, false, {"!!": rule}]}. It is about who is asked for, so that its rule
    // sees the whole context wherever the reference stands.
    Draft segment(const std::string& name, const SegmentRule& segment) {
        nodes_ += 5;
        auto draft = draft_of(Op::kIf);
        draft.children = {listed(segment.included), builder_.constant(Value::boolean(true)),
                          listed(segment.excluded), builder_.constant(Value::boolean(false))};
        if (segment.rule == nullptr) {
            draft.children.push_back(builder_.constant(Value::boolean(false)));
            return joined(std::move(draft));
        }
        open_.push_back(name);
        auto holds = draft_of(Op::kNot, 1);
        holds.children.push_back(
            value(*segment.rule, Scope::kRoot, "/segments/" + tenancy::pointer_token(name) + "/rule"));
        open_.pop_back();
        draft.children.push_back(joined(std::move(holds)));
        return joined(std::move(draft));
    }

    Draft listed(const std::shared_ptr<const KeyList>& keys) {
        auto draft = draft_of(Op::kListed);
        draft.asks_root = true;
        draft.node.data = builder_.add_keys(keys);
        return draft;
    }

    Draft operation(const Operator& found, const json& operand, Scope scope, const std::string& at) {
        switch (found.op) {
            case Op::kVar:
                return var(operand, scope, at);
            case Op::kFractional:
                return fractional(operand, scope, at);
            case Op::kMap:
            case Op::kFilter:
            case Op::kQuantifier:
                return iteration(found, operand, scope, Scope::kElement, at);
            case Op::kReduce:
                return iteration(found, operand, scope, Scope::kReduction, at);
            default:
                break;
        }
        auto draft = draft_of(found.op, found.aux);
        add_arguments(draft, operand, scope, at);
        draft.node.spread = found.spreads && operand.is_object();
        if (found.op == Op::kMissing || found.op == Op::kMissingSome) ask(draft, scope);
        if (found.op == Op::kSemVer) draft.node.data = version_test(draft);
        return joined(std::move(draft));
    }

    // A list of arguments, or one that stands for a list of one.
    void add_arguments(Draft& draft, const json& operand, Scope scope, const std::string& at) {
        if (!operand.is_array()) {
            draft.children.push_back(value(operand, scope, at));
            return;
        }
        for (std::size_t i = 0; i < operand.size(); ++i)
            draft.children.push_back(value(operand[i], scope, at + "/" + std::to_string(i)));
    }

    static void ask(Draft& draft, Scope scope) {
        if (draft.node.op != Op::kVar) draft.node.aux = static_cast<std::uint8_t>(scope);
        (scope == Scope::kRoot ? draft.asks_root : draft.asks_scope) = true;
    }

    // An array, the rule for its elements, which see only these, and of a reduce what it begins with.
    Draft iteration(const Operator& found, const json& operand, Scope outer, Scope inner,
                    const std::string& at) {
        auto draft = draft_of(found.op, found.aux);
        const std::size_t wanted = found.op == Op::kReduce ? 3 : 2;
        for (std::size_t i = 0; i < wanted; ++i) {
            const bool given = operand.is_array() ? i < operand.size() : i == 0;
            const auto scope = i == 1 ? inner : outer;
            auto child = !given               ? builder_.constant(Value::null())
                         : operand.is_array() ? value(operand[i], scope, at + "/" + std::to_string(i))
                                              : value(operand, scope, at);
            draft.asks_root = draft.asks_root || child.asks_root;
            draft.asks_scope = draft.asks_scope || (i != 1 && child.asks_scope);
            draft.children.push_back(std::move(child));
        }
        return with_settled_children(std::move(draft));
    }

    Draft var(const json& operand, Scope scope, const std::string& at) {
        const bool listed = operand.is_array();
        const json& key = !listed ? operand : operand.empty() ? kNoKey : operand[0];
        const bool computed = key.is_structured();
        auto draft = draft_of(computed ? Op::kVarOf : Op::kVar);
        if (computed) {
            draft.node.spread = !listed;
            draft.children.push_back(value(key, scope, listed ? at + "/0" : at));
        } else {
            const auto path = resolve_path(key_text(key), scope);
            draft.node.aux = static_cast<std::uint8_t>(path.root);
            draft.node.data = path.steps.empty() ? kNoPath : builder_.add_path(path.steps);
        }
        if (listed && operand.size() > 1) draft.children.push_back(value(operand[1], scope, at + "/1"));
        ask(draft, scope);
        return joined(std::move(draft));
    }

    // What is known of a `sem_ver`: its operator, and the version on the right.
    std::uint32_t version_test(Draft& draft) {
        VersionTest test;
        if (draft.children.size() == 3) {
            for (auto& child : draft.children)
                child = settled(std::move(child));
            if (const auto text = constant_text(draft.children[1]))
                test.comparison = parse_sem_ver_operator(*text);
            if (const auto text = constant_text(draft.children[2])) test.right = parse_sem_ver(*text);
        }
        return builder_.add_version_test(test);
    }

    std::optional<std::string_view> constant_text(const Draft& draft) const {
        if (!draft.is_constant() || !builder_.value_of(draft).is_string()) return std::nullopt;
        return builder_.value_of(draft).text();
    }

    Draft fractional(const json& operand, Scope scope, const std::string& at) {
        auto draft = draft_of(Op::kFractional);
        draft.asks_root = true;
        add_arguments(draft, operand, scope, at);
        Distribution distribution{.version = set_.fractional, .fixed = true};
        distribution.leads_with_value = !operand.is_array() || operand.empty() || !operand[0].is_array();
        std::vector<std::uint32_t> weights;
        double total = 0;
        for (std::size_t i = 0; i < draft.children.size(); ++i) {
            auto& child = draft.children[i] = settled(std::move(draft.children[i]));
            if (i == 0 && distribution.leads_with_value) continue;
            Share share;
            distribution.fixed = distribution.fixed && child.is_constant() &&
                                 read_share(builder_.value_of(child), share) &&
                                 (total += share.weight) <= kMaxTotalWeight;
            if (distribution.fixed) weights.push_back(static_cast<std::uint32_t>(share.weight));
        }
        if (!distribution.fixed) weights.clear();
        draft.node.data = builder_.add_distribution(distribution, weights);
        return joined(std::move(draft));
    }

    // A draft that asks for what its children ask for.
    Draft joined(Draft draft) {
        for (const auto& child : draft.children) {
            draft.asks_root = draft.asks_root || child.asks_root;
            draft.asks_scope = draft.asks_scope || child.asks_scope;
        }
        return with_settled_children(std::move(draft));
    }

    // What is constant is computed now, each time as large a piece as possible.
    Draft with_settled_children(Draft draft) {
        if (!draft.asks_root && !draft.asks_scope) return draft;
        for (auto& child : draft.children)
            child = settled(std::move(child));
        return draft;
    }
    Draft settled(Draft draft) {
        return draft.asks_root || draft.asks_scope || failed_ ? std::move(draft)
                                                              : builder_.fold(std::move(draft));
    }

    double cost(const Draft& draft) const {
        double sum = 1;
        const auto op = draft.node.op;
        const bool iterates =
            op == Op::kMap || op == Op::kFilter || op == Op::kReduce || op == Op::kQuantifier;
        for (std::size_t i = 0; i < draft.children.size(); ++i)
            sum += cost(draft.children[i]) * (iterates && i == 1 ? elements_of(draft.children[0]) : 1);
        return sum;
    }
    double elements_of(const Draft& array) const {
        if (array.node.op == Op::kArray) return static_cast<double>(array.children.size());
        if (!array.is_constant()) return kAssumedElements;
        const auto& value = builder_.value_of(array);
        return value.is_array() ? static_cast<double>(value.items().size()) : 0;
    }

    static inline const json kNoKey{};

    const RuleSet& set_;
    const Strictness strictness_;
    RuleFindings& findings_;
    ProgramBuilder builder_;
    std::vector<std::string> open_;  // evaluators that are being put in
    std::size_t nodes_ = 0;
    int depth_ = 0;
    bool failed_ = false;
};

}  // namespace

static CompiledRule compile_inside(std::string_view name, const json& rule, const RuleSet& set,
                                   Strictness strictness, const std::string& at) {
    CompiledRule compiled;
    try {
        RuleCompiler compiler(set, strictness, compiled.findings);
        if (!name.empty()) compiler.open(name);
        compiled.program = compiler.run(rule, at);
    } catch (const std::bad_alloc&) {  // also the limit of a program's memory
        compiled.findings.faults.push_back({at, "rule_too_large", "The rule is too large."});
    }
    return compiled;
}

CompiledRule compile_rule(const json& rule, const RuleSet& set, Strictness strictness,
                          const std::string& at) {
    return compile_inside({}, rule, set, strictness, at);
}

CompiledRule compile_segment_rule(const json& rule, const RuleSet& set, std::string_view segment,
                                  const std::string& at) {
    return compile_inside(segment, rule, set, Strictness::kSchema, at);
}

}  // namespace mortise::flags
