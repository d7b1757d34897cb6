#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/http/message.hpp"

#include <span>
#include <string_view>

namespace mortise::http {

// The reason phrase of a status (RFC 9110, 15), "Unknown" for one that is not registered.
std::string_view reason_phrase(int status) noexcept;

// The status that an error of that kind is answered with.
int status_of(base::ErrorKind kind) noexcept;

// An application/problem+json answer (RFC 9457): type `urn:mortise:problem:<code>`, title, status, code,
// detail, request_id, and `errors` if any fields are given.
Response problem(int status, std::string_view code, std::string_view detail, const base::Uuid& request_id,
                 std::span<const base::FieldError> fields = {});

// The same from an error: its public parts only, with Retry-After if it advises one.
Response problem(const base::Error& error, const base::Uuid& request_id);

// 500 without any internal text; with X-Request-Id, since nobody may be left to add it.
Response internal_problem(const base::Uuid& request_id);

}  // namespace mortise::http
