#include "licenses/document/claim_reader.hpp"

#include "licenses/document/base64url.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxText = 255;

bool is_plain_text(const std::string& text) noexcept {
    return !text.empty() && text.size() <= kMaxText && std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
}

bool is_lower(char c) noexcept {
    return c >= 'a' && c <= 'z';
}
bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

}  // namespace

ClaimReader::ClaimReader(const json& object) : object_(object) {
    if (!object_.is_object()) fail("the document", "must be an object");
}

bool ClaimReader::has(const char* name) const {
    return object_.is_object() && object_.contains(name);
}

const json* ClaimReader::find(const char* name, bool required) {
    if (has(name)) return &object_.at(name);
    if (required) fail(name, "is missing");
    return nullptr;
}

std::string ClaimReader::text(const char* name, bool required) {
    const json* value = find(name, required);
    if (value == nullptr) return {};
    if (value->is_string() && is_plain_text(value->get_ref<const std::string&>()))
        return value->get<std::string>();
    fail(name, "must be a text of 1 to 255 bytes without control characters");
    return {};
}

std::string ClaimReader::long_text(const char* name, std::size_t max) {
    const json* value = find(name, false);
    if (value == nullptr) return {};
    if (value->is_string() && value->get_ref<const std::string&>().size() <= max)
        return value->get<std::string>();
    fail(name, "must be a text of at most " + std::to_string(max) + " bytes");
    return {};
}

std::optional<Seconds> ClaimReader::time(const char* name, bool required) {
    const json* value = find(name, required);
    if (value == nullptr) return std::nullopt;
    const auto parsed = value->is_string() ? parse_time(value->get_ref<const std::string&>()) : std::nullopt;
    if (!parsed) fail(name, "must be a time such as 2026-11-21T00:00:00Z");
    return parsed;
}

std::uint64_t ClaimReader::number(const char* name, std::uint64_t max, bool required) {
    const json* value = find(name, required);
    if (value == nullptr) return 0;
    if (value->is_number_unsigned() && value->get<std::uint64_t>() <= max) return value->get<std::uint64_t>();
    fail(name, "must be a whole number of 0 to " + std::to_string(max));
    return 0;
}

std::vector<std::string> ClaimReader::texts(const char* name, std::size_t max) {
    const json* value = find(name, false);
    if (value == nullptr) return {};
    std::vector<std::string> out;
    if (!value->is_array() || value->size() > max) {
        fail(name, "must be a list of at most " + std::to_string(max) + " texts");
        return out;
    }
    for (const json& item : *value) {
        if (!item.is_string() || !is_plain_text(item.get_ref<const std::string&>())) {
            fail(name, "must hold texts only");
            return {};
        }
        out.push_back(item.get<std::string>());
    }
    std::sort(out.begin(), out.end());
    if (std::adjacent_find(out.begin(), out.end()) != out.end()) fail(name, "holds a text twice");
    return out;
}

void ClaimReader::members(const char* name, std::size_t max,
                          const std::function<void(const std::string&, const json&)>& read) {
    const json* value = find(name, false);
    if (value == nullptr) return;
    if (!value->is_object() || value->size() > max) {
        fail(name, "must be an object of at most " + std::to_string(max) + " members");
        return;
    }
    for (const auto& [key, member] : value->items())
        read(key, member);
}

std::string ClaimReader::bytes(const char* name, std::size_t size, bool required) {
    const json* value = find(name, required);
    if (value == nullptr) return {};
    const auto decoded =
        value->is_string() ? base64url_decode(value->get_ref<const std::string&>()) : std::nullopt;
    if (decoded && !decoded->empty() && (size == 0 || decoded->size() == size)) return *decoded;
    fail(name, "must be base64url of " + (size == 0 ? std::string("some") : std::to_string(size)) + " bytes");
    return {};
}

void ClaimReader::only(std::initializer_list<std::string_view> known) {
    if (!object_.is_object()) return;
    for (const auto& [name, value] : object_.items())
        if (std::find(known.begin(), known.end(), name) == known.end())
            fail("the document", "has a member that this version does not know, and that could narrow it");
}

void ClaimReader::fail(std::string_view name, std::string_view why) {
    fail({RefusalCode::kBadClaims, "Claim " + std::string(name) + " " + std::string(why) + "."});
}

void ClaimReader::fail(Refusal refusal) {
    if (!refusal_) refusal_ = std::move(refusal);
}

bool is_name(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 64 && is_lower(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_lower(c) || is_digit(c) || c == '_' || c == '-' || c == '.'; });
}

bool is_plugin_id(std::string_view text) noexcept {
    return text.size() >= 2 && text.size() <= 31 && is_lower(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_lower(c) || is_digit(c); });
}

}  // namespace mortise::licenses
