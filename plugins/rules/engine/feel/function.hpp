#pragma once

#include "feel/type.hpp"
#include "feel/value.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rules::feel {

struct Parameter {
    std::string name;
    Type type;
};

using NamedArguments = std::span<const std::pair<std::string, Value>>;

// A function as a value: a lambda, a built-in, or one of the caller's own. Immutable; called on several
// threads at once.
class Function : public std::enable_shared_from_this<Function> {
 public:
    Function() = default;
    Function(const Function&) = delete;
    Function& operator=(const Function&) = delete;
    virtual ~Function() = default;

    // By position. Null with a note if the number or the types of the arguments don't fit.
    virtual Value invoke(std::span<const Value> arguments, Evaluation& evaluation) const = 0;
    // By name. The usual way puts them into the order of the parameters; those that aren't given are null.
    virtual Value invoke_named(NamedArguments arguments, Evaluation& evaluation) const;

    // Empty where they are not known (a built-in with several forms).
    virtual std::span<const Parameter> parameters() const noexcept { return {}; }
    // Whether it can be called with so many arguments.
    virtual bool takes(std::size_t count) const noexcept { return count == parameters().size(); }
    virtual Type result_type() const { return {}; }

    // What its captured values amount to, as of Object.
    virtual std::uint32_t depth() const noexcept { return 1; }
    virtual std::uint64_t weight() const noexcept { return 1; }
};

// Calls a value that should be a function; null with a note if it is none.
Value invoke(const Value& function, std::span<const Value> arguments, Evaluation& evaluation);
Value invoke(const Value& function, NamedArguments arguments, Evaluation& evaluation);

// A built-in function of DMN 1.5 by its name (`string length`), or null.
Value built_in_function(std::string_view name);

}  // namespace rules::feel
