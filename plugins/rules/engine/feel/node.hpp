#pragma once

#include "feel/compile.hpp"
#include "feel/evaluation.hpp"
#include "feel/function.hpp"
#include "feel/type.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// The compiled form: a tree whose leaves read constants and slots. Made by the functions below; each kind of
// node is known to its own file only.
namespace rules::feel {

class Node {
 public:
    Node() = default;
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    virtual ~Node() = default;

    Value evaluate(Frame& frame, Evaluation& evaluation) const {
        if (!evaluation.step()) [[unlikely]]
            return {};
        return run(frame, evaluation);
    }
    // The value of a node that is the same each time, or a null pointer.
    virtual const Value* constant() const noexcept { return nullptr; }
    // Whether it is a fault that makes it null each time.
    virtual bool is_fault() const noexcept { return false; }
    // Whether it gives ranges, and null only for a fault.
    virtual bool is_range() const noexcept { return false; }
    // As Expression::is_reference().
    virtual bool is_reference() const noexcept { return false; }

 private:
    virtual Value run(Frame& frame, Evaluation& evaluation) const = 0;
};

using NodePtr = std::unique_ptr<const Node>;
using Nodes = std::vector<NodePtr>;

enum class Arithmetic : std::uint8_t { kAdd, kSubtract, kMultiply, kDivide, kPower };
enum class Comparison : std::uint8_t { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

NodePtr make_constant(Value value);
// Null, each time for the same reason.
NodePtr make_null(std::string reason);
NodePtr make_slot(Slot slot);
// A member of one of the items in these slots (the first that has it), else the fallback, which may be null.
NodePtr make_item_name(std::vector<Slot> items, std::string name, NodePtr fallback);
NodePtr make_list(Nodes items);
NodePtr make_range(NodePtr low, NodePtr high, bool low_included, bool high_included);
// `< 5` as a range.
NodePtr make_comparison_range(Comparison comparison, NodePtr end);
struct Entry {
    std::string name;
    Slot slot;
    NodePtr value;
};
NodePtr make_context(std::vector<Entry> entries);
NodePtr make_path(NodePtr source, std::string name);

NodePtr make_arithmetic(Arithmetic operation, NodePtr left, NodePtr right);
NodePtr make_negation(NodePtr operand);
NodePtr make_comparison(Comparison comparison, NodePtr left, NodePtr right);
NodePtr make_conjunction(Nodes operands);
NodePtr make_disjunction(Nodes operands);
NodePtr make_between(NodePtr value, NodePtr low, NodePtr high);
NodePtr make_instance_of(NodePtr value, Type type);
NodePtr make_if(NodePtr condition, NodePtr then, NodePtr otherwise);

// By position: a constant index needs no loop. `item` is the slot in which the condition finds an item.
NodePtr make_filter(NodePtr source, NodePtr condition, Slot item);

// Of `for`, `some` and `every`: a list, a range, or what lies between two values.
struct Iterator {
    Slot slot = 0;
    NodePtr domain;
    NodePtr last;  // null unless two values are given
};
// `partial`, if the result reads it, is the slot of the list so far.
NodePtr make_for(std::vector<Iterator> iterators, NodePtr result, std::optional<Slot> partial);
enum class Quantifier : std::uint8_t { kSome, kEvery };
NodePtr make_quantified(Quantifier quantifier, std::vector<Iterator> iterators, NodePtr condition);

// What a test compares with, or the whole test, of what stands left of `in` or in `?`.
struct Test {
    NodePtr node;
    bool compares = false;  // by the comparison
    Comparison comparison = Comparison::kEqual;
    bool uses_input = false;  // `?` stands in it
};
Truth holds(const Test& test, const Value& input, Frame& frame, Evaluation& evaluation);
// Whether any holds.
Truth any_holds(std::span<const Test> tests, const Value& input, Frame& frame, Evaluation& evaluation);
NodePtr make_in(NodePtr value, std::vector<Test> tests);

NodePtr make_call(NodePtr function, Nodes arguments);
NodePtr make_named_call(NodePtr function, std::vector<std::string> names, Nodes arguments);

// A function's body and what it takes along from around it.
struct Lambda {
    struct Capture {
        Slot outer;
        Slot inner;
    };
    std::vector<Parameter> parameters;  // in the first slots of its frame
    std::vector<Capture> captures;
    NodePtr body;
    Type result;
    std::size_t frame_size = 0;
    std::uint32_t depth = 0;
};
NodePtr make_lambda(Lambda lambda);

Truth compare(Comparison comparison, const Value& left, const Value& right, Evaluation& evaluation);
Truth negated(Truth truth) noexcept;
// A member or property of a value; null with a note if it has none.
Value path_of(const Value& value, std::string_view name, Evaluation& evaluation);

}  // namespace rules::feel
