#include "core/flags/program.hpp"

#include <algorithm>

namespace mortise::flags {
namespace {

bool is_loop(Op op) noexcept {
    return op == Op::kMap || op == Op::kFilter || op == Op::kReduce || op == Op::kQuantifier;
}

// Whether it looks at each value of a list that the context may have.
bool is_wide(Op op) noexcept {
    switch (op) {
        case Op::kExtreme:
        case Op::kIn:
        case Op::kCat:
        case Op::kSubstr:
        case Op::kMerge:
        case Op::kMissing:
        case Op::kMissingSome:
        case Op::kAffix:
            return true;
        default:
            return false;
    }
}

}  // namespace

// A list that is written out costs what it is long. Where something that goes through a list may be inside
// of another, or goes through what another put together, the product of both is not worth telling from the
// worst.
RuleCost Program::cost(std::uint64_t worst) const noexcept {
    RuleCost cost{.fixed = nodes_.size()};
    for (const auto& constant : constants_)
        if (constant.is_array()) cost.fixed += constant.items().size();
    std::uint64_t loops = 0, wide = 0;
    for (const auto& node : nodes_) {
        if (is_loop(node.op)) ++loops;
        const bool written_out =
            node.op == Op::kIn && node.count == 2 && children(node)[1].op == Op::kConstant;
        if (is_wide(node.op) && !written_out) wide += std::max<std::uint64_t>(1, node.count);
    }
    if (loops > 1 || (loops == 1 && wide > 0)) return {.fixed = worst};
    if (loops == 1) {
        cost.per_value = nodes_.size();
        cost.fixed *= nodes_.size();
    }
    cost.per_value += wide;
    cost.fixed = std::min(cost.fixed, worst);
    return cost;
}

// A name that is put together may be any.
bool Program::asks_time() const noexcept {
    return std::any_of(nodes_.begin(), nodes_.end(), [](const Node& node) {
        if (node.op == Op::kVarOf) return true;
        if (node.op != Op::kVar) return false;
        const auto root = static_cast<Root>(node.aux);
        return root == Root::kTimestamp || root == Root::kFlagd || root == Root::kWhole;
    });
}

}  // namespace mortise::flags
