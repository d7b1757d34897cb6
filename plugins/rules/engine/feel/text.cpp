// Values as FEEL's string() shows them.
#include "feel/compile.hpp"
#include "feel/function.hpp"
#include "feel/value.hpp"

#include <array>

namespace rules::feel {

namespace {

void append(std::string& out, const Value& value);

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                out += c;
        }
    }
    out += '"';
}

void append_list(std::string& out, std::span<const Value> items) {
    out += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i != 0) out += ", ";
        append(out, items[i]);
    }
    out += ']';
}

void append_context(std::string& out, const Context& context) {
    out += '{';
    for (std::size_t i = 0; i < context.size(); ++i) {
        if (i != 0) out += ", ";
        if (is_name(context.name(i))) {
            out += context.name(i);
        } else {
            append_quoted(out, context.name(i));
        }
        out += ": ";
        append(out, context.value(i));
    }
    out += '}';
}

void append_range(std::string& out, const Range& range) {
    out += range.low_included ? '[' : '(';
    append(out, range.low);
    out += "..";
    append(out, range.high);
    out += range.high_included ? ']' : ')';
}

void append_function(std::string& out, const Function& function) {
    out += "function(";
    bool first = true;
    for (const auto& parameter : function.parameters()) {
        if (!first) out += ", ";
        first = false;
        out += parameter.name;
    }
    out += ')';
}

void append(std::string& out, const Value& value) {
    switch (value.kind()) {
        case Value::Kind::kString:
            return append_quoted(out, value.as_string());
        case Value::Kind::kRange:
            return append_range(out, value.as_range());
        case Value::Kind::kList:
            return append_list(out, value.as_list());
        case Value::Kind::kContext:
            return append_context(out, value.as_context());
        case Value::Kind::kFunction:
            return append_function(out, value.as_function());
        default:
            out += to_string(value);
    }
}

}  // namespace

std::string to_string(const Value& value) {
    switch (value.kind()) {
        case Value::Kind::kNull:
            return "null";
        case Value::Kind::kBoolean:
            return value.as_boolean() ? "true" : "false";
        case Value::Kind::kNumber:
            return value.as_number().to_string();
        case Value::Kind::kString:
            return std::string(value.as_string());
        case Value::Kind::kDate:
            return value.as_date().to_string();
        case Value::Kind::kTime:
            return value.as_time().to_string();
        case Value::Kind::kDateTime:
            return value.as_date_time().to_string();
        case Value::Kind::kYearsMonths:
            return value.as_years_months().to_string();
        case Value::Kind::kDaysTime:
            return value.as_days_time().to_string();
        default:
            break;
    }
    std::string out;
    append(out, value);
    return out;
}

std::string_view kind_name(Value::Kind kind) noexcept {
    switch (kind) {
        case Value::Kind::kNull:
            return "null";
        case Value::Kind::kBoolean:
            return "boolean";
        case Value::Kind::kNumber:
            return "number";
        case Value::Kind::kDate:
            return "date";
        case Value::Kind::kTime:
            return "time";
        case Value::Kind::kDateTime:
            return "date and time";
        case Value::Kind::kYearsMonths:
            return "years and months duration";
        case Value::Kind::kDaysTime:
            return "days and time duration";
        case Value::Kind::kShortString:
        case Value::Kind::kString:
            return "string";
        case Value::Kind::kRange:
            return "range";
        case Value::Kind::kList:
            return "list";
        case Value::Kind::kContext:
            return "context";
        case Value::Kind::kFunction:
            return "function";
    }
    return "";
}

}  // namespace rules::feel
