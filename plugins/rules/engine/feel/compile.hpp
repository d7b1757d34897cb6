#pragma once

#include "feel/evaluation.hpp"
#include "feel/result.hpp"
#include "feel/type.hpp"
#include "feel/value.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// From text to what can be evaluated. Names are resolved here, so that an evaluation reads slots.
namespace rules::feel {

using Slot = std::uint32_t;

// The names that a text may use, each with its slot and, if it is known, its type; then paths and names with
// spaces inside resolve early. A stack: of two equal names the later counts.
class Scope {
 public:
    struct Name {
        std::string text;  // as it was given
        std::string key;   // its words and symbols, however they are spaced
        Type type;
    };

    // Gives its slot: the number of names declared before it.
    Slot declare(std::string_view name, Type type = {});
    // Forgets the names from a slot on (those of a block that ended).
    void truncate(Slot size);
    Slot size() const noexcept { return static_cast<Slot>(names_.size()); }
    std::optional<Slot> find(std::string_view name) const;
    std::span<const Name> names() const noexcept { return names_; }

    // A type that texts may name (`x instance of tLoan`).
    void declare_type(std::string_view name, Type type);
    const Type* find_type(std::string_view name) const;
    const std::map<std::string, Type, std::less<>>& types() const noexcept { return types_; }

 private:
    std::vector<Name> names_;
    std::map<std::string, Type, std::less<>> types_;
};

// The values of a scope's names by their slots, and room for the names that texts declare themselves. Make it
// as large as the largest frame_size() of what shares it.
class Frame {
 public:
    explicit Frame(std::size_t size) : size_(size) {
        if (size > kInside) outside_ = std::make_unique<Value[]>(size);
    }
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;

    Value& operator[](Slot slot) noexcept { return begin()[slot]; }
    const Value& operator[](Slot slot) const noexcept { return const_cast<Frame&>(*this)[slot]; }
    std::size_t size() const noexcept { return size_; }

 private:
    static constexpr std::size_t kInside = 12;
    Value* begin() noexcept { return outside_ ? outside_.get() : inside_.data(); }

    std::size_t size_;
    std::array<Value, kInside> inside_;
    std::unique_ptr<Value[]> outside_;
};

class Node;

// A compiled expression. Immutable, cheap to copy, evaluated on several threads at once.
class Expression {
 public:
    Expression(std::shared_ptr<const Node> root, Type type, std::size_t frame_size, std::uint32_t depth);

    // Reads the names' slots of the frame and writes only beyond them.
    Value evaluate(Frame& frame, Evaluation& evaluation) const;
    std::size_t frame_size() const noexcept { return frame_size_; }
    // What is known of its values before it is evaluated; any if nothing is.
    const Type& type() const noexcept { return type_; }
    // The value, if it is the same whatever the names' values are (a literal).
    const Value* constant() const noexcept;
    // Whether it is a name, or a path of members below one, so that it may have any value of its type.
    bool is_reference() const noexcept;

 private:
    std::shared_ptr<const Node> root_;
    Type type_;
    std::size_t frame_size_;
    std::uint32_t depth_;
};

// Unary tests, as in a decision table's cells. Shared and used as Expression.
class UnaryTests {
 public:
    // A test that compares the input with constants alone: a point (then low and high are the same value, and
    // both included), or an interval; an end that isn't there is null and not included. With neither end it
    // is empty, as a range that ends before it begins.
    using Interval = Range;

    struct Compiled;
    explicit UnaryTests(std::shared_ptr<const Compiled> compiled);

    // True only if a test holds; the frame as of Expression.
    bool matches(const Value& input, Frame& frame, Evaluation& evaluation) const;
    std::size_t frame_size() const noexcept;

    // `-`: every input matches, null too.
    bool any() const noexcept;
    // For an index: the tests, if each compares with constants (numbers, strings, booleans, dates, times,
    // durations; null is a point as well) or is a list of them; else empty. An input that is no list matches
    // if it is in one of them or, if negated(), in none of them: as of `contains`, a point as of `equal`.
    // Where those give null, a negated test gives null as well, which doesn't match; null itself equals no
    // other point.
    std::span<const Interval> intervals() const noexcept;
    bool simple() const noexcept { return any() || !intervals().empty(); }
    bool negated() const noexcept;

 private:
    std::shared_ptr<const Compiled> compiled_;
};

Result<Expression> compile_expression(std::string_view source, const Scope& scope, const Limits& limits = {});
// A name that a text uses as a value though nobody declares it, and the text's line.
struct UndeclaredName {
    std::string name;
    std::uint32_t line = 1;
};
// Those of an expression, each once; a fault if it would be none even if they were declared.
Result<std::vector<UndeclaredName>> undeclared_names(std::string_view source, const Scope& scope,
                                                     const Limits& limits = {});
// `input` is the type of `?`, if it is known.
Result<UnaryTests> compile_unary_tests(std::string_view source, const Scope& scope, const Type& input = {},
                                       const Limits& limits = {});
// A type as FEEL writes it: `list<number>`, `context<a: string>`, or a name of the scope.
Result<Type> compile_type(std::string_view source, const Scope& scope, const Limits& limits = {});
// Whether the text is a name of FEEL (as those of DMN's elements must be).
bool is_name(std::string_view text);

}  // namespace rules::feel
