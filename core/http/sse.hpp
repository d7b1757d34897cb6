#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace mortise::http {

// Server-sent events (HTML, 9.2), as they stand in a body of this type.
inline constexpr std::string_view kEventStreamType = "text/event-stream";
inline constexpr std::string_view kSseHeartbeat = ":\n\n";  // a comment, which clients pass over

struct SseEvent {
    std::string_view id;     // what a client that comes again sends as Last-Event-ID; empty: as before
    std::string_view event;  // its type; empty: "message"
    std::string_view data;   // each line becomes a field; empty: nothing is dispatched, only `id` is taken
};

// An id or type with a line break or NUL is a programming error and is left out.
std::string to_sse(const SseEvent& event);
// How long a client is to wait before it comes again.
std::string sse_retry(std::chrono::milliseconds wait);

}  // namespace mortise::http
