#pragma once

#include "core/base/request_context.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mortise::http {

// Reads a `traceparent` field (W3C Trace Context, level 1, 3.2); nullopt if it is malformed, and the trace
// then starts anew. Only the flag `sampled` is kept: the others must not be passed on (3.2.2.5.2).
std::optional<base::TraceContext> parse_traceparent(std::string_view text) noexcept;

// The trace's id as 32 hexadecimal digits.
std::string trace_id_text(const base::TraceContext& trace);

// A trace of our own, not sampled.
base::TraceContext new_trace();

}  // namespace mortise::http
