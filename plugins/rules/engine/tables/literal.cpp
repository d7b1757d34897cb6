#include "tables/literal.hpp"

#include <string_view>

namespace rules::tables {
namespace {

using feel::Value;

// Control characters are escaped, since XML can't hold them.
void append_quoted(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            out.append("\\").append(1, c);
        else if (c == '\n')
            out += "\\n";
        else if (byte < 0x20)
            out.append("\\u00").append(1, kHex[byte >> 4U]).append(1, kHex[byte & 0xFU]);
        else
            out += c;
    }
    out += '"';
}

std::string call(std::string_view function, const Value& argument) {
    return std::string(function) + "(\"" + to_string(argument) + "\")";
}

void append(std::string& out, const Value& value);

void append_list(std::string& out, const Value& list) {
    std::string_view separator = "[";
    for (const Value& item : list.as_list()) {
        out += separator;
        append(out, item);
        separator = ", ";
    }
    out += list.as_list().empty() ? "[]" : "]";
}

void append_context(std::string& out, const feel::Context& context) {
    std::string_view separator = "{";
    for (std::size_t i = 0; i < context.size(); ++i) {
        out += separator;
        append_quoted(out, context.name(i));
        out += ": ";
        append(out, context.value(i));
        separator = ", ";
    }
    out += context.size() == 0 ? "{}" : "}";
}

void append_range(std::string& out, const feel::Range& range) {
    out += range.low_included ? '[' : '(';
    append(out, range.low);
    out += "..";
    append(out, range.high);
    out += range.high_included ? ']' : ')';
}

void append(std::string& out, const Value& value) {
    switch (value.kind()) {
        case Value::Kind::kString:
            return append_quoted(out, value.as_string());
        case Value::Kind::kList:
            return append_list(out, value);
        case Value::Kind::kContext:
            return append_context(out, value.as_context());
        case Value::Kind::kRange:
            return append_range(out, value.as_range());
        case Value::Kind::kDate:
            out += call("date", value);
            return;
        case Value::Kind::kTime:
            out += call("time", value);
            return;
        case Value::Kind::kDateTime:
            out += call("date and time", value);
            return;
        case Value::Kind::kYearsMonths:
        case Value::Kind::kDaysTime:
            out += call("duration", value);
            return;
        case Value::Kind::kFunction:
            out += "null";
            return;
        default:
            out += to_string(value);
    }
}

}  // namespace

std::string feel_literal(const Value& value) {
    std::string out;
    append(out, value);
    return out;
}

}  // namespace rules::tables
