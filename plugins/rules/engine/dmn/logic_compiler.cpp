#include "dmn/logic_compiler.hpp"

#include "dmn/boxed.hpp"
#include "dmn/table_compiler.hpp"
#include "dmn/xml.hpp"

#include <algorithm>
#include <utility>

namespace rules::dmn {
namespace {

// Names for values between two steps, that no text of a model sees.
constexpr std::string_view kFiltered = "filtered list";
constexpr std::string_view kWalked = "walked list";

// Whether a body can see the results so far. Only of a text can it be known that it does not.
bool mentions_partial(const ExpressionPtr& body) {
    if (!body) return false;
    const auto* literal = std::get_if<LiteralExpression>(&body->body);
    return literal == nullptr || literal->text.text.find("partial") != std::string::npos;
}

}  // namespace

CompiledLogic LogicCompiler::compile(const ExpressionPtr& expression) {
    return expression ? compile(*expression) : faulty("an expression is missing");
}

CompiledLogic LogicCompiler::compile(const Expression& expression) {
    const feel::Slot names = scope_.size();
    deepest_ = std::max(deepest_, ++depth_);
    CompiledLogic compiled =
        std::visit([&](const auto& body) { return compile_body(body, expression); }, expression.body);
    --depth_;
    scope_.truncate(names);
    const feel::Type type = types_.resolve(expression.type, expression, texts_);
    if (type.is_any() && type.constraint() == nullptr) return compiled;
    return {std::make_shared<TypedLogic>(std::move(compiled.logic), type), type};
}

CompiledLogic LogicCompiler::compile_body(const LiteralExpression& literal, const Expression& /*owner*/) {
    auto expression = texts_.expression(literal.text, scope_);
    if (!expression) return faulty("the expression could not be compiled");
    reserve(expression->frame_size());
    feel::Type type = expression->type();
    return {std::make_shared<LiteralLogic>(*std::move(expression)), std::move(type)};
}

CompiledLogic LogicCompiler::compile_body(const BoxedContext& context, const Expression& owner) {
    const feel::Slot first = scope_.size();
    std::vector<ContextLogic::Entry> entries;
    std::vector<std::string> names;
    std::vector<feel::Type::Member> members;
    CompiledLogic result;
    for (const ContextEntry& entry : context.entries) {
        CompiledLogic value = compile(entry.value);
        if (!entry.variable) {
            if (&entry != &context.entries.back())
                return fault(owner, "misplaced_result",
                             "Only the last entry of a context is without a name.");
            result = std::move(value);
            continue;
        }
        const std::string& name = entry.variable->name;
        if (std::find(names.begin(), names.end(), name) != names.end())
            return fault(*entry.variable, "duplicate_name", "The context has two entries '" + name + "'.");
        feel::Type declared = type_of(*entry.variable);
        const feel::Type& known = declared.is_any() ? value.type : declared;
        declare(*entry.variable, known);
        names.push_back(name);
        members.push_back({name, known});
        entries.push_back({std::move(value.logic), std::move(declared)});
    }
    feel::Type type = result.logic ? result.type : feel::Type::context(std::move(members));
    auto shape = std::make_shared<const feel::Shape>(std::move(names));
    return {std::make_shared<ContextLogic>(first, std::move(entries), std::move(shape), result.logic),
            std::move(type)};
}

CompiledLogic LogicCompiler::compile_body(const BoxedInvocation& invocation, const Expression& /*owner*/) {
    CompiledLogic called = compile(invocation.called);
    check_bindings(invocation);
    std::vector<InvocationLogic::Argument> arguments;
    for (const Binding& binding : invocation.bindings)
        arguments.emplace_back(binding.parameter.name,
                               binding.value ? compile(*binding.value).logic : faulty("no argument").logic);
    feel::Type type = called.type.kind() == feel::Type::Kind::kFunction ? called.type.result() : feel::Type();
    return {std::make_shared<InvocationLogic>(std::move(called.logic), std::move(arguments)),
            std::move(type)};
}

void LogicCompiler::check_bindings(const BoxedInvocation& invocation) {
    const auto* parameters = parameters_of(invocation.called);
    if (parameters == nullptr) return;
    for (const Binding& binding : invocation.bindings) {
        const std::string& name = binding.parameter.name;
        if (std::none_of(parameters->begin(), parameters->end(),
                         [&](const feel::Parameter& parameter) { return parameter.name == name; }))
            texts_.fault(binding.parameter, "unknown_parameter",
                         "What is invoked has no parameter '" + name + "'.");
    }
}

const std::vector<feel::Parameter>* LogicCompiler::parameters_of(const ExpressionPtr& called) const {
    const auto* literal = called ? std::get_if<LiteralExpression>(&called->body) : nullptr;
    if (literal == nullptr) return nullptr;
    const std::string name = xml_name(literal->text.text);
    const auto found = callables_.parameters.find(name);
    if (found == callables_.parameters.end()) return nullptr;
    // A name of the logic's own may hide it.
    auto slot = scope_.find(name);
    if (!slot) slot = scope_.find(name.substr(0, name.find('.')));
    return slot && *slot < callables_.end ? found->second : nullptr;
}

CompiledLogic LogicCompiler::compile_body(const Relation& relation, const Expression& /*owner*/) {
    std::vector<std::string> names;
    std::vector<feel::Type> types;
    std::vector<feel::Type::Member> members;
    for (const InformationItem& column : relation.columns) {
        names.push_back(column.name);
        types.push_back(type_of(column));
        members.push_back({column.name, types.back()});
    }
    const auto shape = std::make_shared<const feel::Shape>(std::move(names));
    std::vector<LogicPtr> rows;
    for (const auto& row : relation.rows) {
        std::vector<LogicPtr> cells;
        for (std::size_t i = 0; i < row.size(); ++i)
            cells.push_back(std::make_shared<TypedLogic>(compile(row[i]).logic, types[i]));
        rows.push_back(std::make_shared<RowLogic>(shape, std::move(cells)));
    }
    return {std::make_shared<ListLogic>(std::move(rows)),
            feel::Type::list(feel::Type::context(std::move(members)))};
}

CompiledLogic LogicCompiler::compile_body(const BoxedList& list, const Expression& /*owner*/) {
    std::vector<LogicPtr> items;
    for (const ExpressionPtr& item : list.items)
        items.push_back(compile(item).logic);
    return {std::make_shared<ListLogic>(std::move(items)), feel::Type::list({})};
}

CompiledLogic LogicCompiler::compile_body(const FunctionDefinition& function, const Expression& owner) {
    if (function.kind != FunctionKind::kFeel)
        return fault(owner, "external_function",
                     "Functions in Java or PMML can't be run here: write the function in FEEL.");
    auto definition = std::make_shared<FunctionLogic::Definition>();
    definition->captured = scope_.size();
    texts_.check_parameters(function.parameters);
    std::vector<feel::Type> parameters;
    for (const InformationItem& parameter : function.parameters) {
        parameters.push_back(type_of(parameter));
        definition->parameters.push_back({parameter.name, parameters.back()});
        declare(parameter, parameters.back());
    }
    LogicCompiler inner(scope_, types_, texts_, limits_, callables_);
    CompiledLogic body = inner.compile(function.body);
    definition->body = std::move(body.logic);
    definition->result = body.type;
    definition->frame_size = inner.frame_size();
    definition->depth = inner.depth();
    deepest_ = std::max(deepest_, depth_ + inner.depth());
    return {std::make_shared<FunctionLogic>(std::move(definition)),
            feel::Type::function(std::move(parameters), body.type)};
}

CompiledLogic LogicCompiler::compile_body(const Conditional& conditional, const Expression& /*owner*/) {
    LogicPtr condition = compile(conditional.condition).logic;
    CompiledLogic then = compile(conditional.then);
    CompiledLogic otherwise = compile(conditional.otherwise);
    const bool same = then.type.conforms_to(otherwise.type) && otherwise.type.conforms_to(then.type);
    return {std::make_shared<ConditionalLogic>(std::move(condition), std::move(then.logic),
                                               std::move(otherwise.logic)),
            same ? then.type : feel::Type()};
}

CompiledLogic LogicCompiler::compile_body(const Iterator& iterator, const Expression& /*owner*/) {
    const feel::Slot variable = scope_.size();
    LogicPtr in;
    const auto items = compile_items(iterator.in, in);
    scope_.truncate(variable);
    if (!items) return faulty("what is iterated over could not be compiled");

    declare(iterator.variable, items->type().element());
    if (iterator.kind == IteratorKind::kFor) declare("partial", feel::Type::list({}));
    CompiledLogic body = compile(iterator.body);
    const bool is_for = iterator.kind == IteratorKind::kFor;
    return {std::make_shared<IteratorLogic>(iterator.kind, variable, std::move(in), *items,
                                            std::move(body.logic), is_for && mentions_partial(iterator.body)),
            is_for ? feel::Type::list(body.type) : feel::Type(feel::Type::Kind::kBoolean)};
}

// FEEL says what can be walked: lists, ranges, single values; of a text, which may be `1..3`, or of the value
// of another boxed expression, which is left in the slot of the variable.
std::optional<feel::Expression> LogicCompiler::compile_items(const ExpressionPtr& in, LogicPtr& boxed) {
    if (!in) return std::nullopt;
    const auto* literal = std::get_if<LiteralExpression>(&in->body);
    std::optional<feel::Expression> items;
    if (literal != nullptr && in->type.empty()) {
        items = texts_.around("for each in ", literal->text, "\nreturn each", scope_);
    } else {
        CompiledLogic value = compile(*in);
        boxed = std::move(value.logic);
        declare(kWalked, value.type);
        items = texts_.around("for each in ", {*in, std::string(kWalked), "feel"}, " return each", scope_);
    }
    if (items) reserve(items->frame_size());
    return items;
}

CompiledLogic LogicCompiler::compile_body(const Filter& filter, const Expression& /*owner*/) {
    CompiledLogic in = compile(filter.in);
    const auto* literal = filter.match ? std::get_if<LiteralExpression>(&filter.match->body) : nullptr;
    if (literal == nullptr) return boxed_filter(filter, std::move(in));
    const feel::Slot slot = declare(kFiltered, in.type);
    // The line break ends a comment that the text may end with.
    auto filtered = texts_.around(std::string(kFiltered) + "[", literal->text, "\n]", scope_);
    if (!filtered) return faulty("the filter could not be compiled");
    reserve(filtered->frame_size());
    feel::Type type = filtered->type();
    return {std::make_shared<FilterLogic>(slot, std::move(in.logic), *std::move(filtered)), std::move(type)};
}

CompiledLogic LogicCompiler::boxed_filter(const Filter& filter, CompiledLogic in) {
    const feel::Type& item_type = in.type.element();
    const feel::Slot item = declare("item", item_type);
    std::vector<std::string> members;
    for (const feel::Type::Member& member : item_type.members()) {
        members.push_back(member.name);
        declare(member.name, member.type);
    }
    LogicPtr match = compile(filter.match).logic;
    return {
        std::make_shared<BoxedFilterLogic>(item, std::move(members), std::move(in.logic), std::move(match)),
        in.type};
}

CompiledLogic LogicCompiler::compile_body(const DecisionTable& table, const Expression& owner) {
    return TableCompiler(*this).compile(table, owner);
}

CompiledLogic LogicCompiler::faulty(std::string reason) const {
    return {std::make_shared<FaultyLogic>(std::move(reason)), {}};
}

CompiledLogic LogicCompiler::fault(const Element& element, const char* code, std::string reason) {
    texts_.fault(element, code, reason);
    return faulty(std::move(reason));
}

feel::Type LogicCompiler::type_of(const InformationItem& item) const {
    return types_.resolve(item.type, item, texts_);
}

feel::Slot LogicCompiler::declare(std::string_view name, feel::Type type) {
    const feel::Slot slot = scope_.declare(name, std::move(type));
    reserve(scope_.size());
    return slot;
}

feel::Slot LogicCompiler::declare(const InformationItem& item, feel::Type type) {
    texts_.check_name(item);
    return declare(item.name, std::move(type));
}

void LogicCompiler::reserve(std::size_t size) {
    frame_size_ = std::max(frame_size_, size);
}

}  // namespace rules::dmn
