#include "core/http/sse.hpp"

namespace mortise::http {
namespace {

void append_line(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += '\n';
}

bool is_one_line(std::string_view text) noexcept {
    return !text.empty() && text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

std::string to_sse(const SseEvent& event) {
    std::string out;
    if (is_one_line(event.id)) append_line(out, "id", event.id);
    if (is_one_line(event.event)) append_line(out, "event", event.event);
    // A carriage return ends a line as well, with or without the line feed behind it.
    std::string_view rest = event.data;
    while (!rest.empty()) {
        const auto end = rest.find_first_of("\r\n");
        append_line(out, "data", rest.substr(0, end));
        if (end == std::string_view::npos) break;
        const bool pair = rest.substr(end).starts_with("\r\n");
        rest.remove_prefix(end + (pair ? 2 : 1));
        if (rest.empty()) append_line(out, "data", "");
    }
    return out + '\n';
}

std::string sse_retry(std::chrono::milliseconds wait) {
    return "retry: " + std::to_string(wait.count()) + "\n\n";
}

}  // namespace mortise::http
