// Names, paths and calls.
#include "feel/built_in.hpp"
#include "feel/characters.hpp"
#include "feel/parser.hpp"

#include <algorithm>

namespace rules::feel {

namespace {

// Steps that a call of constants may take while it is compiled.
constexpr std::uint64_t kFoldingSteps = 1000;

bool starts_name(std::string_view text) noexcept {
    std::size_t at = 0;
    return !text.empty() && is_name_start(next_code_point(text, at));
}

// Words that end a name whose parts nobody declared.
bool is_operator_word(std::string_view word) noexcept {
    static constexpr std::string_view kWords[] = {"and",  "or",   "between", "in",        "instance",
                                                  "then", "else", "return",  "satisfies", "of"};
    return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

bool may_have_any_member(const Type& type) noexcept {
    return type.is_any() || (type.kind() == Type::Kind::kContext && type.members().empty());
}

// Of the contexts whose members a path reads: of a list's items, too.
const Type& owner_of(const Type& type) noexcept {
    return type.kind() == Type::Kind::kList ? owner_of(type.element()) : type;
}

Type as_lists(const Type& source, const Type& member) {
    return source.kind() == Type::Kind::kList ? Type::list(as_lists(source.element(), member)) : member;
}

const BuiltIn* built_in_of(const Node& node) noexcept {
    const auto* constant = node.constant();
    if (constant == nullptr || !constant->is_function()) return nullptr;
    return dynamic_cast<const BuiltIn*>(&constant->as_function());
}

// The result of a built-in for constants, as of date("2024-02-29"); null if it is to be asked each time.
Value folded(const Node& function, const Nodes& arguments) {
    const auto* built_in = built_in_of(function);
    if (built_in == nullptr || !built_in->pure()) return {};
    std::vector<Value> values;
    for (const auto& argument : arguments) {
        if (argument->constant() == nullptr) return {};
        values.push_back(*argument->constant());
    }
    Limits limits;
    limits.steps = kFoldingSteps;
    limits.bytes = 1U << 16;
    Evaluation evaluation(limits);
    auto result = built_in->invoke(values, evaluation);
    return evaluation.exceeded() ? Value() : result;
}

}  // namespace

std::size_t Parser::match_key(std::string_view key, std::size_t position) const {
    for (std::size_t begin = 0; begin <= key.size();) {
        const auto end = std::min(key.find(' ', begin), key.size());
        const auto part = lexer_.name_part_at(position);
        if (part.text.empty() || part.text != key.substr(begin, end - begin)) return 0;
        position = part.end;
        begin = end + 1;
    }
    return position;
}

void Parser::match_local(std::size_t index, Match& best) const {
    const auto& local = locals_[index];
    for (std::size_t member = 0; member < local.member_keys.size(); ++member) {
        const auto end = match_key(local.member_keys[member], token_.begin);
        if (end > best.end) best = {Found::kMember, end, index, member, nullptr};
    }
    if (local.key.empty()) return;
    const auto end = match_key(local.key, token_.begin);
    if (end > best.end) best = {Found::kLocal, end, index, 0, nullptr};
}

// The longest name that stands here; of two alike the inner one.
Parser::Match Parser::find_name() const {
    Match best;
    for (auto i = locals_.size(); i-- > 0;)
        match_local(i, best);
    const auto names = scope_.names();
    for (auto i = names.size(); i-- > 0;) {
        if (!names[i].key.starts_with(token_.text)) continue;
        const auto end = match_key(names[i].key, token_.begin);
        if (end > best.end) best = {Found::kScope, end, i, 0, nullptr};
    }
    for (const auto& function : built_ins_beginning_with(token_.text)) {
        const auto end = match_key(function->name(), token_.begin);
        if (end > best.end) best = {Found::kBuiltIn, end, 0, 0, function};
    }
    return best;
}

Parser::Typed Parser::name() {
    const auto match = find_name();
    if (match.found == Found::kNothing) return unknown_name();
    auto items = items_within(match);
    auto found = resolved(match);
    // An item may have a member of this name, which only its value tells.
    if (!items.empty()) {
        const auto text = lexer_.source().substr(token_.begin, match.end - token_.begin);
        found = typed(make_item_name(std::move(items), std::string(text), std::move(found.node)), {},
                      found.depth);
    }
    seek(match.end);
    return found;
}

Parser::Typed Parser::resolved(const Match& match) {
    switch (match.found) {
        case Found::kLocal:
            return slot_of_local(match.index);
        case Found::kMember: {
            const auto member = locals_[match.index].type.members()[match.member];
            auto item = slot_of_local(match.index);
            return typed(make_path(std::move(item.node), member.name), member.type, item.depth);
        }
        case Found::kScope:
            return {make_slot(captured(static_cast<Slot>(match.index), 0)), scope_.names()[match.index].type,
                    1};
        case Found::kBuiltIn:
            return {make_constant(Value::function(match.built_in)),
                    Type::function({}, match.built_in->result_type()), 1};
        case Found::kNothing:
            break;
    }
    return fail("the name is unknown");
}

Parser::Typed Parser::unknown_name() {
    auto items = items_within({});
    if (!items.empty()) return typed(make_item_name(std::move(items), words(), nullptr), {}, 1);
    if (undeclared_ != nullptr) return undeclared_name();
    return fail("unknown name `" + std::string(token_.text) + "`");
}

// Any value may have been meant, but no function.
Parser::Typed Parser::undeclared_name() {
    const auto begin = token_;
    auto name = words();
    if (token_.is_symbol("(")) {
        fail_at(begin.begin, "unknown name `" + std::string(begin.text) + "`");
        return {make_constant({}), {}, 1};
    }
    const bool known = std::any_of(undeclared_->begin(), undeclared_->end(),
                                   [&](const UndeclaredName& other) { return other.name == name; });
    if (!known) undeclared_->push_back({std::move(name), line_of(begin.begin)});
    return {make_constant({}), {}, 1};
}

// Slots of the items whose members come before what was found: of those within it, if they may have any
// member; of all if nothing was found.
std::vector<Slot> Parser::items_within(const Match& match) {
    const bool nothing = match.found == Found::kNothing;
    const bool local = match.found == Found::kLocal || match.found == Found::kMember;
    std::vector<Slot> slots;
    for (auto i = locals_.size(); i-- > (local ? match.index + 1 : 0);) {
        const auto& item = locals_[i];
        if (!item.key.empty()) continue;
        if (may_have_any_member(item.type) || (nothing && item.type.kind() == Type::Kind::kContext))
            slots.push_back(captured(item.slot, item.level));
    }
    return slots;
}

Parser::Typed Parser::slot_of_local(std::size_t index) {
    if (index == input_) input_used_ = true;
    const auto& local = locals_[index];
    return {make_slot(captured(local.slot, local.level)), local.type, 1};
}

// The slot, in the innermost function, of what lives in a function around it.
Slot Parser::captured(Slot slot, std::size_t from_level) {
    for (auto level = from_level + 1; level < levels_.size(); ++level) {
        auto& [next_slot, captures] = levels_[level];
        const auto known =
            std::find_if(captures.begin(), captures.end(),
                         [&](const Lambda::Capture& capture) { return capture.outer == slot; });
        if (known == captures.end()) {
            captures.push_back({slot, next_slot});
            slot = next_slot++;
        } else {
            slot = known->inner;
        }
    }
    return slot;
}

Parser::Typed Parser::member_of(Typed source, std::string name, const Type* type) {
    auto result = type == nullptr ? Type() : as_lists(source.type, *type);
    const auto depth = source.depth;
    return typed(make_path(std::move(source.node), std::move(name)), std::move(result), depth);
}

Parser::Typed Parser::path(Typed source) {
    if (token_.kind != TokenKind::kWord) return fail("a name should follow `.`");
    const Type::Member* best = nullptr;
    std::size_t best_end = 0;
    const auto owner = owner_of(source.type);
    for (const auto& member : owner.members()) {
        const auto end = match_key(name_key(member.name), token_.begin);
        if (end <= best_end) continue;
        best = &member;
        best_end = end;
    }
    if (best == nullptr) return member_of(std::move(source), words(), nullptr);
    seek(best_end);
    return member_of(std::move(source), best->name, &best->type);
}

std::string Parser::words() {
    std::string result(token_.text);
    advance();
    while (token_.kind == TokenKind::kWord && !is_operator_word(token_.text)) {
        result.append(" ").append(token_.text);
        advance();
    }
    return result;
}

std::string Parser::name_until(std::string_view word) {
    std::string result;
    auto end = token_.begin;
    for (auto part = lexer_.name_part_at(end); !part.text.empty(); part = lexer_.name_part_at(end)) {
        if (result.empty() && !starts_name(part.text)) break;
        if (!result.empty() && part.text == word) break;
        if (!result.empty() && part.begin != end) result += ' ';
        result += part.text;
        end = part.end;
    }
    if (result.empty()) fail("a name is missing");
    seek(end);
    return result;
}

bool Parser::at_named_argument() const {
    if (token_.kind != TokenKind::kWord) return false;
    auto end = token_.end;
    for (auto part = lexer_.name_part_at(end); !part.text.empty(); part = lexer_.name_part_at(end))
        end = part.end;
    return lexer_.at(end).is_symbol(":");
}

Parser::Typed Parser::call(Typed function) {
    const bool named = at_named_argument();
    std::vector<std::string> names;
    Nodes arguments;
    auto depth = function.depth;
    if (!token_.is_symbol(")")) {
        do {
            if (named) {
                names.push_back(name_until(""));
                expect_symbol(":");
            }
            auto argument = expression();
            depth = std::max(depth, argument.depth);
            arguments.push_back(std::move(argument.node));
        } while (take_symbol(","));
    }
    expect_symbol(")");
    if (!named) return call_of(std::move(function), std::move(arguments), depth);
    auto type = function.type.result();
    return typed(make_named_call(std::move(function.node), std::move(names), std::move(arguments)),
                 std::move(type), depth);
}

Parser::Typed Parser::call_of(Typed function, Nodes arguments, std::uint32_t depth) {
    if (auto value = folded(*function.node, arguments); !value.is_null()) {
        auto type = type_of(value);
        return {make_constant(std::move(value)), std::move(type), 1};
    }
    auto type = function.type.result();
    return typed(make_call(std::move(function.node), std::move(arguments)), std::move(type), depth);
}

}  // namespace rules::feel
