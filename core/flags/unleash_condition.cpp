#include "core/flags/unleash_condition.hpp"

#include "core/base/text.hpp"
#include "core/flags/paths.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;
using Condition = Conditions::Condition;

constexpr std::size_t kMaxConjunctions = kMaxUnleashStrategies;
constexpr std::size_t kMaxConstraints = 64;  // of one conjunction
constexpr int kMaxNesting = 64;

Condition refuse(std::string code, const std::string& at) {
    return {.holds = {}, .fails = {}, .reason = UnleashReason{std::move(code), at}};
}

Condition constant(bool value) {
    return value ? Condition{.holds = {{}}, .fails = {}} : Condition{.holds = {}, .fails = {{}}};
}

Condition negated(Condition condition) {
    std::swap(condition.holds, condition.fails);
    return condition;
}

// A text that no number and no boolean is written as, so that Unleash, which compares texts, and JSONLogic,
// which compares values, mean the same.
bool is_word(std::string_view text) noexcept {
    constexpr std::string_view kOfNumbers = "0123456789+-.eE";
    return is_exact_text(text) && text != "true" && text != "false" && text != "null" &&
           text.find_first_not_of(kOfNumbers) != std::string_view::npos;
}

// Both write it the same way: the number, and the text of it. Beyond 15 digits JavaScript would round.
bool is_plain_integer(std::string_view text) noexcept {
    const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
    if (digits.empty() || digits.size() > 15 || (digits.front() == '0' && text.size() > 1)) return false;
    return std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Text that JavaScript reads as a number in another notation ("0x1f") would equal that number in JSONLogic.
bool is_hexadecimal_like(std::string_view text) noexcept {
    return text.size() > 1 && text[0] == '0' &&
           std::string_view("xXoObB").find(text[1]) != std::string_view::npos;
}

const json* variable_of(const json& value) {
    if (!value.is_object() || value.size() != 1 || value.begin().key() != "var") return nullptr;
    const json& name = *value.begin();
    if (name.is_string()) return &name;
    return name.is_array() && name.size() == 1 && name[0].is_string() ? &name[0] : nullptr;
}

}  // namespace

bool is_exact_text(std::string_view text) noexcept {
    const auto is_space = [](std::string_view piece) {
        // JavaScript trims these of Unicode as well; whatever begins like one of them is left alone.
        static constexpr std::array<std::string_view, 6> kWide = {
            "\xC2\xA0", "\xE1\x9A\x80", "\xE2\x80", "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF"};
        return static_cast<unsigned char>(piece.front()) <= ' ' ||
               std::any_of(kWide.begin(), kWide.end(), [&](auto wide) { return piece.starts_with(wide); });
    };
    if (text.empty() || is_space(text)) return false;
    std::size_t last = text.size() - 1;
    while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xc0) == 0x80)
        --last;
    return !is_space(text.substr(last));
}

std::optional<Disjunction> both(const Disjunction& a, const Disjunction& b) {
    Disjunction result;
    for (const auto& one : a) {
        for (const auto& other : b) {
            if (result.size() == kMaxConjunctions) return std::nullopt;
            Conjunction joined = one;
            for (const auto& constraint : other)
                if (std::find(joined.begin(), joined.end(), constraint) == joined.end())
                    joined.push_back(constraint);
            if (joined.size() > kMaxConstraints) return std::nullopt;
            result.push_back(std::move(joined));
        }
    }
    return result;
}

std::optional<Disjunction> either(Disjunction a, const Disjunction& b) {
    if (a.size() + b.size() > kMaxConjunctions) return std::nullopt;
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

Condition Conditions::read(const json& condition, const std::string& at, int depth) const {
    if (depth > kMaxNesting) return refuse("too_deep", at);
    if (condition.is_boolean()) return constant(condition.get<bool>());
    if (!condition.is_object() || condition.size() != 1) return refuse("rule_not_expressible", at);
    const std::string& operation = condition.begin().key();
    const json& arguments = *condition.begin();
    const std::string inside = at + "/" + operation;
    if (operation == "$ref") return read_reference(arguments, at, depth);
    if (operation == "and" || operation == "or")
        return read_list(arguments, operation == "and", inside, depth);
    if (operation == "!") {
        const bool alone = !arguments.is_array();
        if (!alone && arguments.size() != 1) return refuse("rule_not_expressible", inside);
        return negated(read(alone ? arguments : arguments[0], alone ? inside : inside + "/0", depth + 1));
    }
    if (operation == "==" || operation == "===") return read_equal(arguments, true, inside);
    if (operation == "!=" || operation == "!==") return read_equal(arguments, false, inside);
    if (operation == "in") return read_in(arguments, inside);
    if (operation == "starts_with") return read_affix(arguments, UnleashOperator::kStartsWith, inside);
    if (operation == "ends_with") return read_affix(arguments, UnleashOperator::kEndsWith, inside);
    return refuse("operation_not_expressible", inside);
}

// De Morgan: a list of conditions fails where one of them does, or all do.
Condition Conditions::read_list(const json& arguments, bool all, const std::string& at, int depth) const {
    if (!arguments.is_array() || arguments.empty()) return refuse("rule_not_expressible", at);
    Condition sum = constant(all);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string place = at + "/" + std::to_string(i);
        auto one = read(arguments[i], place, depth + 1);
        if (one.reason) return one;
        auto holds = all ? both(sum.holds, one.holds) : either(std::move(sum.holds), one.holds);
        auto fails = all ? either(std::move(sum.fails), one.fails) : both(sum.fails, one.fails);
        if (!holds || !fails) return refuse("too_complex", place);
        sum.holds = *std::move(holds);
        sum.fails = *std::move(fails);
    }
    return sum;
}

Condition Conditions::read_reference(const json& name, const std::string& at, int depth) const {
    if (!name.is_string()) return refuse("rule_not_expressible", at);
    const auto& wanted = name.get_ref<const std::string&>();
    if (set_.evaluators != nullptr)
        if (const auto found = set_.evaluators->find(wanted); found != set_.evaluators->end())
            return read(*found, at, depth + 1);
    if (set_.segments != nullptr)
        if (const auto found = set_.segments->find(wanted); found != set_.segments->end())
            return read_segment(found->second, at, depth);
    return refuse("rule_not_expressible", at);
}

// Who is included is in it; who isn't excluded is, if the rule says so.
Condition Conditions::read_segment(const SegmentRule& segment, const std::string& at, int depth) const {
    const auto listed = [&](const KeyList& keys) {
        Condition listing = constant(false);
        if (keys.size() > kMaxUnleashUsers) return refuse("too_many_users", at);
        std::vector<std::string> values;
        for (const auto key : keys.keys()) {
            if (!is_exact_text(key)) return refuse("user_not_expressible", at);
            values.emplace_back(key);
        }
        if (values.empty()) return listing;
        const std::string user(kUnleashUser);
        return Condition{.holds = {{{user, UnleashOperator::kIn, values, false}}},
                         .fails = {{{user, UnleashOperator::kNotIn, values, false}}}};
    };
    Condition included = listed(*segment.included);
    Condition excluded = listed(*segment.excluded);
    Condition rule = segment.rule == nullptr ? constant(false) : read(*segment.rule, at, depth + 1);
    for (const Condition* const one : {&included, &excluded, &rule})
        if (one->reason) return *one;
    const auto others = both(excluded.fails, rule.holds);
    auto nobody = either(excluded.holds, rule.fails);
    if (!others || !nobody) return refuse("too_complex", at);
    auto holds = either(included.holds, *others);
    auto fails = both(included.fails, *nobody);
    if (!holds || !fails) return refuse("too_complex", at);
    return {.holds = *std::move(holds), .fails = *std::move(fails)};
}

Condition Conditions::read_equal(const json& arguments, bool equal, const std::string& at) const {
    if (!arguments.is_array() || arguments.size() != 2) return refuse("rule_not_expressible", at);
    const bool second = arguments[1].is_string();
    const json& text = arguments[second ? 1 : 0];
    const json& other = arguments[second ? 0 : 1];
    if (!text.is_string()) return refuse("comparison_not_expressible", at);
    const auto& value = text.get_ref<const std::string&>();
    if (is_hexadecimal_like(value) || (!is_word(value) && !is_plain_integer(value)))
        return refuse("comparison_not_expressible", at);
    auto condition = compare(other, UnleashOperator::kIn, {value}, at);
    return equal ? std::move(condition) : negated(std::move(condition));
}

// A list has the value, or a text has the piece.
Condition Conditions::read_in(const json& arguments, const std::string& at) const {
    if (!arguments.is_array() || arguments.size() != 2) return refuse("rule_not_expressible", at);
    if (arguments[0].is_string())
        return read_affix(json::array({arguments[1], arguments[0]}), UnleashOperator::kContains, at);
    if (!arguments[1].is_array()) return refuse("comparison_not_expressible", at);
    std::vector<std::string> values;
    for (const json& value : arguments[1]) {
        if (!value.is_string() || !is_word(value.get_ref<const std::string&>()))
            return refuse("comparison_not_expressible", at);
        values.push_back(value.get_ref<const std::string&>());
    }
    if (values.empty()) return constant(false);
    return compare(arguments[0], UnleashOperator::kIn, std::move(values), at);
}

Condition Conditions::read_affix(const json& arguments, UnleashOperator comparison,
                                 const std::string& at) const {
    if (!arguments.is_array() || arguments.size() != 2 || !arguments[1].is_string() ||
        !is_word(arguments[1].get_ref<const std::string&>()))
        return refuse("comparison_not_expressible", at);
    return compare(arguments[0], comparison, {arguments[1].get_ref<const std::string&>()}, at);
}

Condition Conditions::compare(const json& variable, UnleashOperator comparison,
                              std::vector<std::string> values, const std::string& at) const {
    const auto* const found = variable_of(variable);
    if (found == nullptr) return refuse("comparison_not_expressible", at);
    std::string name = found->get_ref<const std::string&>();
    if (name == "tenant" || name == "plan") {
        const auto known = name == "tenant" ? subject_.tenant : subject_.plan;
        if (comparison != UnleashOperator::kIn) return refuse("comparison_not_expressible", at);
        return constant(std::find(values.begin(), values.end(), known) != values.end());
    }
    // Unleash's context has no objects, and its time is none of the client's texts.
    if (name.empty() || name.find_first_of(".\\") != std::string::npos || name.starts_with('$') ||
        name == "currentTime" || name == "properties")
        return refuse("variable_not_expressible", at);
    if (name == kTargetingKeyName) name = kUnleashUser;
    const UnleashConstraint constraint{std::move(name), comparison, std::move(values), false};
    UnleashConstraint opposite = constraint;
    if (comparison == UnleashOperator::kIn)
        opposite.comparison = UnleashOperator::kNotIn;
    else
        opposite.inverted = true;
    return {.holds = {{constraint}}, .fails = {{opposite}}};
}

}  // namespace mortise::flags
