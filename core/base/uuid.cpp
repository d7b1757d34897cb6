#include "core/base/uuid.hpp"

#include "core/base/random.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <mutex>

namespace mortise::base {
namespace {

// Where the four hyphens stand in the text form.
constexpr bool hyphen_at(std::size_t i) noexcept {
    return i == 8 || i == 13 || i == 18 || i == 23;
}

// The last tick handed out: milliseconds times 4096 plus a 12-bit counter (RFC 9562, 6.2, method 1).
std::uint64_t next_tick(std::uint64_t ms) {
    static std::mutex mutex;
    static std::uint64_t last = 0;
    const std::lock_guard lock(mutex);
    last = std::max(last + 1, ms << 12);
    return last;
}

}  // namespace

std::string Uuid::to_string() const {
    std::string out;
    out.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        append_hex(out, bytes[i]);
    }
    return out;
}

std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
    if (text.size() != 36) return std::nullopt;
    Uuid id;
    std::size_t at = 0;
    for (std::size_t i = 0; i < text.size();) {
        if (hyphen_at(i)) {
            if (text[i] != '-') return std::nullopt;
            ++i;
            continue;
        }
        const int high = hex_digit(text[i]);
        const int low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        id.bytes[at++] = static_cast<std::uint8_t>(high * 16 + low);
        i += 2;
    }
    return id;
}

std::optional<Uuid> Uuid::from_bytes(std::string_view raw) noexcept {
    if (raw.size() != 16) return std::nullopt;
    Uuid id;
    std::copy(raw.begin(), raw.end(), reinterpret_cast<char*>(id.bytes.data()));
    return id;
}

Uuid new_uuid(const Clock& clock) {
    const std::uint64_t tick = next_tick(static_cast<std::uint64_t>(clock.now()) / 1000);
    const std::uint64_t ms = tick >> 12;
    Uuid id;
    fill_random(id.bytes.data() + 8, 8);
    for (std::size_t i = 0; i < 6; ++i)
        id.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    id.bytes[6] = static_cast<std::uint8_t>(0x70 | ((tick >> 8) & 0x0f));
    id.bytes[7] = static_cast<std::uint8_t>(tick);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

}  // namespace mortise::base
