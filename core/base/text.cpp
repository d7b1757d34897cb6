#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace mortise::base {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::uint8_t byte_at(std::string_view text, std::size_t i) noexcept {
    return static_cast<std::uint8_t>(text[i]);
}

// Length of the well-formed UTF-8 sequence at `i`, 0 if there is none.
std::size_t utf8_sequence(std::string_view text, std::size_t i) noexcept {
    const std::uint8_t lead = byte_at(text, i);
    if (lead < 0x80) return 1;
    if (lead < 0xc2 || lead > 0xf4) return 0;
    const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (i + length > text.size()) return 0;
    const std::uint8_t second = byte_at(text, i + 1);
    const std::uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) return 0;
    for (std::size_t k = 2; k < length; ++k)
        if ((byte_at(text, i + k) & 0xc0) != 0x80) return 0;
    return length;
}

constexpr std::array<std::int8_t, 256> make_base64_values() {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < kBase64.size(); ++i)
        values[static_cast<std::uint8_t>(kBase64[i])] = static_cast<std::int8_t>(i);
    return values;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) noexcept {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

// `count` digits at `i`, or -1.
int digits(std::string_view text, std::size_t i, std::size_t count) noexcept {
    if (i + count > text.size()) return -1;
    int value = 0;
    for (std::size_t k = i; k < i + count; ++k) {
        if (text[k] < '0' || text[k] > '9') return -1;
        value = value * 10 + (text[k] - '0');
    }
    return value;
}

std::optional<std::chrono::sys_days> parse_date(std::string_view text) noexcept {
    if (text.size() < 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const int y = digits(text, 0, 4), m = digits(text, 5, 2), d = digits(text, 8, 2);
    if (y < 1 || m < 1 || d < 1) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(y), std::chrono::month(static_cast<unsigned>(m)),
                                           std::chrono::day(static_cast<unsigned>(d))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date);
}

}  // namespace

void append_hex(std::string& out, std::uint8_t byte) {
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
}

std::string to_hex(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes)
        append_hex(out, static_cast<std::uint8_t>(c));
    return out;
}

bool iequals(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return ascii_lower(x) == ascii_lower(y);
           });
}

std::string to_lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), ascii_lower);
    return out;
}

std::string_view trim(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_utf8(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = utf8_sequence(text, i);
        if (length == 0) return false;
        i += length;
    }
    return true;
}

std::size_t utf8_length(std::string_view text) noexcept {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += plus_is_space && text[i] == '+' ? ' ' : text[i];
        }
    }
    if (!is_utf8(out)) return std::nullopt;
    return out;
}

std::string base64url_encode(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t group = 0;
    int bits = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        group = (group << 8) | byte_at(bytes, i);
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            out += kBase64[(group >> bits) & 63];
        }
    }
    if (bits > 0) out += kBase64[(group << (6 - bits)) & 63];
    return out;
}

std::optional<std::string> base64url_decode(std::string_view text) {
    static constexpr auto kValues = make_base64_values();
    if (text.size() % 4 == 1) return std::nullopt;
    std::string out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t group = 0;
    int bits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::int8_t value = kValues[byte_at(text, i)];
        if (value < 0) return std::nullopt;
        group = (group << 6) | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out += static_cast<char>((group >> bits) & 0xff);
        }
    }
    if ((group & ((1U << bits) - 1)) != 0) return std::nullopt;
    return out;
}

std::optional<std::uint64_t> parse_u64(std::string_view text) noexcept {
    return parse_number<std::uint64_t>(text);
}

std::optional<std::int64_t> parse_i64(std::string_view text) noexcept {
    return parse_number<std::int64_t>(text);
}

std::string format_rfc3339(Micros time) {
    using namespace std::chrono;
    const sys_time<microseconds> point{microseconds(time)};
    const auto day = floor<days>(point);
    const year_month_day date(day);
    const hh_mm_ss clock(point - day);
    std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                  clock.hours().count(), clock.minutes().count(), clock.seconds().count());
    const auto fraction = clock.subseconds().count();
    if (fraction % 1000 != 0)
        out += fmt::format(".{:06}", fraction);
    else if (fraction != 0)
        out += fmt::format(".{:03}", fraction / 1000);
    return out + 'Z';
}

std::optional<Micros> parse_rfc3339(std::string_view text) noexcept {
    const auto day = parse_date(text);
    if (!day || text.size() < 20 || (text[10] != 'T' && text[10] != 't') || text[13] != ':' ||
        text[16] != ':')
        return std::nullopt;
    const int h = digits(text, 11, 2), m = digits(text, 14, 2), s = digits(text, 17, 2);
    if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59) return std::nullopt;
    std::size_t i = 19;
    Micros fraction = 0;
    if (text[i] == '.') {
        Micros unit = 100000;  // 0 beyond microseconds, which are cut off
        for (++i; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, unit /= 10)
            fraction += unit * (text[i] - '0');
        if (text[i - 1] == '.') return std::nullopt;
    }
    Micros offset = 0;
    const std::string_view zone = text.substr(i);
    if (zone != "Z" && zone != "z") {
        if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
        const int oh = digits(zone, 1, 2), om = digits(zone, 4, 2);
        if (oh < 0 || oh > 23 || om < 0 || om > 59) return std::nullopt;
        offset = (zone[0] == '-' ? -1 : 1) * (oh * 60 + om);
    }
    const Micros seconds =
        day->time_since_epoch().count() * Micros{86400} + h * 3600 + m * 60 + s - offset * 60;
    return seconds * 1000000 + fraction;
}

bool is_date(std::string_view text) noexcept {
    return text.size() == 10 && parse_date(text).has_value();
}

namespace {

bool needs_no_escape(char c) noexcept {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto* const end = std::find_if_not(text.begin() + i, text.end(), needs_no_escape);
        const auto run = static_cast<std::size_t>(end - text.begin()) - i;
        out.append(text, i, run);
        i += run;
        if (i == text.size()) return;
        const std::size_t length = utf8_sequence(text, i);
        const std::uint8_t c = byte_at(text, i);
        if (length == 0) {
            out += "\\ufffd";
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += text[i];
        } else if (c < 0x20 || c == 0x7f) {
            out += fmt::format("\\u{:04x}", c);
        } else {
            out.append(text, i, length);
        }
        i += std::max<std::size_t>(length, 1);
    }
}

}  // namespace mortise::base
