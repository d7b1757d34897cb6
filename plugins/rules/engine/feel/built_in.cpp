#include "feel/built_in.hpp"

#include "feel/evaluation.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace rules::feel {

namespace {

constexpr std::size_t kMaxParameters = 4;
constexpr std::bitset<kMaxParameters> kAllGiven = 0b1111;

std::string_view trimmed(std::string_view text) noexcept {
    while (text.starts_with(' '))
        text.remove_prefix(1);
    return text;
}

Form::Parameter parse_parameter(std::string_view text) {
    Form::Parameter parameter;
    const auto colon = text.find(':');
    parameter.name = text.substr(0, colon);
    if (parameter.name.ends_with("??")) parameter.nullable = true;
    while (parameter.name.ends_with('?')) {
        parameter.optional = true;
        parameter.name.remove_suffix(1);
    }
    if (colon == std::string_view::npos) {
        parameter.nullable = true;
    } else {
        parameter.kind = Type::built_in(trimmed(text.substr(colon + 1)))->kind();
    }
    return parameter;
}

Form parse_form(const BuiltIn::Definition& definition) {
    Form form;
    form.implementation = definition.implementation;
    auto rest = definition.signature;
    while (!rest.empty()) {
        const auto comma = std::min(rest.find(','), rest.size());
        auto text = rest.substr(0, comma);
        if (text.ends_with("...")) {
            form.variadic = true;
            text.remove_suffix(3);
        }
        form.parameters.push_back(parse_parameter(text));
        if (form.variadic) form.parameters.back().kind = Type::Kind::kList;
        rest = trimmed(rest.substr(std::min(comma + 1, rest.size())));
    }
    return form;
}

std::size_t required(const Form& form) noexcept {
    return static_cast<std::size_t>(
        std::count_if(form.parameters.begin(), form.parameters.end(),
                      [](const Form::Parameter& parameter) { return !parameter.optional; }));
}

// An argument as the parameter wants it: a list's only item, or a value as a list. Null if it doesn't fit.
Value fitted(const Value& argument, Type::Kind kind, Evaluation& evaluation) {
    return kind == Type::Kind::kAny ? argument : coerce(argument, Type(kind), evaluation);
}

// A list of null alone is converted to null, as any list of one to its item (10.3.2.9.4), where that is
// wanted.
bool only_null(const Value& argument, Type::Kind wanted) noexcept {
    return wanted != Type::Kind::kAny && wanted != Type::Kind::kList && argument.is_list() &&
           argument.as_list().size() == 1 && argument.as_list()[0].is_null();
}

struct Index {
    BuiltIns all;
    std::unordered_map<std::string_view, BuiltIns> by_word;
    std::unordered_map<std::string_view, std::shared_ptr<const BuiltIn>> by_name;
};

const Index& index() {
    static const Index made = [] {
        Index result;
        add_conversions(result.all);
        add_string_functions(result.all);
        add_list_functions(result.all);
        add_number_functions(result.all);
        add_statistics(result.all);
        add_range_functions(result.all);
        add_temporal_functions(result.all);
        add_context_functions(result.all);
        for (const auto& function : result.all) {
            const auto name = function->name();
            result.by_word[name.substr(0, name.find(' '))].push_back(function);
            result.by_name.emplace(name, function);
        }
        return result;
    }();
    return made;
}

}  // namespace

BuiltIn::BuiltIn(std::string_view name, Type result, std::vector<Definition> definitions)
    : name_(name), result_(std::move(result)) {
    for (const auto& definition : definitions)
        forms_.push_back(parse_form(definition));
}

const Form* BuiltIn::form_for(std::size_t count) const noexcept {
    for (const auto& form : forms_) {
        if (form.variadic ? count >= form.parameters.size()
                          : count >= required(form) && count <= form.parameters.size())
            return &form;
    }
    return nullptr;
}

Value BuiltIn::run(const Form& form, std::span<const Value> arguments, Given given,
                   Evaluation& evaluation) const {
    std::array<Value, kMaxParameters> fitting;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto& parameter = form.parameters[i];
        if (!given[i]) continue;
        if (parameter.nullable && only_null(arguments[i], parameter.kind)) continue;
        if (arguments[i].is_null()) {
            if (parameter.nullable) continue;
            return evaluation.null(std::string(name_) + "(): `" + std::string(parameter.name) + "` is null");
        }
        fitting[i] = fitted(arguments[i], parameter.kind, evaluation);
        if (fitting[i].is_null())
            return evaluation.null(std::string(name_) + "(): `" + std::string(parameter.name) +
                                   "` is of another type");
    }
    // Lists pay as they are walked; a text is walked by everything that takes it.
    for (const auto& argument : fitting) {
        if (argument.is_string() && !evaluation.step(argument.weight())) return {};
    }
    return form.implementation({fitting.data(), form.parameters.size()}, evaluation);
}

Value BuiltIn::invoke(std::span<const Value> arguments, Evaluation& evaluation) const {
    const auto* form = form_for(arguments.size());
    if (form == nullptr) return evaluation.null(std::string(name_) + "() has no form with so many arguments");
    if (!form->variadic) return run(*form, arguments, kAllGiven, evaluation);
    // The last parameter takes all that is left.
    const auto fixed = form->parameters.size() - 1;
    std::array<Value, kMaxParameters> gathered;
    std::copy_n(arguments.begin(), fixed, gathered.begin());
    gathered[fixed] =
        evaluation.list({arguments.begin() + static_cast<std::ptrdiff_t>(fixed), arguments.end()});
    if (gathered[fixed].is_null()) return {};
    return run(*form, {gathered.data(), fixed + 1}, kAllGiven, evaluation);
}

Value BuiltIn::invoke_named(NamedArguments arguments, Evaluation& evaluation) const {
    for (const auto& form : forms_) {
        if (arguments.size() > form.parameters.size()) continue;
        std::array<Value, kMaxParameters> ordered;
        Given given;
        bool complete = true;
        for (std::size_t i = 0; i < form.parameters.size(); ++i) {
            const auto argument = std::find_if(arguments.begin(), arguments.end(), [&](const auto& each) {
                return each.first == form.parameters[i].name;
            });
            if (argument == arguments.end()) {
                complete = complete && form.parameters[i].optional;
            } else {
                ordered[i] = argument->second;
                given.set(i);
            }
        }
        if (complete && given.count() == arguments.size())
            return run(form, {ordered.data(), form.parameters.size()}, given, evaluation);
    }
    return evaluation.null(std::string(name_) + "() has no form with these parameters");
}

void add(BuiltIns& functions, std::string_view name, Type result,
         std::vector<BuiltIn::Definition> definitions) {
    functions.push_back(std::make_shared<const BuiltIn>(name, std::move(result), std::move(definitions)));
}

std::span<const std::shared_ptr<const BuiltIn>> built_ins_beginning_with(std::string_view word) {
    const auto found = index().by_word.find(word);
    if (found == index().by_word.end()) return {};
    return found->second;
}

Value built_in_function(std::string_view name) {
    const auto found = index().by_name.find(name);
    return found == index().by_name.end() ? Value() : Value::function(found->second);
}

}  // namespace rules::feel
