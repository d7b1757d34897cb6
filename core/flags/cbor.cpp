#include "core/flags/cbor.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace mortise::flags {
namespace {

constexpr int kMaxCborDepth = 64;

enum class Major : std::uint8_t {
    kUnsigned = 0,
    kNegative = 1,
    kText = 3,
    kArray = 4,
    kMap = 5,
    kSimple = 7
};

// Of major type 7.
constexpr std::uint8_t kSimpleFalse = 20, kSimpleTrue = 21, kSimpleNull = 22;
constexpr std::uint8_t kFloat16 = 25, kFloat32 = 26, kFloat64 = 27;

// The bits of the half-precision float that is the same number, if there is one.
std::optional<std::uint16_t> as_half(float number) noexcept {
    const auto bits = std::bit_cast<std::uint32_t>(number);
    const std::uint32_t sign = (bits >> 16) & 0x8000;
    const int exponent = static_cast<int>((bits >> 23) & 0xFF) - 127;
    const std::uint32_t fraction = bits & 0x7FFFFF;
    if (exponent >= -14 && exponent <= 15) {
        if ((fraction & 0x1FFF) != 0) return std::nullopt;
        return static_cast<std::uint16_t>(sign | (static_cast<std::uint32_t>(exponent + 15) << 10) |
                                          (fraction >> 13));
    }
    if (exponent < -24 || exponent > 15) return std::nullopt;
    // Subnormal: the leading one becomes part of the fraction.
    const std::uint32_t whole = fraction | 0x800000;
    const int shift = -exponent - 1;  // 14 to 23
    if ((whole & ((1U << shift) - 1)) != 0) return std::nullopt;
    return static_cast<std::uint16_t>(sign | (whole >> shift));
}

// Writes if it has a place, and counts anyway.
class Encoder {
 public:
    Encoder(char* out, Arena& arena) noexcept : out_(out), arena_(arena) {}

    std::size_t size() const noexcept { return size_; }

    bool value(const Value& item, int depth) noexcept {
        using Kind = Value::Kind;
        switch (item.kind()) {
            case Kind::kNull:
                head(Major::kSimple, kSimpleNull);
                return true;
            case Kind::kBoolean:
                head(Major::kSimple, item.boolean() ? kSimpleTrue : kSimpleFalse);
                return true;
            case Kind::kNumber:
                number(item.number());
                return true;
            case Kind::kString:
                text(item.text());
                return true;
            case Kind::kArray:
                return array(item.items(), depth + 1);
            case Kind::kObject:
                return map(item.members(), depth + 1);
        }
        return false;
    }

 private:
    void byte(std::uint64_t value) noexcept {
        if (out_ != nullptr) out_[size_] = static_cast<char>(value & 0xFF);
        ++size_;
    }
    void big_endian(std::uint64_t value, int bytes) noexcept {
        for (int i = bytes - 1; i >= 0; --i)
            byte(value >> (8 * i));
    }
    // The shortest head for the argument.
    void head(Major major, std::uint64_t argument) noexcept {
        const auto high = static_cast<std::uint64_t>(major) << 5;
        if (argument < 24) return byte(high | argument);
        const int wide = argument <= 0xFF ? 0 : argument <= 0xFFFF ? 1 : argument <= 0xFFFFFFFF ? 2 : 3;
        byte(high | static_cast<std::uint64_t>(24 + wide));
        big_endian(argument, 1 << wide);
    }
    void raw(std::uint8_t additional, std::uint64_t bits, int bytes) noexcept {
        byte((std::uint64_t{7} << 5) | additional);
        big_endian(bits, bytes);
    }
    void number(double number) noexcept {
        if (number == std::trunc(number) && number >= -0x1p63 && number < 0x1p64) {
            if (number >= 0) return head(Major::kUnsigned, static_cast<std::uint64_t>(number));
            return head(Major::kNegative, static_cast<std::uint64_t>(-number) - 1);
        }
        // A double beyond a float's range is undefined to convert.
        const bool in_range = std::abs(number) <= 0x1.fffffep127;
        const float single = in_range ? static_cast<float>(number) : 0;
        if (!in_range || static_cast<double>(single) != number)
            return raw(kFloat64, std::bit_cast<std::uint64_t>(number), 8);
        if (const auto half = as_half(single)) return raw(kFloat16, *half, 2);
        raw(kFloat32, std::bit_cast<std::uint32_t>(single), 4);
    }
    void text(std::string_view text) noexcept {
        head(Major::kText, text.size());
        if (out_ != nullptr && !text.empty()) std::memcpy(out_ + size_, text.data(), text.size());
        size_ += text.size();
    }
    bool array(std::span<const Value> items, int depth) noexcept {
        if (depth > kMaxCborDepth) return false;
        head(Major::kArray, items.size());
        for (const auto& item : items)
            if (!value(item, depth)) return false;
        return true;
    }
    // Encoded names sort by length first: the head comes first, and a longer text has a greater one.
    bool map(std::span<const Member> members, int depth) noexcept {
        if (depth > kMaxCborDepth) return false;
        head(Major::kMap, members.size());
        auto* const sorted = arena_.allocate<const Member*>(members.size());
        if (sorted == nullptr) return false;
        for (std::size_t i = 0; i < members.size(); ++i)
            sorted[i] = &members[i];
        std::sort(sorted, sorted + members.size(), [](const Member* a, const Member* b) {
            return a->name.size() != b->name.size() ? a->name.size() < b->name.size() : a->name < b->name;
        });
        for (std::size_t i = 0; i < members.size(); ++i) {
            text(sorted[i]->name);
            if (!value(sorted[i]->value, depth)) return false;
        }
        return true;
    }

    char* out_;
    Arena& arena_;
    std::size_t size_ = 0;
};

}  // namespace

std::optional<std::string_view> encode_cbor(const Value& value, Arena& arena) noexcept {
    Encoder measure(nullptr, arena);
    if (!measure.value(value, 0)) return std::nullopt;
    char* const place = arena.allocate<char>(measure.size());
    if (place == nullptr || !Encoder(place, arena).value(value, 0)) return std::nullopt;
    return std::string_view(place, measure.size());
}

}  // namespace mortise::flags
