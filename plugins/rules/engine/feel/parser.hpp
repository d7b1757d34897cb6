#pragma once

#include "feel/compile.hpp"
#include "feel/lexer.hpp"
#include "feel/node.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rules::feel {

class BuiltIn;

// Recursive descent over the grammar of DMN 1.5, section 10.3.1.2, which makes nodes at once: names can't be
// told apart without knowing which there are. After the first fault every token is the end, so that all
// returns quickly.
class Parser {
 public:
    Parser(std::string_view source, const Scope& scope, const Limits& limits);

    // A node with what is known of its values, and how deep its tree is.
    struct Typed {
        NodePtr node;
        Type type;
        std::uint32_t depth = 1;
    };
    struct Tests {
        bool any = false;
        bool negated = false;
        std::vector<Test> tests;
        Slot input = 0;
        std::uint32_t depth = 1;
    };

    // Each reads the whole text. What it gives counts only if there is no fault.
    Typed parse_expression();
    Tests parse_unary_tests(const Type& input);
    Type parse_type();

    // From now on a name that nobody declared is no fault, and goes into `names`.
    void collect_undeclared(std::vector<UndeclaredName>& names) noexcept { undeclared_ = &names; }

    const std::optional<Fault>& fault() const noexcept { return fault_; }
    std::size_t frame_size() const noexcept { return levels_.front().next_slot; }

 private:
    // A name that the text declares; or the item of a filter, whose members are names.
    struct Local {
        std::string key;  // empty of an item
        Type type;
        Slot slot = 0;
        std::size_t level = 0;
        std::vector<std::string> member_keys;  // of an item whose type is known
    };
    // A function's body, whose frame is its own. The first is the whole text.
    struct Level {
        Slot next_slot = 0;
        std::vector<Lambda::Capture> captures;
    };
    enum class Found : std::uint8_t { kNothing, kLocal, kMember, kScope, kBuiltIn };
    struct Match {
        Found found = Found::kNothing;
        std::size_t end = 0;
        std::size_t index = 0;   // of the local or the scope's name
        std::size_t member = 0;  // of the item's type
        std::shared_ptr<const BuiltIn> built_in;
    };

    // parser.cpp: operators.
    Typed expression();
    Typed junction(std::string_view word);
    Typed conjunction();
    Typed comparison();
    Typed compared(Typed left);
    Typed between(Typed value);
    Typed in(Typed value);
    Typed additive();
    Typed multiplicative();
    Typed power();
    Typed unary();
    Typed postfix(Typed value);
    Typed instance_of(Typed value);
    Typed binary(Arithmetic operation, Typed left, Typed right);

    // parser_primary.cpp: what operators stand between.
    Typed primary();
    Typed word();
    Typed at_literal();
    Typed parenthesis();
    Typed bracket();
    Typed reversed_bracket();
    Typed range_after(Typed low, bool low_included);
    Typed element();
    Typed list_after(Typed first);
    Typed context();
    std::string context_key();
    Typed if_expression();
    Typed comparison_range();

    // parser_scopes.cpp: what declares names.
    Typed for_expression();
    Typed quantified(Quantifier quantifier);
    std::vector<Iterator> iterators(std::uint32_t& depth);
    Iterator iterator(std::uint32_t& depth);
    Typed filter(Typed source);
    Typed function_definition();
    std::vector<Parameter> parameters();

    // parser_names.cpp: names, paths and calls.
    Typed name();
    Match find_name() const;
    void match_local(std::size_t index, Match& best) const;
    std::size_t match_key(std::string_view key, std::size_t position) const;
    Typed resolved(const Match& match);
    Typed unknown_name();
    Typed undeclared_name();
    Typed slot_of_local(std::size_t index);
    std::vector<Slot> items_within(const Match& match);
    Slot captured(Slot slot, std::size_t from_level);
    Typed path(Typed source);
    Typed member_of(Typed source, std::string name, const Type* type);
    Typed call(Typed function);
    Typed call_of(Typed function, Nodes arguments, std::uint32_t depth);
    bool at_named_argument() const;
    // A name that is declared here, up to what can't be part of it or to a word that ends it.
    std::string name_until(std::string_view word);
    // A name that nobody declared: words that stand together.
    std::string words();

    // parser_types.cpp
    Type type();
    Type bracketed_type();
    Type context_type();
    Type function_type();
    Type named_type();

    // parser_tests.cpp
    bool negated_tests(Tests& tests);
    void positive_tests(std::vector<Test>& tests, std::uint32_t& depth);
    Test positive_test(std::uint32_t& depth);
    std::vector<Test> in_tests(std::uint32_t& depth);

    // Names and slots.
    Slot new_slot() { return levels_.back().next_slot++; }
    Slot declare(std::string_view name, Type type);
    Slot declare_item(Type type);
    void forget(std::size_t locals) { locals_.resize(locals); }

    // Tokens.
    void advance() { seek(token_.end); }
    void seek(std::size_t position);
    bool take_symbol(std::string_view symbol);
    bool take_word(std::string_view word);
    void expect_symbol(std::string_view symbol);
    void expect_word(std::string_view word);
    void expect_end();
    bool starts_expression(const Token& token) const;
    bool only_starts_expression(const Token& token) const;
    std::optional<Comparison> take_comparison();

    Typed fail(std::string reason);
    void fail_at(std::size_t position, std::string reason);
    std::uint32_t line_of(std::size_t position) const;
    Typed typed(NodePtr node, Type type, std::uint32_t deepest_part);

    Lexer lexer_;
    const Scope& scope_;
    Limits limits_;
    Token token_;
    std::optional<Fault> fault_;
    std::vector<Local> locals_;
    std::vector<Level> levels_;
    std::optional<std::size_t> input_;  // the local that is `?`
    bool input_used_ = false;
    std::vector<UndeclaredName>* undeclared_ = nullptr;
    std::uint32_t nesting_ = 0;
};

}  // namespace rules::feel
