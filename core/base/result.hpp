#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mortise::base {

// What a caller can do about an error. The HTTP status follows from it (http/problem.cpp), so a kind is
// added only if a caller would act on it differently.
enum class ErrorKind : std::uint8_t {
    kInvalid,               // the input is wrong: mend it (400)
    kUnprocessable,         // well formed, but against a rule of the domain (422)
    kUnauthenticated,       // who are you? (401)
    kForbidden,             // you may not (403)
    kNotFound,              // there is none, or none for you (404)
    kConflict,              // against the present state (409)
    kPrecondition,          // If-Match did not match (412)
    kPreconditionRequired,  // If-Match is needed (428)
    kTooLarge,              // beyond a limit (413)
    kUnsupportedType,       // wrong media type (415)
    kRateLimited,           // later (429)
    kUnavailable,           // not now: busy, draining, lost database (503)
    kTimeout,               // the deadline passed (504)
    kInternal,              // our fault; never shown in detail (500)
};

// One wrong field of an input. `pointer` is a JSON pointer (RFC 6901) into the body, or the name of a
// parameter; `code` is stable, `detail` is for people.
struct FieldError {
    std::string pointer;
    std::string code;
    std::string detail;
};

// Why something failed, for two readers: `detail` is shown to the client, `log_text` only to the operator.
struct Error {
    ErrorKind kind = ErrorKind::kInternal;
    std::string code;    // stable, snake_case, part of the API
    std::string detail;  // public, a full sentence, says what to do
    std::string log_text = {};
    std::vector<FieldError> fields = {};
    std::uint32_t retry_after_s = 0;  // 0: no advice
};

// An error of our own making: the client sees only that it happened.
inline Error internal_error(std::string log_text) {
    return {ErrorKind::kInternal, "internal_error", "The server could not complete the request.",
            std::move(log_text)};
}

// A value, or the reason why there is none. Holding the wrong side and asking for it is a programming error
// and throws std::bad_variant_access.
template <class T>
class [[nodiscard]] Result {
 public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const Error& error() const& { return std::get<1>(state_); }
    Error& error() & { return std::get<1>(state_); }
    Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
    std::variant<T, Error> state_;
};

// Success without a value, or the reason.
template <>
class [[nodiscard]] Result<void> {
 public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    bool ok() const noexcept { return !error_.has_value(); }
    explicit operator bool() const noexcept { return ok(); }
    const Error& error() const& { return error_.value(); }
    Error&& error() && { return std::move(error_).value(); }

 private:
    std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace mortise::base

// Returns the error of `expr` from the calling function, if it has one.
#define MORTISE_TRY(expr)                                               \
    do {                                                                \
        if (auto mortise_try_result = (expr); !mortise_try_result.ok()) \
            return std::move(mortise_try_result).error();               \
    } while (false)

#define MORTISE_TRY_CONCAT_(a, b) a##b
#define MORTISE_TRY_CONCAT(a, b) MORTISE_TRY_CONCAT_(a, b)

// Declares `decl` with the value of `expr`, or returns its error from the calling function.
#define MORTISE_TRY_ASSIGN(decl, expr)                                        \
    auto MORTISE_TRY_CONCAT(mortise_try_, __LINE__) = (expr);                 \
    if (!MORTISE_TRY_CONCAT(mortise_try_, __LINE__).ok())                     \
        return std::move(MORTISE_TRY_CONCAT(mortise_try_, __LINE__)).error(); \
    decl = std::move(MORTISE_TRY_CONCAT(mortise_try_, __LINE__)).value()
