#include "feel/parser.hpp"

#include "feel/characters.hpp"

#include <algorithm>

namespace rules::feel {

namespace {

// Chains such as `a + b + c + …` grow to the left without brackets, and are evaluated by recursion too.
constexpr std::uint32_t kMaxDepth = 1000;

std::uint32_t deeper(const Parser::Typed& left, const Parser::Typed& right) noexcept {
    return std::max(left.depth, right.depth);
}

bool is_known(const Type& type, Type::Kind kind) noexcept {
    return type.kind() == kind;
}

// Where both operands' types are known, so is that of what is made of numbers or strings.
Type result_of(const Type& left, const Type& right) {
    const bool same = left.kind() == right.kind();
    if (same && (is_known(left, Type::Kind::kNumber) || is_known(left, Type::Kind::kString)))
        return Type(left.kind());
    return {};
}

}  // namespace

Parser::Parser(std::string_view source, const Scope& scope, const Limits& limits)
    : lexer_(source), scope_(scope), limits_(limits) {
    levels_.push_back({scope.size(), {}});
    if (source.size() > limits.source_bytes) {
        fail_at(0, "the text is too long");
    } else if (!is_utf8(source)) {
        fail_at(0, "the text is not UTF-8");
    } else {
        seek(0);
    }
}

Parser::Typed Parser::parse_expression() {
    auto result = expression();
    expect_end();
    return result;
}

Parser::Typed Parser::expression() {
    if (++nesting_ > limits_.nesting) return fail("the text is nested too deeply");
    auto result = junction("or");
    --nesting_;
    return result;
}

// `or` of `and`s, or `and` of comparisons: of any number, in one node.
Parser::Typed Parser::junction(std::string_view word) {
    const bool disjunction = word == "or";
    auto first = disjunction ? junction("and") : comparison();
    if (!token_.is_word(word)) return first;
    auto depth = first.depth;
    Nodes operands;
    operands.push_back(std::move(first.node));
    while (take_word(word)) {
        auto next = disjunction ? junction("and") : comparison();
        depth = std::max(depth, next.depth);
        operands.push_back(std::move(next.node));
    }
    auto node = disjunction ? make_disjunction(std::move(operands)) : make_conjunction(std::move(operands));
    return typed(std::move(node), Type::Kind::kBoolean, depth);
}

Parser::Typed Parser::comparison() {
    auto left = additive();
    while (true) {
        if (take_word("between")) {
            left = between(std::move(left));
        } else if (take_word("in")) {
            left = in(std::move(left));
        } else if (const auto operation = take_comparison()) {
            auto right = additive();
            const auto depth = deeper(left, right);
            left = typed(make_comparison(*operation, std::move(left.node), std::move(right.node)),
                         Type::Kind::kBoolean, depth);
        } else {
            return left;
        }
    }
}

Parser::Typed Parser::between(Typed value) {
    auto low = additive();
    expect_word("and");
    auto high = additive();
    const auto depth = std::max(value.depth, deeper(low, high));
    return typed(make_between(std::move(value.node), std::move(low.node), std::move(high.node)),
                 Type::Kind::kBoolean, depth);
}

Parser::Typed Parser::in(Typed value) {
    auto depth = value.depth;
    auto tests = in_tests(depth);
    return typed(make_in(std::move(value.node), std::move(tests)), Type::Kind::kBoolean, depth);
}

Parser::Typed Parser::binary(Arithmetic operation, Typed left, Typed right) {
    auto type = result_of(left.type, right.type);
    const auto depth = deeper(left, right);
    return typed(make_arithmetic(operation, std::move(left.node), std::move(right.node)), std::move(type),
                 depth);
}

Parser::Typed Parser::additive() {
    auto left = multiplicative();
    while (true) {
        if (take_symbol("+")) {
            left = binary(Arithmetic::kAdd, std::move(left), multiplicative());
        } else if (take_symbol("-")) {
            left = binary(Arithmetic::kSubtract, std::move(left), multiplicative());
        } else {
            return left;
        }
    }
}

Parser::Typed Parser::multiplicative() {
    auto left = power();
    while (true) {
        if (take_symbol("*")) {
            left = binary(Arithmetic::kMultiply, std::move(left), power());
        } else if (take_symbol("/")) {
            left = binary(Arithmetic::kDivide, std::move(left), power());
        } else {
            return left;
        }
    }
}

Parser::Typed Parser::power() {
    auto left = unary();
    while (take_symbol("**"))
        left = binary(Arithmetic::kPower, std::move(left), unary());
    return left;
}

Parser::Typed Parser::unary() {
    if (!take_symbol("-")) return postfix(primary());
    // A sign belongs to the number that it stands before.
    if (token_.kind == TokenKind::kNumber) {
        auto number = primary();
        return postfix({make_negation(std::move(number.node)), std::move(number.type), 1});
    }
    if (++nesting_ > limits_.nesting) return fail("the text is nested too deeply");
    auto operand = unary();
    --nesting_;
    auto type = operand.type;
    const auto depth = operand.depth;
    return typed(make_negation(std::move(operand.node)), std::move(type), depth);
}

Parser::Typed Parser::postfix(Typed value) {
    while (true) {
        if (take_symbol(".")) {
            value = path(std::move(value));
        } else if (token_.is_symbol("[") && starts_expression(lexer_.at(token_.end))) {
            advance();
            value = filter(std::move(value));
        } else if (take_symbol("(")) {
            value = call(std::move(value));
        } else if (token_.is_word("instance") && lexer_.at(token_.end).is_word("of")) {
            advance();
            advance();
            value = instance_of(std::move(value));
        } else {
            return value;
        }
    }
}

Parser::Typed Parser::instance_of(Typed value) {
    const auto name = token_;
    auto wanted = type();
    // DMN 1.5, table 61: a type that needs parameters and has none is no type.
    for (const auto bare : {"list", "context", "range", "function"}) {
        if (name.is_word(bare) && token_.begin == lexer_.at(name.end).begin)
            return {make_null("a type is given without its parameters"), Type::Kind::kBoolean, 1};
    }
    const auto depth = value.depth;
    return typed(make_instance_of(std::move(value.node), std::move(wanted)), Type::Kind::kBoolean, depth);
}

std::optional<Comparison> Parser::take_comparison() {
    if (token_.kind != TokenKind::kSymbol) return std::nullopt;
    if (take_symbol("=")) return Comparison::kEqual;
    if (take_symbol("!=")) return Comparison::kNotEqual;
    if (take_symbol("<=")) return Comparison::kLessOrEqual;
    if (take_symbol("<")) return Comparison::kLess;
    if (take_symbol(">=")) return Comparison::kGreaterOrEqual;
    if (take_symbol(">")) return Comparison::kGreater;
    return std::nullopt;
}

void Parser::seek(std::size_t position) {
    if (fault_) return;
    token_ = lexer_.at(position);
    if (token_.kind == TokenKind::kFault) fail_at(token_.begin, std::string(token_.text));
}

bool Parser::take_symbol(std::string_view symbol) {
    if (!token_.is_symbol(symbol)) return false;
    advance();
    return true;
}

bool Parser::take_word(std::string_view word) {
    if (!token_.is_word(word)) return false;
    advance();
    return true;
}

void Parser::expect_symbol(std::string_view symbol) {
    if (!take_symbol(symbol)) fail("expected `" + std::string(symbol) + "`");
}

void Parser::expect_word(std::string_view word) {
    if (!take_word(word)) fail("expected `" + std::string(word) + "`");
}

void Parser::expect_end() {
    if (token_.kind != TokenKind::kEnd) fail("the text should end here");
}

// A `[` after a value begins a filter, unless it ends a range as in `[1..10[`.
bool Parser::starts_expression(const Token& token) const {
    static constexpr std::string_view kOperators[] = {"and",  "or",   "between", "in",       "instance",
                                                      "then", "else", "return",  "satisfies"};
    if (token.kind == TokenKind::kEnd || token.kind == TokenKind::kFault) return false;
    if (token.kind == TokenKind::kWord)
        return std::find(std::begin(kOperators), std::end(kOperators), token.text) == std::end(kOperators);
    if (token.kind != TokenKind::kSymbol) return true;
    if (token.text == "]") return only_starts_expression(lexer_.at(token.end));
    return token.text == "(" || token.text == "[" || token.text == "{" || token.text == "-" ||
           token.text == "@";
}

// Whether it can't go on with an expression that has ended; so that a `]` before it begins a range.
bool Parser::only_starts_expression(const Token& token) const {
    static constexpr std::string_view kBoth[] = {"(", "[", "]", "-"};
    const bool both = token.kind == TokenKind::kSymbol &&
                      std::find(std::begin(kBoth), std::end(kBoth), token.text) != std::end(kBoth);
    return !both && starts_expression(token);
}

Parser::Typed Parser::fail(std::string reason) {
    fail_at(token_.begin, std::move(reason));
    return {make_constant({}), {}, 1};
}

void Parser::fail_at(std::size_t position, std::string reason) {
    if (!fault_) {
        const auto before = lexer_.source().substr(0, position);
        const auto line = before.rfind('\n');
        const auto begin = line == std::string_view::npos ? 0 : line + 1;
        fault_ =
            Fault{position, line_of(position),
                  static_cast<std::uint32_t>(code_point_count(before.substr(begin)) + 1), std::move(reason)};
    }
    token_ = {TokenKind::kEnd, lexer_.source().size(), lexer_.source().size(), {}, {}, {}};
}

std::uint32_t Parser::line_of(std::size_t position) const {
    const auto before = lexer_.source().substr(0, position);
    return static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1);
}

Parser::Typed Parser::typed(NodePtr node, Type type, std::uint32_t deepest_part) {
    if (deepest_part >= kMaxDepth) return fail("the text has too many operators in a chain");
    return {std::move(node), std::move(type), deepest_part + 1};
}

}  // namespace rules::feel
