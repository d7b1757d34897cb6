#include "feel/json.hpp"

#include "feel/characters.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace rules::feel {

namespace {

constexpr std::string_view kTypeKey = "@type";
constexpr std::string_view kValueKey = "@value";

std::optional<Value> temporal_of(Type::Kind kind, std::string_view text) {
    switch (kind) {
        case Type::Kind::kDate:
            if (const auto date = Date::parse(text)) return Value::date(*date);
            break;
        case Type::Kind::kTime:
            if (const auto time = Time::parse(text)) return Value::time(*time);
            break;
        case Type::Kind::kDateTime:
            if (const auto moment = DateTime::parse(text)) return Value::date_time(*moment);
            break;
        case Type::Kind::kYearsMonths:
            if (const auto duration = parse_years_months(text)) return Value::duration(*duration);
            break;
        case Type::Kind::kDaysTime:
            if (const auto duration = parse_days_time(text)) return Value::duration(*duration);
            break;
        default:
            break;
    }
    return std::nullopt;
}

// A tagged value: of `@type` and `@value`, and nothing else. Nullopt if the context is none.
std::optional<Value> untagged(const Value& context) {
    const auto& members = context.as_context();
    if (members.size() != 2) return std::nullopt;
    const auto* type = members.find(kTypeKey);
    const auto* value = members.find(kValueKey);
    if (type == nullptr || value == nullptr || !type->is_string() || !value->is_string()) return std::nullopt;
    const auto named = Type::built_in(type->as_string());
    if (!named) return std::nullopt;
    if (named->kind() == Type::Kind::kNumber) {
        const auto number = Decimal::parse(value->as_string());
        return number ? std::optional(Value::number(*number)) : std::nullopt;
    }
    return temporal_of(named->kind(), value->as_string());
}

Fault fault_at(std::string_view text, std::size_t position, std::string reason) {
    Fault fault;
    fault.position = std::min(position, text.size());
    for (const char c : text.substr(0, fault.position)) {
        fault.line += c == '\n' ? 1 : 0;
        fault.column = c == '\n' ? 1 : fault.column + 1;
    }
    fault.reason = std::move(reason);
    return fault;
}

// Reads a text by RFC 8259, strictly. By hand, since a library's numbers are doubles, whose range is smaller.
class Reader {
 public:
    Reader(std::string_view text, const JsonLimits& limits) noexcept : text_(text), limits_(limits) {}

    Result<Value> run(const Type& type) {
        auto result = value(type, 0);
        skip_blanks();
        if (reason_.empty() && at_ != text_.size()) fail("the text is not JSON");
        if (!reason_.empty()) return fault_at(text_, at_, reason_);
        return result;
    }

 private:
    Value fail(std::string_view reason) {
        if (reason_.empty()) reason_ = reason;
        return {};
    }
    Value not_json() { return fail("the text is not JSON"); }
    bool failed() const noexcept { return !reason_.empty(); }

    char next() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

    void skip_blanks() noexcept {
        while (next() == ' ' || next() == '\t' || next() == '\n' || next() == '\r')
            ++at_;
    }

    bool take(std::string_view token) noexcept {
        skip_blanks();
        if (!text_.substr(at_).starts_with(token)) return false;
        at_ += token.size();
        return true;
    }

    Value value(const Type& type, std::uint32_t depth) {
        if (++count_ > limits_.values) return fail("the text has too many values");
        if (take("{")) return object(type, depth + 1);
        if (take("[")) return array(type, depth + 1);
        if (take("\"")) {
            const auto read = string();
            auto temporal = temporal_of(type.kind(), read);
            return temporal ? *std::move(temporal) : Value::string(read);
        }
        if (take("true")) return Value::boolean(true);
        if (take("false")) return Value::boolean(false);
        if (take("null")) return {};
        return number();
    }

    Value array(const Type& type, std::uint32_t depth) {
        if (depth > limits_.depth) return fail("the text is nested too deeply");
        std::vector<Value> items;
        if (take("]")) return Value::list({});
        do {
            items.push_back(value(type.element(), depth));
        } while (!failed() && take(","));
        if (failed() || !take("]")) return not_json();
        return Value::list(std::move(items));
    }

    Value object(const Type& type, std::uint32_t depth) {
        if (depth > limits_.depth) return fail("the text is nested too deeply");
        std::vector<std::pair<std::string, Value>> members;
        if (take("}")) return Value::context({});
        do {
            if (!take("\"")) return not_json();
            auto name = string();
            if (!take(":")) return not_json();
            const auto* wanted = type.member(name);
            members.emplace_back(std::move(name), value(wanted == nullptr ? Type() : *wanted, depth));
        } while (!failed() && take(","));
        if (failed() || !take("}")) return not_json();
        const auto count = members.size();
        auto context = Value::context(std::move(members));
        if (context.as_context().size() != count) return fail("an object has two members of one name");
        auto tagged = untagged(context);
        return tagged ? *std::move(tagged) : std::move(context);
    }

    Value number() {
        const auto begin = at_;
        const auto digits = [&] {
            const auto first = at_;
            while (next() >= '0' && next() <= '9')
                ++at_;
            return at_ - first;
        };
        if (next() == '-') ++at_;
        const bool zero = next() == '0';
        const auto whole = digits();
        bool valid = whole == 1 || (whole > 1 && !zero);
        if (next() == '.') {
            ++at_;
            valid = digits() != 0 && valid;
        }
        if (next() == 'e' || next() == 'E') {
            ++at_;
            if (next() == '+' || next() == '-') ++at_;
            valid = digits() != 0 && valid;
        }
        if (!valid) return not_json();
        const auto read = Decimal::parse(text_.substr(begin, at_ - begin));
        return read ? Value::number(*read) : fail("a number is too large");
    }

    // Behind its first quote, to the last.
    std::string string() {
        std::string out;
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '"') return out;
            if (c == '\\') {
                escape(out);
            } else if (static_cast<unsigned char>(c) < 0x20) {
                break;
            } else {
                out += c;
            }
            if (failed()) return out;
        }
        not_json();
        return out;
    }

    void escape(std::string& out) {
        constexpr std::string_view kEscapes = "\"\\/bfnrt";
        constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
        const char c = next();
        const auto place = kEscapes.find(c);
        if (c == 'u') {
            ++at_;
            return unicode(out);
        }
        if (c == '\0' || place == std::string_view::npos) {
            not_json();
            return;
        }
        ++at_;
        out += kMeanings[place];
    }

    void unicode(std::string& out) {
        auto point = hex();
        if (point >= 0xD800 && point <= 0xDBFF && text_.substr(at_).starts_with("\\u")) {
            at_ += 2;
            const auto low = hex();
            point = low >= 0xDC00 && low <= 0xDFFF ? 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00)
                                                   : kNoPoint;
        }
        if (point == kNoPoint || (point >= 0xD800 && point <= 0xDFFF)) {
            not_json();
            return;
        }
        append_code_point(out, point);
    }

    char32_t hex() noexcept {
        std::uint32_t point = 0;
        const auto* begin = text_.data() + at_;
        const auto* end = begin + std::min<std::size_t>(4, text_.size() - at_);
        const auto [stop, error] = std::from_chars(begin, end, point, 16);
        if (error != std::errc() || stop != begin + 4) return kNoPoint;
        at_ += 4;
        return point;
    }

    static constexpr char32_t kNoPoint = 0xFFFFFFFF;

    std::string_view text_;
    const JsonLimits& limits_;
    std::size_t at_ = 0;
    std::size_t count_ = 0;
    std::string reason_;
};

class Writer {
 public:
    Writer(JsonForm form, const JsonLimits& limits) noexcept : form_(form), limits_(limits) {}

    void write(const Value& value) {
        if (full()) return;
        switch (value.kind()) {
            case Value::Kind::kNull:
            case Value::Kind::kFunction:
                out_ += "null";
                return;
            case Value::Kind::kBoolean:
                out_ += value.as_boolean() ? "true" : "false";
                return;
            case Value::Kind::kNumber:
                out_ += value.as_number().to_json();
                return;
            case Value::Kind::kShortString:
            case Value::Kind::kString:
                return write_text(value.as_string());
            case Value::Kind::kList:
                return write_list(value.as_list());
            case Value::Kind::kContext:
                return write_context(value.as_context());
            case Value::Kind::kRange:
                return write_text(to_string(value));
            default:
                return write_temporal(value);
        }
    }

    bool full() const noexcept { return out_.size() > limits_.bytes; }
    std::string take() && { return std::move(out_); }

 private:
    void write_text(std::string_view text) {
        constexpr char kHex[] = "0123456789abcdef";
        out_ += '"';
        for (const char c : text) {
            if (c == '"' || c == '\\') {
                out_ += '\\';
                out_ += c;
            } else if (static_cast<unsigned char>(c) < 0x20) {
                out_ += "\\u00";
                out_ += kHex[c >> 4];
                out_ += kHex[c & 0xF];
            } else {
                out_ += c;
            }
        }
        out_ += '"';
    }

    void write_list(std::span<const Value> items) {
        out_ += '[';
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (i != 0) out_ += ',';
            write(items[i]);
        }
        out_ += ']';
    }

    void write_context(const Context& context) {
        out_ += '{';
        for (std::size_t i = 0; i < context.size(); ++i) {
            if (i != 0) out_ += ',';
            write_text(context.name(i));
            out_ += ':';
            write(context.value(i));
        }
        out_ += '}';
    }

    void write_temporal(const Value& value) {
        if (form_ == JsonForm::kPlain) return write_text(to_string(value));
        out_.append("{\"").append(kTypeKey).append("\":\"").append(kind_name(value.kind())).append("\",\"");
        out_.append(kValueKey).append("\":");
        write_text(to_string(value));
        out_ += '}';
    }

    JsonForm form_;
    const JsonLimits& limits_;
    std::string out_;
};

}  // namespace

Result<Value> read_json(std::string_view text, const Type& type, const JsonLimits& limits) {
    if (text.size() > limits.bytes) return fault_at(text, 0, "the text is too long");
    if (!is_utf8(text)) return fault_at(text, 0, "the text is not UTF-8");
    return Reader(text, limits).run(type);
}

Result<std::string> write_json(const Value& value, JsonForm form, const JsonLimits& limits) {
    Writer writer(form, limits);
    writer.write(value);
    if (writer.full()) return fault_at({}, 0, "the value is too large");
    return std::move(writer).take();
}

}  // namespace rules::feel
