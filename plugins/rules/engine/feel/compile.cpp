#include "feel/compile.hpp"

#include "feel/characters.hpp"
#include "feel/lexer.hpp"
#include "feel/node.hpp"
#include "feel/parser.hpp"

#include <algorithm>

namespace rules::feel {

namespace {

// A value that a test is equal to, or null.
bool is_point(const Value& value) noexcept {
    switch (value.kind()) {
        case Value::Kind::kRange:
        case Value::Kind::kList:
        case Value::Kind::kContext:
        case Value::Kind::kFunction:
            return false;
        default:
            return true;
    }
}

std::optional<UnaryTests::Interval> interval_of(Comparison comparison, const Value& end) {
    switch (comparison) {
        case Comparison::kEqual:
            return Range{end, end, true, true};
        case Comparison::kLess:
            return Range{{}, end, false, false};
        case Comparison::kLessOrEqual:
            return Range{{}, end, false, true};
        case Comparison::kGreater:
            return Range{end, {}, false, false};
        case Comparison::kGreaterOrEqual:
            return Range{end, {}, true, false};
        case Comparison::kNotEqual:
            break;
    }
    return std::nullopt;
}

// Where a value is that is equal to the constant or in it.
std::optional<UnaryTests::Interval> interval_of(const Value& constant) {
    if (constant.is_range() && !constant.as_range().null_end) return constant.as_range();
    if (is_point(constant)) return Range{constant, constant, true, true};
    return std::nullopt;
}

std::optional<UnaryTests::Interval> interval_of(const Test& test) {
    if (test.node->is_fault() && !test.compares) return Range{{}, {}, false, false};
    const auto* constant = test.node->constant();
    if (constant == nullptr) return std::nullopt;
    if (!test.compares) return interval_of(*constant);
    const bool ordered = is_point(*constant) && !constant->is_null();
    return ordered ? interval_of(test.comparison, *constant) : std::nullopt;
}

// A list's items are as good as tests of their own, unless they are negated: what equals none of them is not
// in the list, even if it can't be compared with them.
std::span<const Value> items_of(const Test& test, bool negated) {
    const auto* constant = test.node->constant();
    const bool list = constant != nullptr && constant->is_list() && !test.compares && !negated;
    return list ? constant->as_list() : std::span<const Value>();
}

// All tests as intervals, or none.
std::vector<UnaryTests::Interval> intervals_of(std::span<const Test> tests, bool negated) {
    std::vector<UnaryTests::Interval> intervals;
    const auto add = [&](std::optional<UnaryTests::Interval> interval) {
        if (interval) intervals.push_back(*std::move(interval));
        return interval.has_value();
    };
    for (const auto& test : tests) {
        const auto items = items_of(test, negated);
        const bool all = items.empty() ? add(interval_of(test))
                                       : std::all_of(items.begin(), items.end(), [&](const Value& item) {
                                             return add(interval_of(item));
                                         });
        if (!all) return {};
    }
    return intervals;
}

}  // namespace

struct UnaryTests::Compiled {
    Parser::Tests tests;
    std::vector<Interval> intervals;
    std::size_t frame_size = 0;
};

Expression::Expression(std::shared_ptr<const Node> root, Type type, std::size_t frame_size,
                       std::uint32_t depth)
    : root_(std::move(root)), type_(std::move(type)), frame_size_(frame_size), depth_(depth) {}

Value Expression::evaluate(Frame& frame, Evaluation& evaluation) const {
    if (!evaluation.enter(depth_)) return {};
    auto result = root_->evaluate(frame, evaluation);
    evaluation.leave(depth_);
    return evaluation.exceeded() ? Value() : result;
}

const Value* Expression::constant() const noexcept {
    return root_->constant();
}

bool Expression::is_reference() const noexcept {
    return root_->is_reference();
}

UnaryTests::UnaryTests(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

bool UnaryTests::matches(const Value& input, Frame& frame, Evaluation& evaluation) const {
    const auto& tests = compiled_->tests;
    if (tests.any) return true;
    if (!evaluation.enter(tests.depth)) return false;
    frame[tests.input] = input;
    const auto truth = any_holds(tests.tests, input, frame, evaluation);
    evaluation.leave(tests.depth);
    if (evaluation.exceeded()) return false;
    return (tests.negated ? feel::negated(truth) : truth) == Truth::kTrue;
}

std::size_t UnaryTests::frame_size() const noexcept {
    return compiled_->frame_size;
}

bool UnaryTests::any() const noexcept {
    return compiled_->tests.any;
}

std::span<const UnaryTests::Interval> UnaryTests::intervals() const noexcept {
    return compiled_->intervals;
}

bool UnaryTests::negated() const noexcept {
    return compiled_->tests.negated;
}

Result<Expression> compile_expression(std::string_view source, const Scope& scope, const Limits& limits) {
    Parser parser(source, scope, limits);
    auto root = parser.parse_expression();
    if (parser.fault()) return *parser.fault();
    return Expression(std::move(root.node), std::move(root.type), parser.frame_size(), root.depth);
}

Result<std::vector<UndeclaredName>> undeclared_names(std::string_view source, const Scope& scope,
                                                     const Limits& limits) {
    std::vector<UndeclaredName> names;
    Parser parser(source, scope, limits);
    parser.collect_undeclared(names);
    parser.parse_expression();
    if (parser.fault()) return *parser.fault();
    return names;
}

Result<UnaryTests> compile_unary_tests(std::string_view source, const Scope& scope, const Type& input,
                                       const Limits& limits) {
    Parser parser(source, scope, limits);
    auto compiled = std::make_shared<UnaryTests::Compiled>();
    compiled->tests = parser.parse_unary_tests(input);
    if (parser.fault()) return *parser.fault();
    compiled->intervals = intervals_of(compiled->tests.tests, compiled->tests.negated);
    compiled->frame_size = parser.frame_size();
    return UnaryTests(std::move(compiled));
}

Result<Type> compile_type(std::string_view source, const Scope& scope, const Limits& limits) {
    Parser parser(source, scope, limits);
    auto type = parser.parse_type();
    if (parser.fault()) return *parser.fault();
    return type;
}

bool is_name(std::string_view text) {
    if (!is_utf8(text)) return false;
    const Lexer lexer(text);
    std::size_t begin = 0;
    if (text.empty() || !is_name_start(next_code_point(text, begin))) return false;
    std::size_t at = 0;
    for (auto part = lexer.name_part_at(at); !part.text.empty(); part = lexer.name_part_at(at))
        at = part.end;
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                       [](char c) { return c == ' '; });
}

}  // namespace rules::feel
