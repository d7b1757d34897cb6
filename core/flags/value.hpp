#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mortise::flags {

class Arena;
struct Member;

// What rules compute with: a JSON value in 16 bytes that refers to memory of somebody else (a Program, the
// caller's context, an Arena). Numbers are doubles, as in JavaScript, where JSONLogic comes from; strings are
// UTF-8. Text and items are never null, and an array or object is the same as another only if it is that very
// one (`same`).
class Value {
 public:
    enum class Kind : std::uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };

    constexpr Value() noexcept : number_(0) {}
    static constexpr Value null() noexcept { return {}; }
    static constexpr Value boolean(bool value) noexcept { return Value(Kind::kBoolean, value ? 1 : 0); }
    static constexpr Value number(double value) noexcept {
        Value made(Kind::kNumber, 0);
        made.number_ = value;
        return made;
    }
    static constexpr Value string(std::string_view text) noexcept {
        Value made(Kind::kString, text.size());
        made.text_ = text.data() == nullptr ? "" : text.data();
        return made;
    }
    // `items` has an address even if it is empty.
    static constexpr Value array(std::span<const Value> items) noexcept {
        Value made(Kind::kArray, items.size());
        made.items_ = items.data();
        return made;
    }
    // `members` are sorted by name (bytewise), each name once.
    static constexpr Value object(std::span<const Member> members) noexcept;

    constexpr Kind kind() const noexcept { return kind_; }
    constexpr bool is_null() const noexcept { return kind_ == Kind::kNull; }
    constexpr bool is_string() const noexcept { return kind_ == Kind::kString; }
    constexpr bool is_number() const noexcept { return kind_ == Kind::kNumber; }
    constexpr bool is_array() const noexcept { return kind_ == Kind::kArray; }
    constexpr bool is_object() const noexcept { return kind_ == Kind::kObject; }
    constexpr bool is_boolean() const noexcept { return kind_ == Kind::kBoolean; }
    constexpr bool is_scalar() const noexcept { return kind_ < Kind::kArray; }

    // Each only of a value of that kind.
    constexpr bool boolean() const noexcept { return size_ != 0; }
    constexpr double number() const noexcept { return number_; }
    constexpr std::string_view text() const noexcept { return {text_, size_}; }
    constexpr std::span<const Value> items() const noexcept { return {items_, size_}; }
    constexpr std::span<const Member> members() const noexcept;
    // Of an object; null if it has no such member.
    const Value* find(std::string_view name) const noexcept;

    // Of two arrays or of two objects: whether it is the very same one.
    constexpr bool same(const Value& other) const noexcept {
        return kind_ == other.kind_ && size_ == other.size_ &&
               static_cast<const void*>(items_) == other.items_;
    }

 private:
    constexpr Value(Kind kind, std::size_t size) noexcept
        : number_(0), size_(static_cast<std::uint32_t>(size)), kind_(kind) {}

    union {
        double number_;
        const char* text_;
        const Value* items_;
        const Member* members_;
    };
    std::uint32_t size_ = 0;  // of text, items or members; the value of a boolean
    Kind kind_ = Kind::kNull;
};
static_assert(sizeof(Value) == 16);

struct Member {
    std::string_view name;
    Value value;
};

constexpr Value Value::object(std::span<const Member> members) noexcept {
    Value made(Kind::kObject, members.size());
    made.members_ = members.data();
    return made;
}

constexpr std::span<const Member> Value::members() const noexcept {
    return {members_, size_};
}

// The value of the member of that name among sorted ones; null if there is none.
const Value* find_member(std::span<const Member> sorted, std::string_view name) noexcept;

}  // namespace mortise::flags
