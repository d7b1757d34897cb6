#include "feel/function.hpp"

#include "feel/evaluation.hpp"

#include <algorithm>

namespace rules::feel {

Value Function::invoke_named(NamedArguments arguments, Evaluation& evaluation) const {
    const auto wanted = parameters();
    std::vector<Value> ordered(wanted.size());
    for (const auto& argument : arguments) {
        const auto parameter = std::find_if(
            wanted.begin(), wanted.end(), [&](const Parameter& each) { return each.name == argument.first; });
        if (parameter == wanted.end())
            return evaluation.null("the function has no parameter `" + argument.first + "`");
        ordered[static_cast<std::size_t>(parameter - wanted.begin())] = argument.second;
    }
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
