#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mortise::sdk {

// Appends JSON (RFC 8259) to a string, with the commas in their places. Whoever writes keeps objects, arrays
// and keys in order; text must be UTF-8. For documents of known shape, where a tree would only cost.
class JsonWriter {
 public:
    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }

    JsonWriter& key(std::string_view name) {
        separate();
        append_quoted(name);
        out_ += ':';
        first_ = true;
        return *this;
    }

    JsonWriter& value(std::string_view text) {
        separate();
        append_quoted(text);
        return *this;
    }
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
    JsonWriter& value(bool flag) { return raw(flag ? "true" : "false"); }
    JsonWriter& value(std::nullptr_t) { return raw("null"); }

    template <std::integral T>
    requires(!std::same_as<T, bool>) JsonWriter& value(T number) {
        char digits[24];
        const auto end = std::to_chars(digits, digits + sizeof digits, number);
        return raw({digits, static_cast<std::size_t>(end.ptr - digits)});
    }

    template <typename T>
    JsonWriter& value(const std::optional<T>& maybe) {
        return maybe ? value(*maybe) : value(nullptr);
    }

    template <typename T>
    JsonWriter& member(std::string_view name, const T& content) {
        return key(name).value(content);
    }

    // Appends a piece of finished JSON.
    JsonWriter& raw(std::string_view json) {
        separate();
        out_ += json;
        return *this;
    }

    const std::string& text() const& noexcept { return out_; }
    std::string text() && noexcept { return std::move(out_); }

 private:
    JsonWriter& open(char bracket) {
        separate();
        out_ += bracket;
        first_ = true;
        return *this;
    }
    JsonWriter& close(char bracket) {
        out_ += bracket;
        first_ = false;
        return *this;
    }
    void separate() {
        if (!first_) out_ += ',';
        first_ = false;
    }

    void append_quoted(std::string_view text) {
        out_ += '"';
        std::size_t clean = 0;  // everything before it is written
        for (std::size_t i = 0; i < text.size(); ++i) {
            const auto byte = static_cast<unsigned char>(text[i]);
            if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
            out_ += text.substr(clean, i - clean);
            append_escape(byte);
            clean = i + 1;
        }
        out_ += text.substr(clean);
        out_ += '"';
    }

    void append_escape(unsigned char byte) {
        static constexpr std::string_view kDigits = "0123456789abcdef";
        switch (byte) {
            case '"':
            case '\\':
                out_ += '\\', out_ += static_cast<char>(byte);
                break;
            case '\n':
                out_ += "\\n";
                break;
            case '\r':
                out_ += "\\r";
                break;
            case '\t':
                out_ += "\\t";
                break;
            default:
                out_ += "\\u00", out_ += kDigits[byte >> 4U], out_ += kDigits[byte & 15U];
        }
    }

    std::string out_;
    bool first_ = true;  // no comma before what comes next
};

}  // namespace mortise::sdk
