#pragma once

#include "feel/value.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rules::feel {

// What a value must fulfil beyond its type (allowed values, of an item definition).
class Constraint {
 public:
    virtual ~Constraint() = default;
    virtual bool allows(const Value& value, Evaluation& evaluation) const = 0;
};

// A type of FEEL. Immutable, cheap to copy, shared by threads.
class Type {
 public:
    enum class Kind : std::uint8_t {
        kAny,
        kNull,
        kBoolean,
        kNumber,
        kString,
        kDate,
        kTime,
        kDateTime,
        kYearsMonths,
        kDaysTime,
        kRange,
        kList,
        kContext,
        kFunction,
    };
    struct Member;

    Type() noexcept = default;  // any
    Type(Kind kind);            // NOLINT(google-explicit-constructor)
    static Type list(Type element);
    static Type range(Type element);
    static Type context(std::vector<Member> members);
    static Type function(std::vector<Type> parameters, Type result);
    // `base` under a name (as `tLoan`) and, if it isn't null, a constraint.
    static Type named(Type base, std::string name, std::shared_ptr<const Constraint> constraint);
    // A type of the language by its name (`number`, `date and time`, `Any`, …); nullopt if there is none.
    static std::optional<Type> built_in(std::string_view name);

    Kind kind() const noexcept;
    bool is_any() const noexcept { return kind() == Kind::kAny; }
    // Of a list or range: its items' or ends' type; any otherwise.
    const Type& element() const noexcept;
    std::span<const Member> members() const noexcept;
    // Null pointer if there is no such member.
    const Type* member(std::string_view name) const noexcept;
    std::span<const Type> parameters() const noexcept;
    const Type& result() const noexcept;
    const std::string& name() const noexcept;  // empty if it has none
    const Constraint* constraint() const noexcept;
    // Of a named type the one that it names, whose constraint counts as well; any otherwise.
    const Type& base() const noexcept;
    // As FEEL writes it: `list<number>`, or the name.
    std::string to_string() const;

    // DMN 1.5, table 50: whether each value of this type is also one of the other. Without constraints.
    bool conforms_to(const Type& other) const;
    // `instance of`, with constraints. Null is an instance of Null and of Any only.
    bool accepts(const Value& value, Evaluation& evaluation) const;

 private:
    struct Node;
    explicit Type(std::shared_ptr<const Node> node) noexcept : node_(std::move(node)) {}
    const Node& node() const noexcept;

    std::shared_ptr<const Node> node_;  // null: any
};

struct Type::Member {
    std::string name;
    Type type;
};

// The type that a value has: of a list the type of its items if they have one, of a context its members'.
Type type_of(const Value& value);

// A value where a type is expected (arguments, inputs, results): as it is if the type accepts it, or after
// one of the implicit conversions (a list of one to its item, a value to a list of it, a date to a date and
// time); null with a note otherwise. Null stays null.
Value coerce(const Value& value, const Type& type, Evaluation& evaluation);

}  // namespace rules::feel
