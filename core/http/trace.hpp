#pragma once

#include "core/base/request_context.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mortise::http {

// Reads a `traceparent` field (W3C Trace Context, level 1, 3.2); nullopt if it is malformed, and the trace
// then starts anew.
std::optional<base::TraceContext> parse_traceparent(std::string_view text) noexcept;

// The field that passes the trace on.
std::string format_traceparent(const base::TraceContext& trace);

// A trace of our own.
base::TraceContext new_trace();

}  // namespace mortise::http
