#include "core/flags/coercion.hpp"

#include "core/flags/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace mortise::flags {
namespace {

using Kind = Value::Kind;

// Measures the text first and then writes it, so that it lies in one piece.
class TextWriter {
 public:
    explicit TextWriter(char* out) noexcept : out_(out) {}

    bool write(const Value& value, int depth) noexcept {
        switch (value.kind()) {
            case Kind::kNull:
                put(depth == 0 ? "null" : "");
                return true;
            case Kind::kBoolean:
                put(value.boolean() ? "true" : "false");
                return true;
            case Kind::kNumber: {
                NumberBuffer buffer;
                put(number_to_text(value.number(), buffer));
                return true;
            }
            case Kind::kString:
                put(value.text());
                return true;
            case Kind::kArray:
                return write_items(value.items(), depth + 1);
            case Kind::kObject:
                put("[object Object]");
                return true;
        }
        return false;
    }
    std::size_t size() const noexcept { return size_; }

 private:
    bool write_items(std::span<const Value> items, int depth) noexcept {
        if (depth > kMaxTextDepth) return false;
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (i > 0) put(",");
            if (!write(items[i], depth)) return false;
        }
        return true;
    }
    void put(std::string_view text) noexcept {
        if (out_ != nullptr && !text.empty()) std::memcpy(out_ + size_, text.data(), text.size());
        size_ += text.size();
    }

    char* out_;  // null: only measures
    std::size_t size_ = 0;
};

bool text_or_null(const Value& value) noexcept {
    return value.is_string() || value.is_null();
}

bool holds(Comparison comparison, double a, double b) noexcept {
    switch (comparison) {
        case Comparison::kEqual:
            return a == b;
        case Comparison::kNotEqual:
            return a != b;
        case Comparison::kLess:
            return a < b;
        case Comparison::kLessOrEqual:
            return a <= b;
        case Comparison::kGreater:
            return a > b;
        case Comparison::kGreaterOrEqual:
            return a >= b;
    }
    return false;
}

// Two values that are strings or null. An order of null and a string is one of numbers, false if there is
// none.
bool compare_texts(Comparison comparison, const Value& a, const Value& b) noexcept {
    if (a.kind() == b.kind()) return holds(comparison, a.is_null() ? 0 : compare_text(a.text(), b.text()), 0);
    if (comparison == Comparison::kEqual) return false;
    if (comparison == Comparison::kNotEqual) return true;
    const auto left = to_number(a), right = to_number(b);
    return left && right && holds(comparison, *left, *right);
}

}  // namespace

bool truthy(const Value& value) noexcept {
    switch (value.kind()) {
        case Kind::kNull:
            return false;
        case Kind::kBoolean:
            return value.boolean();
        case Kind::kNumber:
            return value.number() != 0;
        case Kind::kString:
            return !value.text().empty();
        case Kind::kArray:
            return !value.items().empty();
        case Kind::kObject:
            return !value.members().empty();
    }
    return false;
}

std::optional<double> to_number(const Value& value) noexcept {
    switch (value.kind()) {
        case Kind::kNull:
            return 0;
        case Kind::kBoolean:
            return value.boolean() ? 1 : 0;
        case Kind::kNumber:
            return value.number();
        case Kind::kString: {
            const double number = text_to_number(value.text());
            if (std::isnan(number)) return std::nullopt;
            return number;
        }
        case Kind::kArray:
        case Kind::kObject:
            break;
    }
    return std::nullopt;
}

std::optional<std::string_view> to_text(const Value& value, Arena& arena) noexcept {
    if (value.is_string()) return value.text();
    TextWriter measure(nullptr);
    if (!measure.write(value, 0)) return std::nullopt;
    char* const place = arena.allocate<char>(measure.size());
    if (place == nullptr) return std::nullopt;
    TextWriter(place).write(value, 0);
    return std::string_view(place, measure.size());
}

bool strictly_equal(const Value& a, const Value& b) noexcept {
    if (a.kind() != b.kind()) return false;
    switch (a.kind()) {
        case Kind::kNull:
            return true;
        case Kind::kBoolean:
            return a.boolean() == b.boolean();
        case Kind::kNumber:
            return a.number() == b.number();
        case Kind::kString:
            return a.text() == b.text();
        case Kind::kArray:
        case Kind::kObject:
            break;
    }
    return a.same(b);
}

// Bytes of UTF-8 sort as code points do. UTF-16 differs in one thing: what lies beyond U+FFFF is written with
// surrogates, which come before U+E000 to U+FFFF (in UTF-8 beginning with EE and EF).
int compare_text(std::string_view a, std::string_view b) noexcept {
    const auto [left, right] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    if (left == a.end() || right == b.end()) return left != a.end() ? 1 : right != b.end() ? -1 : 0;
    const auto x = static_cast<unsigned char>(*left), y = static_cast<unsigned char>(*right);
    const bool swapped = (x >= 0xF0) != (y >= 0xF0) && std::min(x, y) >= 0xEE;
    return (x < y) != swapped ? -1 : 1;
}

std::optional<bool> compare(Comparison comparison, const Value& a, const Value& b) noexcept {
    if (text_or_null(a) && text_or_null(b)) return compare_texts(comparison, a, b);
    const auto left = to_number(a), right = to_number(b);
    if (!left || !right) return std::nullopt;
    return holds(comparison, *left, *right);
}

}  // namespace mortise::flags
