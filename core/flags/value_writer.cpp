#include "core/flags/value_writer.hpp"

#include "core/base/text.hpp"

#include <charconv>

namespace mortise::flags {
namespace {

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    base::append_json_escaped(out, text);
    out += '"';
}

void append_number(std::string& out, double number) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
    out.append(digits, end);
}

void append_array(std::string& out, std::span<const Value> items) {
    out += '[';
    bool first = true;
    for (const Value& item : items) {
        if (!first) out += ',';
        first = false;
        append_json(out, item);
    }
    out += ']';
}

}  // namespace

void append_json(std::string& out, std::span<const Member> members) {
    out += '{';
    bool first = true;
    for (const Member& member : members) {
        if (!first) out += ',';
        first = false;
        append_quoted(out, member.name);
        out += ':';
        append_json(out, member.value);
    }
    out += '}';
}

void append_json(std::string& out, const Value& value) {
    switch (value.kind()) {
        case Value::Kind::kNull:
            out += "null";
            return;
        case Value::Kind::kBoolean:
            out += value.boolean() ? "true" : "false";
            return;
        case Value::Kind::kNumber:
            return append_number(out, value.number());
        case Value::Kind::kString:
            return append_quoted(out, value.text());
        case Value::Kind::kArray:
            return append_array(out, value.items());
        case Value::Kind::kObject:
            return append_json(out, value.members());
    }
}

}  // namespace mortise::flags
