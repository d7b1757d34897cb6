// Unary tests, and what stands right of `in`.
#include "feel/parser.hpp"

#include <algorithm>

namespace rules::feel {

Parser::Tests Parser::parse_unary_tests(const Type& input) {
    Tests tests;
    input_ = locals_.size();
    tests.input = declare("?", input);
    if (token_.is_symbol("-") && lexer_.at(token_.end).kind == TokenKind::kEnd) {
        tests.any = true;
        return tests;
    }
    if (!negated_tests(tests)) positive_tests(tests.tests, tests.depth);
    expect_end();
    return tests;
}

// `not(…)`, if it is the whole text; else it is the function, in an expression.
bool Parser::negated_tests(Tests& tests) {
    if (!token_.is_word("not") || !lexer_.at(token_.end).is_symbol("(")) return false;
    const auto begin = token_.begin;
    advance();
    advance();
    Tests read;
    positive_tests(read.tests, read.depth);
    const bool whole = !fault_ && take_symbol(")") && token_.kind == TokenKind::kEnd;
    if (whole) {
        tests.tests = std::move(read.tests);
        tests.depth = read.depth;
        tests.negated = true;
        return true;
    }
    fault_.reset();
    nesting_ = 0;
    seek(begin);
    return false;
}

void Parser::positive_tests(std::vector<Test>& tests, std::uint32_t& depth) {
    do {
        tests.push_back(positive_test(depth));
    } while (take_symbol(","));
}

Test Parser::positive_test(std::uint32_t& depth) {
    Test test;
    const bool used_before = std::exchange(input_used_, false);
    const auto comparison = take_comparison();
    auto value = comparison ? additive() : expression();
    test.compares = comparison.has_value();
    test.comparison = comparison.value_or(Comparison::kEqual);
    test.uses_input = std::exchange(input_used_, used_before || input_used_);
    test.node = std::move(value.node);
    depth = std::max(depth, value.depth);
    return test;
}

// A test, or several in brackets. What begins with a bracket may as well be an expression or a range.
std::vector<Test> Parser::in_tests(std::uint32_t& depth) {
    std::vector<Test> tests;
    const auto single = [&](Typed value) {
        depth = std::max(depth, value.depth);
        Test test;
        test.node = std::move(value.node);
        tests.push_back(std::move(test));
    };
    if (!token_.is_symbol("(")) {
        const auto comparison = take_comparison();
        single(additive());
        tests.back().compares = comparison.has_value();
        tests.back().comparison = comparison.value_or(Comparison::kEqual);
        return tests;
    }
    advance();
    auto first = positive_test(depth);
    if (!first.compares && take_symbol("..")) {
        single(range_after({std::move(first.node), {}, depth}, false));
        return tests;
    }
    tests.push_back(std::move(first));
    if (take_symbol(",")) positive_tests(tests, depth);
    expect_symbol(")");
    return tests;
}

}  // namespace rules::feel
