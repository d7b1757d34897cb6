#include "tests/contract/plugin/values.hpp"

#include <charconv>
#include <cstdlib>
#include <cstring>

namespace contract {
namespace {

constexpr std::size_t kShown = 64;  // bytes of a value; longer ones are shown as their size and hash

// Reads numbers off the front of a batch; after its end everything is zero and `good` is false.
class Cursor {
 public:
    explicit Cursor(std::string_view bytes) : rest_(bytes) {}

    std::string_view take(std::size_t size) {
        if (size > rest_.size()) good_ = false;
        if (!good_) return {};
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    template <class Number>
    Number number() {
        Number value{};
        if (const auto bytes = take(sizeof(Number)); good_) std::memcpy(&value, bytes.data(), sizeof(Number));
        return value;
    }
    bool good() const noexcept { return good_; }
    bool empty() const noexcept { return rest_.empty(); }

 private:
    std::string_view rest_;
    bool good_ = true;
};

std::string shown(std::string_view bytes, bool as_hex) {
    if (bytes.size() > kShown)
        return std::to_string(bytes.size()) + "#" + std::to_string(hash_of(bytes) % 1000000);
    return as_hex ? to_hex(bytes) : std::string(bytes);
}

std::string show_value(Cursor& cursor) {
    switch (cursor.number<std::uint8_t>()) {
        case MORTISE_VALUE_NULL:
            return "n:";
        case MORTISE_VALUE_INT:
            return "i:" + std::to_string(cursor.number<std::int64_t>());
        case MORTISE_VALUE_REAL: {
            char text[32];
            const auto end = std::to_chars(text, text + sizeof(text), cursor.number<double>()).ptr;
            return "r:" + std::string(text, end);
        }
        case MORTISE_VALUE_BOOL:
            return "b:" + std::to_string(cursor.number<std::uint8_t>());
        case MORTISE_VALUE_TEXT:
            return "t:" + shown(cursor.take(cursor.number<std::uint32_t>()), false);
        case MORTISE_VALUE_BYTES:
            return "x:" + shown(cursor.take(cursor.number<std::uint32_t>()), true);
        case MORTISE_VALUE_UUID:
            return "u:" + to_hex(cursor.take(16));
        default:
            return "unknown type";
    }
}

}  // namespace

void Values::add(std::string_view word) {
    const auto colon = word.find(':');
    const auto kind = word.substr(0, colon);
    const auto text = colon == std::string_view::npos ? std::string_view() : word.substr(colon + 1);
    mortise_value value{};
    const auto point_at = [&](std::uint32_t type, std::string bytes) {
        const std::string& kept = texts_.emplace_back(std::move(bytes));
        value.type = type;
        value.as.bytes = {reinterpret_cast<const std::uint8_t*>(kept.data()), kept.size()};
    };
    if (kind == "i") value = {MORTISE_VALUE_INT, 0, {std::strtoll(std::string(text).c_str(), nullptr, 10)}};
    if (kind == "b") value = {MORTISE_VALUE_BOOL, 0, {std::strtoll(std::string(text).c_str(), nullptr, 10)}};
    if (kind == "?") value.type = static_cast<std::uint32_t>(number_of(text));
    if (kind == "r") {
        value.type = MORTISE_VALUE_REAL;
        value.as.real = std::strtod(std::string(text).c_str(), nullptr);
    }
    if (kind == "t") point_at(MORTISE_VALUE_TEXT, std::string(text));
    if (kind == "th") point_at(MORTISE_VALUE_TEXT, from_hex(text));
    if (kind == "x") point_at(MORTISE_VALUE_BYTES, from_hex(text));
    if (kind == "u") point_at(MORTISE_VALUE_UUID, from_hex(text));
    if (kind == "t*") point_at(MORTISE_VALUE_TEXT, std::string(number_of(text), 'x'));
    if (kind == "x*") point_at(MORTISE_VALUE_BYTES, std::string(number_of(text), 'x'));
    if (kind == "t0") value.type = MORTISE_VALUE_TEXT, value.as.bytes = {nullptr, 5};
    if (kind == "x0") value.type = MORTISE_VALUE_BYTES, value.as.bytes = {nullptr, 5};
    if (kind == "u0") value.type = MORTISE_VALUE_UUID, value.as.bytes = {nullptr, 16};
    values_.push_back(value);
}

std::string show_rows(std::string_view batch, std::size_t columns) {
    std::string out;
    for (Cursor cursor(batch); !cursor.empty();) {
        for (std::size_t i = 0; i < columns; ++i)
            out += (i == 0 ? "" : ",") + show_value(cursor);
        if (!cursor.good()) return out + " malformed";
        out += ';';
    }
    return out;
}

std::uint64_t hash_of(std::string_view data, std::uint64_t before) noexcept {
    for (const char c : data)
        before = (before ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return before;
}

std::string from_hex(std::string_view hex) {
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        unsigned byte = 0;
        std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
        out += static_cast<char>(byte);
    }
    return out;
}

std::string to_hex(std::string_view bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        out += kDigits[static_cast<unsigned char>(c) >> 4U];
        out += kDigits[static_cast<unsigned char>(c) & 15U];
    }
    return out;
}

std::uint64_t number_of(std::string_view text) noexcept {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

const std::string& word(const std::vector<std::string>& words, std::size_t index) {
    static const std::string kNone;
    return index < words.size() ? words[index] : kNone;
}

std::uint64_t number(const std::vector<std::string>& words, std::size_t index) {
    return number_of(word(words, index));
}

}  // namespace contract
