#include "feel/function.hpp"

#include "feel/evaluation.hpp"

namespace rules::feel {

Value Function::invoke_named(NamedArguments arguments, Evaluation& evaluation) const {
    const auto wanted = parameters();
    std::vector<Value> ordered;
    ordered.reserve(wanted.size());
    for (const auto& parameter : wanted) {
        for (const auto& [name, value] : arguments) {
            if (name != parameter.name) continue;
            ordered.push_back(value);
            break;
        }
    }
    if (ordered.size() != wanted.size() || arguments.size() != wanted.size())
        return evaluation.null("the named arguments are not the function's parameters");
    return invoke(ordered, evaluation);
}

Value invoke(const Value& function, std::span<const Value> arguments, Evaluation& evaluation) {
    if (!function.is_function()) return evaluation.null("what is called is no function");
    return function.as_function().invoke(arguments, evaluation);
}

Value invoke(const Value& function, NamedArguments arguments, Evaluation& evaluation) {
    if (!function.is_function()) return evaluation.null("what is called is no function");
    return function.as_function().invoke_named(arguments, evaluation);
}

}  // namespace rules::feel
