#include "page.hpp"

#include "mortise/errors.hpp"
#include "mortise/text.hpp"
#include "mortise/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

namespace milestones {
namespace {

using mortise::sdk::Call;
using mortise::sdk::Problem;
using mortise::sdk::Uuid;

constexpr std::array<std::string_view, 8> kSorts = {"key",   "-key",   "due",     "-due",
                                                    "title", "-title", "created", "-created"};
constexpr std::int64_t kMaxLimit = 100;
constexpr std::size_t kMaxQuery = 800;    // bytes
constexpr std::size_t kMaxCursor = 4096;  // characters
constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

[[noreturn]] void refuse(std::string_view name, std::string_view allowed) {
    throw Problem(400, "invalid_parameter",
                  "The parameter " + std::string(name) + " must be " + std::string(allowed) + ".");
}

[[noreturn]] void refuse_cursor() {
    throw Problem(400, "invalid_cursor",
                  "The cursor is not one of this list with these filters and this order. Begin without one.");
}

// base64url without padding (RFC 4648, section 5).
std::string encode(std::string_view bytes) {
    std::string text;
    unsigned bits = 0;
    unsigned count = 0;
    for (const char c : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        for (count += 8; count >= 6; count -= 6)
            text += kDigits[(bits >> (count - 6)) & 63U];
        bits &= (1U << count) - 1;
    }
    if (count > 0) text += kDigits[(bits << (6 - count)) & 63U];
    return text;
}

std::optional<std::string> decode(std::string_view text) {
    std::string bytes;
    unsigned bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const std::size_t digit = kDigits.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        bits = (bits << 6U) | static_cast<unsigned>(digit);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>((bits >> count) & 255U);
        bits &= (1U << count) - 1;
    }
    if (count >= 6 || bits != 0) return std::nullopt;  // not canonical
    return bytes;
}

// FNV-1a, 64 bits.
class CheckSum {
 public:
    void add(std::string_view text) {
        for (const char c : text)
            mix(static_cast<unsigned char>(c));
        mix(0xFF);  // no byte of UTF-8: a border between fields
    }
    void add_maybe(const std::optional<std::string>& text) {
        mix(text ? 1 : 0);
        add(text ? std::string_view(*text) : std::string_view());
    }
    std::string hex() const {
        std::string text;
        for (unsigned shift = 64; shift > 0; shift -= 4)
            text += "0123456789abcdef"[(sum_ >> (shift - 4)) & 15U];
        return text;
    }

 private:
    void mix(unsigned char byte) { sum_ = (sum_ ^ byte) * 0x100000001B3U; }
    std::uint64_t sum_ = 0xCBF29CE484222325U;
};

std::string check_sum(const PageRequest& page, const After& after) {
    CheckSum sum;
    for (const auto& part : {page.filter.statuses, page.filter.owner, page.filter.due_from,
                             page.filter.due_to, page.filter.q, page.parent_key})
        sum.add_maybe(part);
    sum.add(page.filter.roots ? "roots" : "all");
    sum.add(page.sort);
    sum.add(after.id.to_string());
    sum.add(after.key);
    sum.add(after.value);
    return sum.hex();
}

// The text that a sort compares; it must be what milestone_list.sql compares.
std::string sorted_value(std::string_view sort, const Milestone& milestone) {
    if (sort == "due") return milestone.due.value_or("~");
    if (sort == "-due") return milestone.due.value_or("");
    if (sort == "title" || sort == "-title") return milestone.title;
    return {};
}

// "<check sum><id><key>\n<value>"
After parse_cursor(const PageRequest& page, std::string_view text) {
    constexpr std::size_t kSum = 16;
    constexpr std::size_t kId = 36;
    const auto decoded = text.size() <= kMaxCursor ? decode(text) : std::nullopt;
    if (!decoded || decoded->size() < kSum + kId) refuse_cursor();
    const std::string_view content(*decoded);
    const auto id = Uuid::parse(content.substr(kSum, kId));
    const std::string_view rest = content.substr(kSum + kId);
    const std::size_t line = rest.find('\n');
    if (!id || line == std::string_view::npos || !mortise::sdk::is_utf8(rest)) refuse_cursor();
    After after{std::string(rest.substr(line + 1)), std::string(rest.substr(0, line)), *id};
    if (check_sum(page, after) != content.substr(0, kSum)) refuse_cursor();
    return after;
}

// ",planned,at_risk,", of a parameter that repeats or lists with commas.
std::optional<std::string> decode_statuses(const Call& call) {
    std::array<bool, kStatusNames.size()> wanted{};
    bool any = false;
    for (std::string_view value : call.queries("status")) {
        while (true) {
            const std::size_t end = std::min(value.find(','), value.size());
            const auto status = parse_status(value.substr(0, end));
            if (!status)
                refuse("status", "planned, in_progress, at_risk, completed or cancelled, or several");
            wanted[static_cast<std::size_t>(*status)] = any = true;
            if (end == value.size()) break;
            value.remove_prefix(end + 1);
        }
    }
    if (!any) return std::nullopt;
    std::string statuses = ",";
    for (std::size_t i = 0; i < wanted.size(); ++i)
        if (wanted[i]) statuses.append(kStatusNames[i]).append(",");
    return statuses;
}

std::optional<std::string> decode_text(const Call& call, std::string_view name) {
    const auto value = call.query(name);
    if (!value) return std::nullopt;
    if (value->empty() || value->size() > kMaxQuery) refuse(name, "text of 1 to 800 bytes");
    return std::string(*value);
}

std::optional<std::string> decode_date(const Call& call, std::string_view name) {
    const auto value = call.query(name);
    if (!value) return std::nullopt;
    if (!mortise::sdk::is_date(*value)) refuse(name, "a date as YYYY-MM-DD");
    return std::string(*value);
}

std::int64_t default_limit(const Call& call) {
    const auto settings = nlohmann::json::parse(call.settings(), nullptr, false);
    if (!settings.is_object()) return PageRequest{}.limit;
    const std::int64_t limit = settings.value("page_size_default", PageRequest{}.limit);
    return std::clamp<std::int64_t>(limit, 1, kMaxLimit);
}

std::int64_t decode_limit(const Call& call) {
    const auto value = call.query("limit");
    if (!value) return default_limit(call);
    std::int64_t limit = 0;
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), limit);
    const bool whole = error == std::errc{} && end == value->data() + value->size();
    if (!whole || limit < 1 || limit > kMaxLimit) refuse("limit", "a whole number from 1 to 100");
    return limit;
}

void decode_parent(const Call& call, PageRequest& page) {
    const auto value = call.query("parent");
    if (!value) return;
    page.filter.roots = *value == "none";
    if (page.filter.roots) return;
    if (check_key(*value)) refuse("parent", "a key, or none");
    page.parent_key = std::string(*value);
}

}  // namespace

PageRequest decode_page(const Call& call, std::optional<std::string_view> children_of) {
    if (children_of)
        call.allow_query({"status", "owner", "due_from", "due_to", "q", "sort", "limit", "cursor"});
    else
        call.allow_query({"status", "owner", "parent", "due_from", "due_to", "q", "sort", "limit", "cursor"});
    PageRequest page;
    page.filter.statuses = decode_statuses(call);
    page.filter.owner = decode_text(call, "owner");
    page.filter.due_from = decode_date(call, "due_from");
    page.filter.due_to = decode_date(call, "due_to");
    page.filter.q = decode_text(call, "q");
    if (page.filter.q)
        for (char& c : *page.filter.q)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (children_of)
        page.parent_key = std::string(*children_of);
    else
        decode_parent(call, page);
    page.sort = std::string(call.query("sort").value_or("key"));
    if (std::ranges::find(kSorts, page.sort) == kSorts.end())
        refuse("sort", "key, due, title or created, with a '-' before it for the other direction");
    page.limit = decode_limit(call);
    if (const auto cursor = call.query("cursor")) page.after = parse_cursor(page, *cursor);
    return page;
}

PageRequest decode_plain_page(const Call& call, std::string of) {
    call.allow_query({"limit", "cursor"});
    PageRequest page;
    page.parent_key = std::move(of);
    page.limit = decode_limit(call);
    if (const auto cursor = call.query("cursor")) page.after = parse_cursor(page, *cursor);
    return page;
}

std::string make_cursor(const PageRequest& page, const Milestone& last) {
    const After after{sorted_value(page.sort, last), last.key, last.id};
    return encode(check_sum(page, after) + after.id.to_string() + after.key + '\n' + after.value);
}

}  // namespace milestones
