#include "feel/json.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

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

// Builds values from the events of nlohmann's parser, which gives each number's own text.
class Reader final : public nlohmann::json_sax<nlohmann::json> {
 public:
    Reader(const Type& type, const JsonLimits& limits) : type_(type), limits_(limits) {}

    Value take() && { return std::move(result_); }
    const std::string& reason() const noexcept { return reason_; }
    std::size_t position() const noexcept { return position_; }

    bool null() override { return add({}); }
    bool boolean(bool value) override { return add(Value::boolean(value)); }
    bool number_integer(number_integer_t value) override { return add(Value::number(std::int64_t{value})); }
    bool number_unsigned(number_unsigned_t value) override { return number_text(std::to_string(value)); }
    bool number_float(number_float_t, const string_t& text) override { return number_text(text); }
    bool string(string_t& text) override {
        const auto kind = expected().kind();
        if (auto value = temporal_of(kind, text)) return add(*std::move(value));
        return add(Value::string(text));
    }
    bool binary(binary_t&) override { return fail("binary data is no JSON"); }

    bool start_object(std::size_t) override { return open(true); }
    bool key(string_t& name) override {
        open_.back().names.push_back(std::move(name));
        return true;
    }
    bool end_object() override {
        auto part = close();
        std::vector<std::pair<std::string, Value>> entries;
        entries.reserve(part.names.size());
        for (std::size_t i = 0; i < part.names.size(); ++i)
            entries.emplace_back(std::move(part.names[i]), std::move(part.values[i]));
        const auto count = entries.size();
        auto context = Value::context(std::move(entries));
        if (context.as_context().size() != count) return fail("an object has two members of one name");
        auto value = untagged(context);
        return add(value ? *std::move(value) : std::move(context));
    }
    bool start_array(std::size_t) override { return open(false); }
    bool end_array() override { return add(Value::list(close().values)); }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
        position_ = position;
        return fail("the text is not JSON");
    }

 private:
    struct Part {
        bool object = false;
        Type type;
        std::vector<std::string> names;
        std::vector<Value> values;
    };

    bool fail(std::string reason) {
        if (reason_.empty()) reason_ = std::move(reason);
        return false;
    }

    // The type of what comes next.
    Type expected() const {
        if (open_.empty()) return type_;
        const auto& part = open_.back();
        if (!part.object) return part.type.element();
        const auto* member = part.type.member(part.names.back());
        return member == nullptr ? Type() : *member;
    }

    bool number_text(const std::string& text) {
        const auto number = Decimal::parse(text);
        return number ? add(Value::number(*number)) : fail("a number is too large");
    }

    bool add(Value value) {
        if (++count_ > limits_.values) return fail("the text has too many values");
        if (open_.empty()) {
            result_ = std::move(value);
        } else {
            open_.back().values.push_back(std::move(value));
        }
        return true;
    }

    bool open(bool object) {
        if (open_.size() >= limits_.depth) return fail("the text is nested too deeply");
        Part part;
        part.object = object;
        part.type = expected();
        open_.push_back(std::move(part));
        return true;
    }

    Part close() {
        auto part = std::move(open_.back());
        open_.pop_back();
        return part;
    }

    const Type& type_;
    const JsonLimits& limits_;
    std::vector<Part> open_;
    Value result_;
    std::size_t count_ = 0;
    std::size_t position_ = 0;
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

}  // namespace

Result<Value> read_json(std::string_view text, const Type& type, const JsonLimits& limits) {
    if (text.size() > limits.bytes) return fault_at(text, 0, "the text is too long");
    Reader reader(type, limits);
    if (!nlohmann::json::sax_parse(text, &reader)) {
        const auto reason = reader.reason().empty() ? std::string("the text is not JSON") : reader.reason();
        return fault_at(text, reader.position(), reason);
    }
    return std::move(reader).take();
}

Result<std::string> write_json(const Value& value, JsonForm form, const JsonLimits& limits) {
    Writer writer(form, limits);
    writer.write(value);
    if (writer.full()) return fault_at({}, 0, "the value is too large");
    return std::move(writer).take();
}

}  // namespace rules::feel
