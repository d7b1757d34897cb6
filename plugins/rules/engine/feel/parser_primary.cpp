// Literals, brackets, contexts and conditions.
#include "feel/characters.hpp"
#include "feel/parser.hpp"
#include "feel/temporal_literal.hpp"

#include <algorithm>
#include <array>

namespace rules::feel {

namespace {

Parser::Typed constant(Value value) {
    auto type = type_of(value);
    return {make_constant(std::move(value)), std::move(type), 1};
}

// The type of all items, if it is one.
Type joined(const Type& left, const Type& right) {
    if (left.conforms_to(right)) return right;
    return right.conforms_to(left) ? left : Type();
}

}  // namespace

Parser::Typed Parser::primary() {
    switch (token_.kind) {
        case TokenKind::kNumber: {
            auto result = constant(Value::number(token_.number));
            advance();
            return result;
        }
        case TokenKind::kString: {
            auto result = constant(Value::string(token_.string));
            advance();
            return result;
        }
        case TokenKind::kWord:
            return word();
        case TokenKind::kSymbol:
            break;
        case TokenKind::kEnd:
        case TokenKind::kFault:
            return fail("an expression is missing");
    }
    if (take_symbol("(")) return parenthesis();
    if (take_symbol("[")) return bracket();
    if (take_symbol("]")) return reversed_bracket();
    if (take_symbol("{")) return context();
    if (take_symbol("@")) return at_literal();
    return fail("an expression is missing");
}

Parser::Typed Parser::word() {
    static constexpr std::array<std::string_view, 8> kKeywords = {"if",       "for",  "some",  "every",
                                                                  "function", "true", "false", "null"};
    if (std::find(kKeywords.begin(), kKeywords.end(), token_.text) == kKeywords.end()) return name();
    // A name may begin with a keyword, and then is longer than it.
    if (find_name().end > token_.end) return name();
    if (take_word("if")) return if_expression();
    if (take_word("for")) return for_expression();
    if (take_word("some")) return quantified(Quantifier::kSome);
    if (take_word("every")) return quantified(Quantifier::kEvery);
    if (take_word("function")) return function_definition();
    if (take_word("true")) return constant(Value::boolean(true));
    if (take_word("false")) return constant(Value::boolean(false));
    advance();
    return {make_constant({}), Type::Kind::kNull, 1};
}

Parser::Typed Parser::at_literal() {
    if (token_.kind != TokenKind::kString) return fail("a text should follow `@`");
    auto value = parse_temporal(token_.string);
    auto result = value.is_null() ? Typed{make_null("the text after `@` is no date, time or duration"), {}, 1}
                                  : constant(std::move(value));
    advance();
    return result;
}

Parser::Typed Parser::comparison_range() {
    const auto comparison = take_comparison();
    auto end = additive();
    auto type = Type::range(end.type);
    const auto depth = end.depth;
    return typed(make_comparison_range(*comparison, std::move(end.node)), std::move(type), depth);
}

// An expression, or a comparison as `< 5`, which is a range.
Parser::Typed Parser::element() {
    for (const auto symbol : {"=", "!=", "<", "<=", ">", ">="}) {
        if (token_.is_symbol(symbol)) return comparison_range();
    }
    return expression();
}

Parser::Typed Parser::parenthesis() {
    if (take_symbol("..")) return range_after({}, false);
    auto inner = element();
    if (take_symbol("..")) return range_after(std::move(inner), false);
    expect_symbol(")");
    return inner;
}

Parser::Typed Parser::bracket() {
    // `[]` is the empty list, but `[]1..2[]` has a range in it.
    if (token_.is_symbol("]") && !only_starts_expression(lexer_.at(token_.end))) {
        advance();
        return constant(Value::list({}));
    }
    auto first = element();
    if (take_symbol("..")) return range_after(std::move(first), true);
    return list_after(std::move(first));
}

// `]1..5]`, where the low end isn't in.
Parser::Typed Parser::reversed_bracket() {
    auto low = expression();
    expect_symbol("..");
    return range_after(std::move(low), false);
}

Parser::Typed Parser::range_after(Typed low, bool low_included) {
    Typed high;
    // An end that isn't there can't be included.
    const bool endless =
        token_.is_symbol(")") || (token_.is_symbol("[") && !starts_expression(lexer_.at(token_.end)));
    if (!endless || low.node == nullptr) high = expression();
    const bool high_included = take_symbol("]");
    if (!high_included && !take_symbol(")") && !take_symbol("[")) return fail("expected the end of a range");
    auto type = Type::range(joined(low.type, high.type));
    const auto depth = std::max(low.depth, high.depth);
    return typed(make_range(std::move(low.node), std::move(high.node), low_included, high_included),
                 std::move(type), depth);
}

Parser::Typed Parser::list_after(Typed first) {
    auto type = first.type;
    auto depth = first.depth;
    Nodes items;
    items.push_back(std::move(first.node));
    while (take_symbol(",")) {
        auto item = element();
        type = joined(type, item.type);
        depth = std::max(depth, item.depth);
        items.push_back(std::move(item.node));
    }
    expect_symbol("]");
    return typed(make_list(std::move(items)), Type::list(std::move(type)), depth);
}

std::string Parser::context_key() {
    if (token_.kind != TokenKind::kString) return name_until("");
    auto key = token_.string;
    advance();
    return key;
}

Parser::Typed Parser::context() {
    const auto outer = locals_.size();
    std::vector<Entry> entries;
    std::vector<Type::Member> members;
    std::uint32_t depth = 1;
    bool repeated = false;
    if (!token_.is_symbol("}")) {
        do {
            auto key = context_key();
            expect_symbol(":");
            auto value = expression();
            if (fault_) return value;
            repeated = repeated || std::any_of(entries.begin(), entries.end(),
                                               [&](const Entry& entry) { return entry.name == key; });
            depth = std::max(depth, value.depth);
            const auto slot = declare(key, value.type);
            members.push_back({key, std::move(value.type)});
            entries.push_back({std::move(key), slot, std::move(value.node)});
        } while (take_symbol(","));
    }
    expect_symbol("}");
    forget(outer);
    if (repeated) return {make_null("a context has two entries of one name"), {}, 1};
    return typed(make_context(std::move(entries)), Type::context(std::move(members)), depth);
}

Parser::Typed Parser::if_expression() {
    auto condition = expression();
    expect_word("then");
    auto then = expression();
    expect_word("else");
    auto otherwise = expression();
    auto type = joined(then.type, otherwise.type);
    const auto depth = std::max({condition.depth, then.depth, otherwise.depth});
    return typed(make_if(std::move(condition.node), std::move(then.node), std::move(otherwise.node)),
                 std::move(type), depth);
}

}  // namespace rules::feel
