#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace rules::feel {

// What is wrong with a text, and where: bytes from its begin, and line and column as people count (from 1).
struct Fault {
    std::size_t position = 0;
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    std::string reason;
};

// A value, or why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
    Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
    Result(Fault fault) : state_(std::move(fault)) {}  // NOLINT(google-explicit-constructor)

    bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    // Only while ok().
    const T& operator*() const& { return *std::get_if<0>(&state_); }
    T& operator*() & { return *std::get_if<0>(&state_); }
    T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
    const T* operator->() const { return std::get_if<0>(&state_); }
    T* operator->() { return std::get_if<0>(&state_); }

    // Only while not ok().
    const Fault& fault() const { return *std::get_if<1>(&state_); }

 private:
    std::variant<T, Fault> state_;
};

}  // namespace rules::feel
