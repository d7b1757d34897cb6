#include "core/http/response_writer.hpp"

#include "core/base/text.hpp"
#include "core/http/problem.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace mortise::http {
namespace {

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_padded(std::string& out, unsigned number) {
    if (number < 10) out += '0';
    append_number(out, number);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

// Without this a value that came from outside could end the field and begin an answer of its own.
bool is_field_value(std::string_view text) noexcept {
    return std::none_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
    });
}

bool is_ours(std::string_view name) noexcept {
    switch (name.size()) {
        case 4:
            return base::iequals(name, "Date");
        case 10:
            return base::iequals(name, "Connection");
        case 14:
            return base::iequals(name, "Content-Length");
        case 17:
            return base::iequals(name, "Transfer-Encoding");
        default:
            return false;
    }
}

void append_status_line(std::string& out, int status) {
    if (status == 200) {
        out += "HTTP/1.1 200 OK\r\n";
        return;
    }
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::uint64_t>(std::clamp(status, 100, 999)));
    out += ' ';
    out += reason_phrase(status);
    out += "\r\n";
}

}  // namespace

std::string_view DateHeader::at(base::Micros now) {
    const std::int64_t second = now / 1'000'000;
    if (second == second_) return text_;
    second_ = second;
    using namespace std::chrono;
    static constexpr std::array<const char*, 7> kDays{"Sun, ", "Mon, ", "Tue, ", "Wed, ",
                                                      "Thu, ", "Fri, ", "Sat, "};
    static constexpr std::array<const char*, 12> kMonths{" Jan ", " Feb ", " Mar ", " Apr ",
                                                         " May ", " Jun ", " Jul ", " Aug ",
                                                         " Sep ", " Oct ", " Nov ", " Dec "};
    const sys_seconds time{seconds{second}};
    const sys_days days = floor<std::chrono::days>(time);
    const year_month_day date{days};
    const hh_mm_ss clock{time - days};
    text_ = kDays[weekday{days}.c_encoding()];
    append_padded(text_, static_cast<unsigned>(date.day()));
    text_ += kMonths[static_cast<unsigned>(date.month()) - 1];
    append_number(text_, static_cast<std::uint64_t>(static_cast<int>(date.year())));
    text_ += ' ';
    append_padded(text_, static_cast<unsigned>(clock.hours().count()));
    text_ += ':';
    append_padded(text_, static_cast<unsigned>(clock.minutes().count()));
    text_ += ':';
    append_padded(text_, static_cast<unsigned>(clock.seconds().count()));
    text_ += " GMT";
    return text_;
}

void write_response(OutQueue& out, Response&& response, const Framing& framing, std::string_view date) {
    const bool bodiless = is_bodiless(response.status);
    std::string& text = out.tail();
    append_status_line(text, response.status);
    append_field(text, "Date", date);
    if (!response.content_type.empty() && is_field_value(response.content_type))
        append_field(text, "Content-Type", response.content_type);
    if (framing.stream) {
        if (!framing.http_1_0) append_field(text, "Transfer-Encoding", "chunked");
    } else if (!bodiless) {
        text += "Content-Length: ";
        append_number(text, response.body.size());
        text += "\r\n";
    }
    if (!framing.keep_alive)
        append_field(text, "Connection", "close");
    else if (framing.http_1_0)
        append_field(text, "Connection", "keep-alive");
    for (const auto& [name, value] : response.headers)
        if (is_token(name) && is_field_value(value) && !is_ours(name)) append_field(text, name, value);
    text += "\r\n";
    if (!bodiless && !framing.head_only && !framing.stream) out.append(std::move(response.body));
}

// RFC 9112, 7.1. HTTP/1.0 knows no chunks: there the stream ends with the connection (RFC 9112, 6.3).
void write_piece(OutQueue& out, std::string_view bytes, const Framing& framing) {
    std::string& text = out.tail();
    if (framing.http_1_0) {
        text += bytes;
        return;
    }
    std::array<char, 16> digits;
    text.append(digits.data(),
                std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr);
    text += "\r\n";
    text += bytes;
    text += "\r\n";
}

void write_end(OutQueue& out, const Framing& framing) {
    if (!framing.http_1_0) out.tail() += "0\r\n\r\n";
}

}  // namespace mortise::http
