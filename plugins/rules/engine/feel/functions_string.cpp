// DMN 1.5, section 10.3.4.3: strings, by code points.
#include "feel/built_in.hpp"
#include "feel/characters.hpp"
#include "feel/evaluation.hpp"
#include "feel/regex.hpp"

#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>

namespace rules::feel {

namespace {

using Arguments = std::span<const Value>;

Value string_length(Arguments arguments, Evaluation&) {
    return Value::number(static_cast<std::int64_t>(code_point_count(arguments[0].as_string())));
}

// The first code point, counted from 0, of a part that begins at a place from 1 on, or from the end if it is
// negative.
std::optional<std::size_t> first_of(std::int64_t start, std::size_t count) noexcept {
    const auto size = static_cast<std::int64_t>(count);
    if (start == 0 || start > size || start < -size) return std::nullopt;
    return static_cast<std::size_t>(start > 0 ? start - 1 : size + start);
}

Value substring(Arguments arguments, Evaluation& evaluation) {
    const auto text = arguments[0].as_string();
    const auto count = code_point_count(text);
    const auto start = arguments[1].as_number().truncated();
    const auto first = start ? first_of(*start, count) : std::nullopt;
    if (!first) return evaluation.null("substring(): the start position is outside of the string");
    auto length = count - *first;
    if (!arguments[2].is_null()) {
        const auto wanted = arguments[2].as_number().truncated();
        if (!wanted || *wanted < 1) return evaluation.null("substring(): the length is less than 1");
        length = std::min(length, static_cast<std::size_t>(*wanted));
    }
    const auto rest = text.substr(byte_of_code_point(text, *first));
    return evaluation.string(rest.substr(0, byte_of_code_point(rest, length)));
}

bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string with_ascii_case(std::string_view text, char first, char last) {
    std::string result(text);
    for (char& c : result) {
        if (c >= first && c <= last) c = static_cast<char>(c ^ 0x20);
    }
    return result;
}

icu::UnicodeString unicode(std::string_view text) {
    return icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
}

Value upper_case(Arguments arguments, Evaluation& evaluation) {
    const auto text = arguments[0].as_string();
    if (is_ascii(text)) return evaluation.string(with_ascii_case(text, 'a', 'z'));
    std::string result;
    return evaluation.string(unicode(text).toUpper(icu::Locale::getRoot()).toUTF8String(result));
}

Value lower_case(Arguments arguments, Evaluation& evaluation) {
    const auto text = arguments[0].as_string();
    if (is_ascii(text)) return evaluation.string(with_ascii_case(text, 'A', 'Z'));
    std::string result;
    return evaluation.string(unicode(text).toLower(icu::Locale::getRoot()).toUTF8String(result));
}

// Looking for a text may compare it at each place.
bool pay_for_search(Arguments arguments, Evaluation& evaluation) {
    return evaluation.step(arguments[0].weight() * arguments[1].weight());
}

Value substring_before(Arguments arguments, Evaluation& evaluation) {
    if (!pay_for_search(arguments, evaluation)) return {};
    const auto text = arguments[0].as_string();
    const auto at = text.find(arguments[1].as_string());
    return evaluation.string(at == std::string_view::npos ? std::string_view() : text.substr(0, at));
}

Value substring_after(Arguments arguments, Evaluation& evaluation) {
    if (!pay_for_search(arguments, evaluation)) return {};
    const auto text = arguments[0].as_string();
    const auto match = arguments[1].as_string();
    const auto at = text.find(match);
    return evaluation.string(at == std::string_view::npos ? std::string_view()
                                                          : text.substr(at + match.size()));
}

Value contains_text(Arguments arguments, Evaluation& evaluation) {
    if (!pay_for_search(arguments, evaluation)) return {};
    return Value::boolean(arguments[0].as_string().find(arguments[1].as_string()) != std::string_view::npos);
}

Value starts_with(Arguments arguments, Evaluation&) {
    return Value::boolean(arguments[0].as_string().starts_with(arguments[1].as_string()));
}

Value ends_with(Arguments arguments, Evaluation&) {
    return Value::boolean(arguments[0].as_string().ends_with(arguments[1].as_string()));
}

std::string_view flags_of(const Value& flags) noexcept {
    return flags.is_null() ? std::string_view() : flags.as_string();
}

// The expression, if it can be compiled; its steps are paid for by the size of what it is run on.
Result<Regex> regex_for(const Value& input, const Value& pattern, std::string_view flags,
                        Evaluation& evaluation) {
    if (!evaluation.step_slowly(input.as_string().size() + pattern.as_string().size())) return Fault{};
    return Regex::compile(pattern.as_string(), flags);
}

Value matches(Arguments arguments, Evaluation& evaluation) {
    const auto regex = regex_for(arguments[0], arguments[1], flags_of(arguments[2]), evaluation);
    if (!regex) return evaluation.null("matches(): " + regex.fault().reason);
    const auto found = regex->found_in(arguments[0].as_string(), evaluation);
    return found ? Value::boolean(*found) : evaluation.null("matches(): " + found.fault().reason);
}

Value replace(Arguments arguments, Evaluation& evaluation) {
    const auto regex = regex_for(arguments[0], arguments[1], flags_of(arguments[3]), evaluation);
    if (!regex) return evaluation.null("replace(): " + regex.fault().reason);
    const auto replaced = regex->replace(arguments[0].as_string(), arguments[2].as_string(), evaluation);
    return replaced ? evaluation.string(*replaced) : evaluation.null("replace(): " + replaced.fault().reason);
}

Value split(Arguments arguments, Evaluation& evaluation) {
    const auto regex = regex_for(arguments[0], arguments[1], {}, evaluation);
    if (!regex) return evaluation.null("split(): " + regex.fault().reason);
    const auto parts = regex->split(arguments[0].as_string(), evaluation);
    if (!parts) return evaluation.null("split(): " + parts.fault().reason);
    std::vector<Value> values;
    values.reserve(parts->size());
    for (const auto part : *parts)
        values.push_back(evaluation.string(part));
    return evaluation.list(std::move(values));
}

// Items that are null are left out.
Value string_join(Arguments arguments, Evaluation& evaluation) {
    const auto delimiter = arguments[1].is_null() ? std::string_view() : arguments[1].as_string();
    std::string result;
    bool first = true;
    for (const auto& item : arguments[0].as_list()) {
        if (item.is_null()) continue;
        if (!item.is_string()) return evaluation.null("string join(): an item is no string");
        if (!evaluation.step() || !evaluation.allocate(delimiter.size() + item.as_string().size())) return {};
        if (!first) result += delimiter;
        first = false;
        result += item.as_string();
    }
    return evaluation.string(result);
}

}  // namespace

void add_string_functions(BuiltIns& functions) {
    using Kind = Type::Kind;
    add(functions, "substring", Kind::kString,
        {{"string: string, start position: number, length?: number", substring}});
    add(functions, "string length", Kind::kNumber, {{"string: string", string_length}});
    add(functions, "upper case", Kind::kString, {{"string: string", upper_case}});
    add(functions, "lower case", Kind::kString, {{"string: string", lower_case}});
    add(functions, "substring before", Kind::kString, {{"string: string, match: string", substring_before}});
    add(functions, "substring after", Kind::kString, {{"string: string, match: string", substring_after}});
    add(functions, "replace", Kind::kString,
        {{"input: string, pattern: string, replacement: string, flags??: string", replace}});
    add(functions, "contains", Kind::kBoolean, {{"string: string, match: string", contains_text}});
    add(functions, "starts with", Kind::kBoolean, {{"string: string, match: string", starts_with}});
    add(functions, "ends with", Kind::kBoolean, {{"string: string, match: string", ends_with}});
    add(functions, "matches", Kind::kBoolean, {{"input: string, pattern: string, flags??: string", matches}});
    add(functions, "split", Type::list(Kind::kString), {{"string: string, delimiter: string", split}});
    add(functions, "string join", Kind::kString, {{"list: list, delimiter??: string", string_join}});
}

}  // namespace rules::feel
