#include "core/http/trace.hpp"

#include "core/base/random.hpp"
#include "core/base/text.hpp"

#include <algorithm>

namespace mortise::http {
namespace {

std::string_view bytes_of(const auto& array) noexcept {
    return {reinterpret_cast<const char*>(array.data()), array.size()};
}

// Lower-case hexadecimal digits into bytes; false if they are none, or all zero.
bool read_hex(std::string_view text, auto& out) noexcept {
    bool any = false;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const char a = text[2 * i], b = text[2 * i + 1];
        if (base::hex_digit(a) < 0 || base::hex_digit(b) < 0 || base::ascii_lower(a) != a ||
            base::ascii_lower(b) != b)
            return false;
        out[i] = static_cast<std::uint8_t>(base::hex_digit(a) * 16 + base::hex_digit(b));
        any = any || out[i] != 0;
    }
    return any;
}

}  // namespace

std::optional<base::TraceContext> parse_traceparent(std::string_view text) noexcept {
    // 00-<32 hex>-<16 hex>-<2 hex>; later versions may be longer, and ff is forbidden.
    if (text.size() < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-' || text.starts_with("ff"))
        return std::nullopt;
    if (text.starts_with("00") ? text.size() != 55 : text.size() > 55 && text[55] != '-') return std::nullopt;
    if (base::hex_digit(text[0]) < 0 || base::hex_digit(text[1]) < 0) return std::nullopt;
    base::TraceContext trace;
    const int high = base::hex_digit(text[53]), low = base::hex_digit(text[54]);
    if (high < 0 || low < 0 || !read_hex(text.substr(3, 32), trace.trace_id) ||
        !read_hex(text.substr(36, 16), trace.span_id))
        return std::nullopt;
    trace.flags = static_cast<std::uint8_t>(high * 16 + low);
    return trace;
}

std::string format_traceparent(const base::TraceContext& trace) {
    std::string out =
        "00-" + base::to_hex(bytes_of(trace.trace_id)) + '-' + base::to_hex(bytes_of(trace.span_id)) + '-';
    base::append_hex(out, trace.flags);
    return out;
}

base::TraceContext new_trace() {
    base::TraceContext trace;
    base::fill_random(trace.trace_id.data(), trace.trace_id.size());
    base::fill_random(trace.span_id.data(), trace.span_id.size());
    return trace;
}

}  // namespace mortise::http
