#include "core/storage/statement_file.hpp"

#include "core/base/text.hpp"
#include "core/storage/value_type.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace mortise::storage {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

namespace {

constexpr std::array<std::pair<std::string_view, Type>, 7> kTypes = {{{"int", Type::kInteger},
                                                                      {"real", Type::kReal},
                                                                      {"text", Type::kText},
                                                                      {"bytes", Type::kBytes},
                                                                      {"uuid", Type::kUuid},
                                                                      {"bool", Type::kBoolean},
                                                                      {"time", Type::kTime}}};
constexpr std::array<std::string_view, 5> kVerbs = {"select", "insert", "update", "delete", "with"};

bool is_word(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_name(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 60 && text[0] >= 'a' && text[0] <= 'z' &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_word(c) && (c < 'A' || c > 'Z'); });
}

std::optional<Type> type_named(std::string_view name) noexcept {
    for (const auto& [known, type] : kTypes)
        if (known == name) return type;
    return std::nullopt;
}

// Takes the end of a quoted run that begins at `i`; npos if it does not end.
std::size_t after_quote(std::string_view sql, std::size_t i) noexcept {
    const char quote = sql[i];
    for (++i; i < sql.size(); ++i) {
        if (sql[i] != quote) continue;
        if (i + 1 >= sql.size() || sql[i + 1] != quote) return i + 1;
        ++i;  // a doubled quote stands for itself
    }
    return std::string_view::npos;
}

// The end of what starts at `i` and is no SQL for us: a string, a quoted name or a comment; `i` if there is
// none.
std::size_t after_opaque(std::string_view sql, std::size_t i) noexcept {
    if (sql[i] == '\'' || sql[i] == '"' || sql[i] == '`') return after_quote(sql, i);
    if (sql.substr(i, 2) == "--") return std::min(sql.find('\n', i), sql.size());
    if (sql.substr(i, 2) == "/*") {
        const auto end = sql.find("*/", i + 2);
        return end == std::string_view::npos ? end : end + 2;
    }
    return i;
}

// Anywhere, since a WITH may change rows too. Every quote and comment ends.
bool has_writing_verb(std::string_view sql) noexcept {
    static constexpr std::array<std::string_view, 4> kWriting = {"insert", "update", "delete", "merge"};
    for (std::size_t i = 0; i < sql.size();) {
        if (const std::size_t opaque = after_opaque(sql, i); opaque > i) {
            i = opaque;
            continue;
        }
        std::size_t end = i;
        while (end < sql.size() && is_word(sql[end]))
            ++end;
        const std::string_view word = sql.substr(i, end - i);
        if (std::any_of(kWriting.begin(), kWriting.end(),
                        [&](std::string_view verb) { return base::iequals(word, verb); }))
            return true;
        i = std::max(end, i + 1);
    }
    return false;
}

}  // namespace

// Reads one file: declarations, then segments, then every variant of them.
class StatementFileParser {
 public:
    StatementFileParser(std::string_view name, std::string_view where) : where_(where) { out_->name_ = name; }

    Result<std::unique_ptr<const StatementTemplate>> parse(std::string_view text) {
        if (text.size() > kMaxStatementFile)
            return fault(1, fmt::format("the file is larger than {} bytes", kMaxStatementFile));
        if (!base::is_utf8(text)) return fault(1, "the file is not well-formed UTF-8");
        segments_.push_back({});
        for (std::size_t line = 1; !text.empty(); ++line) {
            const auto end = std::min(text.find('\n'), text.size() - 1);
            MORTISE_TRY(read_line(text.substr(0, end + 1), line));
            text.remove_prefix(end + 1);
        }
        MORTISE_TRY(expand());
        return std::unique_ptr<const StatementTemplate>(std::move(out_));
    }

 private:
    // A run of the text that is always there, or only under a condition.
    struct Segment {
        std::string text;
        std::optional<std::size_t> parameter;  // the condition's
        std::size_t digit = 0;                 // what its dimension must be
        std::size_t line = 0;
    };

    Error fault(std::size_t line, std::string_view what) const {
        return {ErrorKind::kInvalid, "statement_invalid", fmt::format("{}:{}: {}", where_, line, what)};
    }

    Status read_line(std::string_view line, std::size_t number) {
        const std::string_view plain = base::trim(line.substr(0, line.find_last_not_of("\r\n") + 1));
        if (plain.starts_with("--?")) return begin_segment(base::trim(plain.substr(3)), number);
        if (plain.starts_with("-- @")) return declare(plain.substr(4), number);
        if (segments_.back().text.empty()) segments_.back().line = number;
        segments_.back().text += line;
        return {};
    }

    // "param name type" or "column name type".
    Status declare(std::string_view text, std::size_t line) {
        const auto kind = text.substr(0, text.find(' '));
        const auto rest = base::trim(text.substr(kind.size()));
        const auto name = rest.substr(0, rest.find(' '));
        auto type = base::trim(rest.substr(name.size()));
        if ((kind != "param" && kind != "column") || !is_name(name) || type.empty())
            return fault(line, "expected `-- @param <name> <type>` or `-- @column <name> <type>`");
        if (std::any_of(segments_.begin(), segments_.end(), [](const Segment& segment) {
                return segment.text.find_first_not_of("- \t\r\n") != std::string::npos &&
                       !base::trim(segment.text).starts_with("--");
            }))
            return fault(line, "declarations stand before the SQL");
        if (kind == "param" && type.starts_with("choice(") && type.ends_with(')'))
            return declare_choice(name, type.substr(7, type.size() - 8), line);
        const bool nullable = type.ends_with('?');
        if (nullable) type.remove_suffix(1);
        const auto known = type_named(type);
        if (!known)
            return fault(line,
                         fmt::format("unknown type {}; int, real, text, bytes, uuid, bool, time", type));
        if (kind == "column") {
            out_->columns_.push_back({std::string(name), *known, nullable});
            return {};
        }
        return add_parameter({std::string(name), *known, nullable, {}}, line);
    }

    Status declare_choice(std::string_view name, std::string_view list, std::size_t line) {
        TemplateParameter parameter{std::string(name), Type::kText, false, {}};
        while (!list.empty()) {
            const auto comma = std::min(list.find(','), list.size());
            parameter.choices.emplace_back(base::trim(list.substr(0, comma)));
            if (parameter.choices.back().empty()) return fault(line, "a choice is empty");
            list.remove_prefix(std::min(comma + 1, list.size()));
        }
        if (parameter.choices.empty()) return fault(line, "a choice needs values");
        return add_parameter(std::move(parameter), line);
    }

    Status add_parameter(TemplateParameter parameter, std::size_t line) {
        if (find(parameter.name)) return fault(line, fmt::format("{} is declared twice", parameter.name));
        if (out_->parameters_.size() >= kMaxStatementParameters) return fault(line, "too many parameters");
        out_->parameters_.push_back(std::move(parameter));
        return {};
    }

    std::optional<std::size_t> find(std::string_view name) const {
        for (std::size_t i = 0; i < out_->parameters_.size(); ++i)
            if (out_->parameters_[i].name == name) return i;
        return std::nullopt;
    }

    // "name", "name = choice" or "end".
    Status begin_segment(std::string_view condition, std::size_t line) {
        Segment segment;
        segment.line = line;
        if (condition != "end") {
            const auto equals = condition.find('=');
            const auto parameter = find(base::trim(condition.substr(0, equals)));
            if (!parameter)
                return fault(line, fmt::format("no parameter is declared for `--? {}`", condition));
            const auto& declared = out_->parameters_[*parameter];
            const auto value =
                equals == std::string_view::npos ? "" : base::trim(condition.substr(equals + 1));
            const auto choice = std::find(declared.choices.begin(), declared.choices.end(), value);
            if (declared.choices.empty() ? !value.empty() || !declared.nullable
                                         : choice == declared.choices.end())
                return fault(
                    line, fmt::format("`--? {}` needs a parameter that may be null, or one of the values of "
                                      "a choice",
                                      condition));
            segment.parameter = *parameter;
            segment.digit =
                declared.choices.empty() ? 1 : static_cast<std::size_t>(choice - declared.choices.begin());
        }
        segments_.push_back(std::move(segment));
        return {};
    }

    Status expand() {
        for (const Segment& segment : segments_)
            if (segment.parameter) add_dimension(*segment.parameter);
        std::size_t count = 1;
        for (const auto& dimension : out_->dimensions_) {
            count *= dimension.radix;
            if (count > kMaxStatementVariants)
                return fault(1, fmt::format("the blocks make more than {} variants", kMaxStatementVariants));
        }
        for (std::size_t index = 0; index < count; ++index)
            MORTISE_TRY(add_variant(index));
        return {};
    }

    void add_dimension(std::size_t parameter) {
        for (const auto& known : out_->dimensions_)
            if (known.parameter == parameter) return;
        const auto& choices = out_->parameters_[parameter].choices;
        out_->dimensions_.push_back({parameter, choices.empty() ? 2 : choices.size()});
    }

    Status add_variant(std::size_t index) {
        std::map<std::size_t, std::size_t> digits;  // parameter to digit
        for (auto dimension = out_->dimensions_.rbegin(); dimension != out_->dimensions_.rend();
             ++dimension) {
            digits[dimension->parameter] = index % dimension->radix;
            index /= dimension->radix;
        }
        std::string sql;
        StatementTemplate::Variant variant;
        for (const Segment& segment : segments_)
            if (!segment.parameter || digits[*segment.parameter] == segment.digit)
                MORTISE_TRY(append(segment, sql, variant.bound));
        MORTISE_TRY(check_whole(sql));
        out_->writes_ = out_->writes_ || has_writing_verb(sql);
        std::vector<Type> parameters, columns;
        for (const std::size_t parameter : variant.bound)
            parameters.push_back(out_->parameters_[parameter].type);
        for (const auto& column : out_->columns_)
            columns.push_back(column.type);
        variant.statement = std::make_unique<const Statement>(out_->name_, std::move(sql),
                                                              std::move(parameters), std::move(columns));
        out_->variants_.push_back(std::move(variant));
        return {};
    }

    // Copies a segment's text, with $n for :name. Strings, quoted names and comments must end where they
    // began.
    Status append(const Segment& segment, std::string& sql, std::vector<std::size_t>& bound) {
        const std::string_view text = segment.text;
        for (std::size_t i = 0; i < text.size();) {
            const std::size_t line =
                segment.line + static_cast<std::size_t>(std::count(
                                   text.begin(), text.begin() + static_cast<std::ptrdiff_t>(i), '\n'));
            const std::size_t opaque = after_opaque(text, i);
            if (opaque == std::string_view::npos)
                return fault(line, "a string or comment does not end in its block");
            if (opaque > i) MORTISE_TRY(check_opaque(text, i, opaque, line));
            if (opaque > i) {
                sql.append(text, i, opaque - i);
                i = opaque;
            } else if (text.substr(i, 2) == "::") {
                sql += "::";
                i += 2;
            } else if (text[i] == '$' || text[i] == '?') {
                return fault(line, "parameters are written :name; $ and ? are not allowed");
            } else if (text[i] == ':') {
                MORTISE_TRY_ASSIGN(const std::size_t end, append_parameter(text, i, line, sql, bound));
                i = end;
            } else {
                sql += text[i++];
            }
        }
        return {};
    }

    // What the two engines would end at different places, and we at a third: PostgreSQL's E'' strings, where
    // a backslash hides a quote, U&'' strings, and its nested comments.
    Status check_opaque(std::string_view text, std::size_t begin, std::size_t end, std::size_t line) const {
        if (text[begin] == '/' &&
            text.substr(begin + 2, end - begin - 3).find("/*") != std::string_view::npos)
            return fault(line, "a comment within a comment is not allowed");
        const bool quote = text[begin] == '\'' || text[begin] == '"';
        const auto before = text.substr(0, begin);
        const bool escapes = before.ends_with('E') || before.ends_with('e');
        const bool word = before.size() > 1 && is_word(before[before.size() - 2]);
        if (quote && ((escapes && !word) || before.ends_with("U&") || before.ends_with("u&")))
            return fault(line, "strings with escapes, E'' and U&'', are not allowed");
        return {};
    }

    Result<std::size_t> append_parameter(std::string_view text, std::size_t at, std::size_t line,
                                         std::string& sql, std::vector<std::size_t>& bound) {
        std::size_t end = at + 1;
        while (end < text.size() && is_word(text[end]))
            ++end;
        const auto parameter = find(text.substr(at + 1, end - at - 1));
        if (!parameter || !out_->parameters_[*parameter].choices.empty())
            return fault(line, fmt::format("{} is not declared as a value", text.substr(at, end - at)));
        auto known = std::find(bound.begin(), bound.end(), *parameter);
        if (known == bound.end()) known = bound.insert(bound.end(), *parameter);
        sql += fmt::format("${}", known - bound.begin() + 1);
        return end;
    }

    // One statement of a kind that is allowed; a semicolon only at its end.
    Status check_whole(std::string& sql) const {
        std::string bare;  // the same length, so that places in one are places in the other
        for (std::size_t i = 0; i < sql.size();) {
            const std::size_t opaque = after_opaque(sql, i);
            if (opaque > i)
                bare.append(opaque - i, sql[i] == '-' || sql[i] == '/' ? ' ' : '_');
            else
                bare += sql[i];
            i = bare.size();
        }
        const auto last = bare.find_last_not_of(" \t\r\n;");
        const auto semicolon = bare.find(';');
        if (last == std::string::npos) return fault(1, "there is no statement");
        if (semicolon != std::string::npos && semicolon < last)
            return fault(1, "only one statement is allowed");
        const auto first = bare.find_first_not_of(" \t\r\n");
        std::size_t end = first;
        while (end < bare.size() && is_word(bare[end]))
            ++end;
        if (std::find(kVerbs.begin(), kVerbs.end(), base::to_lower(bare.substr(first, end - first))) ==
            kVerbs.end())
            return fault(1, "a statement begins with SELECT, INSERT, UPDATE, DELETE or WITH");
        if (semicolon != std::string::npos) sql.resize(semicolon);
        return {};
    }

    std::string_view where_;
    std::unique_ptr<StatementTemplate> out_ = std::make_unique<StatementTemplate>();
    std::vector<Segment> segments_;
};

Error StatementTemplate::fault(std::size_t parameter, std::string_view what) const {
    return {ErrorKind::kInvalid, "invalid_parameter",
            fmt::format("statement {}: parameter {} {}", name_, parameters_[parameter].name, what)};
}

Result<const Statement*> StatementTemplate::select(std::span<const Value> values,
                                                   std::vector<Value>& bound) const {
    if (values.size() != parameters_.size())
        return Error{
            ErrorKind::kInvalid, "invalid_parameter",
            fmt::format("statement {} takes {} values, not {}", name_, parameters_.size(), values.size())};
    for (std::size_t i = 0; i < values.size(); ++i) {
        const bool null = std::holds_alternative<Null>(values[i]);
        if (null && !parameters_[i].nullable) return fault(i, "may not be null");
        if (!null && !has_type(values[i], parameters_[i].type)) return fault(i, "has another type");
    }
    std::size_t index = 0;
    for (const Dimension& dimension : dimensions_) {
        const auto& choices = parameters_[dimension.parameter].choices;
        const Value& value = values[dimension.parameter];
        std::size_t digit = std::holds_alternative<Null>(value) ? 0 : 1;
        if (!choices.empty()) {
            const auto found = std::find(choices.begin(), choices.end(), std::get<std::string_view>(value));
            if (found == choices.end()) return fault(dimension.parameter, "is none of its choices");
            digit = static_cast<std::size_t>(found - choices.begin());
        }
        index = index * dimension.radix + digit;
    }
    bound.clear();
    for (const std::size_t parameter : variants_[index].bound)
        bound.push_back(values[parameter]);
    return variants_[index].statement.get();
}

Result<std::unique_ptr<const StatementTemplate>> parse_statement_file(std::string_view name,
                                                                      std::string_view where,
                                                                      std::string_view text) {
    return StatementFileParser(name, where).parse(text);
}

}  // namespace mortise::storage
