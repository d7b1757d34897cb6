#include "core/http/trace.hpp"

#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "core/crypto/bytes.hpp"

namespace mortise::http {
namespace {

constexpr std::uint8_t kSampled = 0x01;

// The value of two lower-case hexadecimal digits; -1 if they are none.
int byte_at(std::string_view text, std::size_t at) noexcept {
    const char a = text[at], b = text[at + 1];
    if (base::hex_digit(a) < 0 || base::hex_digit(b) < 0 || base::ascii_lower(a) != a ||
        base::ascii_lower(b) != b)
        return -1;
    return base::hex_digit(a) * 16 + base::hex_digit(b);
}

// Bytes of an id; false if they are none, or all zero.
bool read_id(std::string_view text, auto& out) noexcept {
    bool any = false;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const int byte = byte_at(text, 2 * i);
        if (byte < 0) return false;
        out[i] = static_cast<std::uint8_t>(byte);
        any = any || byte != 0;
    }
    return any;
}

}  // namespace

std::optional<base::TraceContext> parse_traceparent(std::string_view text) noexcept {
    // 00-<32 hex>-<16 hex>-<2 hex>; later versions may be longer, and ff is forbidden.
    if (text.size() < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
    const int version = byte_at(text, 0), flags = byte_at(text, 53);
    if (version < 0 || version == 0xff || flags < 0) return std::nullopt;
    if (version == 0 ? text.size() != 55 : text.size() > 55 && text[55] != '-') return std::nullopt;
    base::TraceContext trace;
    if (!read_id(text.substr(3, 32), trace.trace_id) || !read_id(text.substr(36, 16), trace.span_id))
        return std::nullopt;
    trace.flags = static_cast<std::uint8_t>(flags) & kSampled;
    return trace;
}

std::string trace_id_text(const base::TraceContext& trace) {
    return base::to_hex(crypto::as_bytes(trace.trace_id));
}

base::TraceContext new_trace() {
    base::TraceContext trace;
    base::fill_random(trace.trace_id.data(), trace.trace_id.size());
    base::fill_random(trace.span_id.data(), trace.span_id.size());
    return trace;
}

}  // namespace mortise::http
