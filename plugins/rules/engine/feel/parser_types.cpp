#include "feel/parser.hpp"

namespace rules::feel {

namespace {

constexpr std::string_view kSimpleTypes[] = {"Any",
                                             "Null",
                                             "boolean",
                                             "number",
                                             "string",
                                             "date",
                                             "time",
                                             "date and time",
                                             "years and months duration",
                                             "days and time duration"};

}  // namespace

Type Parser::parse_type() {
    auto result = type();
    expect_end();
    return result;
}

Type Parser::type() {
    if (++nesting_ > limits_.nesting) fail("the text is nested too deeply");
    Type result;
    if (lexer_.at(token_.end).is_symbol("<")) {
        result = bracketed_type();
    } else {
        result = named_type();
    }
    --nesting_;
    return result;
}

Type Parser::bracketed_type() {
    const bool list = token_.is_word("list");
    const bool range = token_.is_word("range");
    const bool context = token_.is_word("context");
    const bool function = token_.is_word("function");
    // `x instance of number < 3` compares.
    if (!list && !range && !context && !function) return named_type();
    advance();
    advance();
    if (context) return context_type();
    if (function) return function_type();
    auto element = type();
    expect_symbol(">");
    return list ? Type::list(std::move(element)) : Type::range(std::move(element));
}

Type Parser::context_type() {
    std::vector<Type::Member> members;
    if (take_symbol(">")) return Type::Kind::kContext;
    do {
        auto name = name_until("");
        expect_symbol(":");
        members.push_back({std::move(name), type()});
    } while (take_symbol(","));
    expect_symbol(">");
    return Type::context(std::move(members));
}

Type Parser::function_type() {
    std::vector<Type> parameters;
    if (!token_.is_symbol(">")) {
        do {
            parameters.push_back(type());
        } while (take_symbol(","));
    }
    expect_symbol(">");
    expect_symbol("->");
    return Type::function(std::move(parameters), type());
}

Type Parser::named_type() {
    std::size_t end = 0;
    Type found;
    if (token_.kind == TokenKind::kWord) {
        for (const auto& [name, declared] : scope_.types()) {
            const auto here = match_key(name_key(name), token_.begin);
            if (here <= end) continue;
            end = here;
            found = declared;
        }
        for (const auto name : kSimpleTypes) {
            const auto here = match_key(name, token_.begin);
            if (here <= end) continue;
            end = here;
            found = *Type::built_in(name);
        }
        for (const auto name : {"list", "context", "range", "function"}) {
            if (end != 0 || !token_.is_word(name)) continue;
            end = token_.end;
            found = *Type::built_in(name);
        }
    }
    if (end == 0) {
        fail("unknown type `" + std::string(token_.text) + "`");
    } else {
        seek(end);
    }
    return found;
}

}  // namespace rules::feel
