#pragma once

#include "feel/function.hpp"

#include <bitset>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The built-in functions: each has one or several forms, which differ in their parameters.
namespace rules::feel {

// Gets as many values as the form has parameters; one that is optional and wasn't given is null.
using Implementation = Value (*)(std::span<const Value> arguments, Evaluation& evaluation);

struct Form {
    struct Parameter {
        std::string_view name;
        Type::Kind kind = Type::Kind::kAny;
        bool optional = false;  // may be left out
        bool nullable = false;  // may be null
    };
    std::vector<Parameter> parameters;
    // The arguments of the only parameter, if there are any number of them, reach the function as one list.
    bool variadic = false;
    Implementation implementation = nullptr;
};

class BuiltIn final : public Function {
 public:
    // A form is written as `from: string, length?: number`; `?` says that it may be left out, `??` that it
    // may be null too. Of any type, null included, are those without a type. `values...` is any number of
    // them.
    struct Definition {
        std::string_view signature;
        Implementation implementation;
    };
    BuiltIn(std::string_view name, Type result, std::vector<Definition> definitions);

    Value invoke(std::span<const Value> arguments, Evaluation& evaluation) const override;
    Value invoke_named(NamedArguments arguments, Evaluation& evaluation) const override;
    bool takes(std::size_t count) const noexcept override { return form_for(count) != nullptr; }
    Type result_type() const override { return result_; }

    std::string_view name() const noexcept { return name_; }
    // Whether equal arguments give equal results always.
    bool pure() const noexcept { return name_ != "now" && name_ != "today"; }

 private:
    const Form* form_for(std::size_t count) const noexcept;
    using Given = std::bitset<4>;  // which of a form's parameters
    Value run(const Form& form, std::span<const Value> arguments, Given given, Evaluation& evaluation) const;

    std::string_view name_;
    Type result_;
    std::vector<Form> forms_;
};

using BuiltIns = std::vector<std::shared_ptr<const BuiltIn>>;

// All whose name begins with this word.
std::span<const std::shared_ptr<const BuiltIn>> built_ins_beginning_with(std::string_view word);

// Each adds those of its part of section 10.3.4.
void add_conversions(BuiltIns& functions);
void add_string_functions(BuiltIns& functions);
void add_list_functions(BuiltIns& functions);
void add_number_functions(BuiltIns& functions);
void add_statistics(BuiltIns& functions);
void add_range_functions(BuiltIns& functions);
void add_temporal_functions(BuiltIns& functions);
void add_context_functions(BuiltIns& functions);

// For the tables of these parts.
void add(BuiltIns& functions, std::string_view name, Type result,
         std::vector<BuiltIn::Definition> definitions);

}  // namespace rules::feel
