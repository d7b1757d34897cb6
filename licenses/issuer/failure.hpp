#pragma once

#include "licenses/document/result.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace mortise::issuer {

// Ends a command with exit code 1. `code` is stable and stands in --json; the text says what to do.
class Failure : public std::runtime_error {
 public:
    Failure(std::string code, const std::string& detail)
        : std::runtime_error(detail), code_(std::move(code)) {}
    explicit Failure(const licenses::Refusal& refusal)
        : Failure(std::string(licenses::to_string(refusal.code)), refusal.detail) {}

    const std::string& code() const noexcept { return code_; }

 private:
    std::string code_;
};

// The value, or the refusal as a Failure.
template <class T>
T take(licenses::Result<T> result) {
    if (!result.ok()) throw Failure(result.refusal());
    return std::move(result).value();
}

}  // namespace mortise::issuer
