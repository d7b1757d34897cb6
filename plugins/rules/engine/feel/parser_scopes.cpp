// What declares names of its own: loops, filters, functions.
#include "feel/parser.hpp"

#include <algorithm>

namespace rules::feel {

namespace {

// What one walks over, when it is written after `in`.
Type item_type(const Type& domain) {
    switch (domain.kind()) {
        case Type::Kind::kList:
        case Type::Kind::kRange:
            return domain.element();
        default:
            return domain;
    }
}

}  // namespace

Slot Parser::declare(std::string_view name, Type type) {
    const auto slot = new_slot();
    locals_.push_back({name_key(name), std::move(type), slot, levels_.size() - 1, {}});
    return slot;
}

Slot Parser::declare_item(Type type) {
    const auto slot = declare("item", type);
    Local item{{}, std::move(type), slot, levels_.size() - 1, {}};
    for (const auto& member : item.type.members())
        item.member_keys.push_back(name_key(member.name));
    locals_.push_back(std::move(item));
    return slot;
}

Iterator Parser::iterator(std::uint32_t& depth) {
    const auto name = name_until("in");
    expect_word("in");
    auto domain = expression();
    depth = std::max(depth, domain.depth);
    Iterator result;
    result.domain = std::move(domain.node);
    auto type = item_type(domain.type);
    if (take_symbol("..")) {
        auto last = expression();
        depth = std::max(depth, last.depth);
        result.last = std::move(last.node);
        type = domain.type;
    }
    result.slot = declare(name, std::move(type));
    return result;
}

std::vector<Iterator> Parser::iterators(std::uint32_t& depth) {
    std::vector<Iterator> result;
    do {
        result.push_back(iterator(depth));
    } while (take_symbol(","));
    return result;
}

Parser::Typed Parser::for_expression() {
    const auto outer = locals_.size();
    std::uint32_t depth = 1;
    auto walked = iterators(depth);
    expect_word("return");
    const auto partial = declare("partial", Type::Kind::kList);
    const auto begin = token_.begin;
    auto result = expression();
    // Making the list so far for each round is worth it only if the text names it.
    const auto text = lexer_.source().substr(begin, token_.begin - begin);
    const bool reads_partial = text.find("partial") != std::string_view::npos;
    forget(outer);
    depth = std::max(depth, result.depth) + static_cast<std::uint32_t>(walked.size());
    auto type = Type::list(std::move(result.type));
    return typed(make_for(std::move(walked), std::move(result.node),
                          reads_partial ? std::optional(partial) : std::nullopt),
                 std::move(type), depth);
}

Parser::Typed Parser::quantified(Quantifier quantifier) {
    const auto outer = locals_.size();
    std::uint32_t depth = 1;
    auto walked = iterators(depth);
    expect_word("satisfies");
    auto condition = expression();
    forget(outer);
    depth = std::max(depth, condition.depth) + static_cast<std::uint32_t>(walked.size());
    return typed(make_quantified(quantifier, std::move(walked), std::move(condition.node)),
                 Type::Kind::kBoolean, depth);
}

Parser::Typed Parser::filter(Typed source) {
    const auto outer = locals_.size();
    const auto item = declare_item(item_type(source.type));
    auto condition = expression();
    expect_symbol("]");
    forget(outer);
    const auto depth = std::max(source.depth, condition.depth);
    const bool by_index = condition.type.kind() == Type::Kind::kNumber;
    auto element = item_type(source.type);
    auto type = by_index ? std::move(element) : Type();
    if (condition.type.kind() == Type::Kind::kBoolean) type = Type::list(std::move(element));
    return typed(make_filter(std::move(source.node), std::move(condition.node), item), std::move(type),
                 depth);
}

std::vector<Parameter> Parser::parameters() {
    std::vector<Parameter> result;
    if (take_symbol(")")) return result;
    do {
        Parameter parameter;
        parameter.name = name_until("");
        if (take_symbol(":")) parameter.type = type();
        declare(parameter.name, parameter.type);
        result.push_back(std::move(parameter));
    } while (take_symbol(","));
    expect_symbol(")");
    return result;
}

Parser::Typed Parser::function_definition() {
    expect_symbol("(");
    const auto outer = locals_.size();
    levels_.emplace_back();
    Lambda lambda;
    lambda.parameters = parameters();
    if (token_.is_word("external")) return fail("functions of Java and PMML are not supported");
    auto body = expression();
    forget(outer);
    lambda.body = std::move(body.node);
    lambda.result = body.type;
    lambda.captures = std::move(levels_.back().captures);
    lambda.frame_size = levels_.back().next_slot;
    lambda.depth = body.depth;
    levels_.pop_back();
    std::vector<Type> types;
    for (const auto& parameter : lambda.parameters)
        types.push_back(parameter.type);
    auto type = Type::function(std::move(types), std::move(body.type));
    return typed(make_lambda(std::move(lambda)), std::move(type), 1);
}

}  // namespace rules::feel
