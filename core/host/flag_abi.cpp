#include "core/host/flag_abi.hpp"

#include "core/base/text.hpp"
#include "core/flags/value_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

namespace mortise::host {
namespace {

using flags::Value;

std::string_view viewed(mortise_text text) noexcept {
    return text.size == 0 ? std::string_view() : std::string_view(text.data, text.size);
}

mortise_text shown_text(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

bool is_sound_text(const char* data, std::uint64_t size) noexcept {
    if (size == 0) return true;
    if (data == nullptr) return false;
    const std::string_view text(data, size);
    return base::is_utf8(text) && text.find('\0') == std::string_view::npos;
}

std::uint32_t reason_of(flags::Reason reason) noexcept {
    switch (reason) {
        case flags::Reason::kStatic:
            return MORTISE_FLAG_STATIC;
        case flags::Reason::kTargetingMatch:
            return MORTISE_FLAG_TARGETING_MATCH;
        case flags::Reason::kDefault:
            return MORTISE_FLAG_DEFAULT;
        case flags::Reason::kDisabled:
            return MORTISE_FLAG_DISABLED;
        case flags::Reason::kError:
            break;
    }
    return MORTISE_FLAG_ERROR;
}

std::uint32_t error_of(flags::ErrorCode code) noexcept {
    switch (code) {
        case flags::ErrorCode::kNone:
            return MORTISE_FLAG_E_NONE;
        case flags::ErrorCode::kFlagNotFound:
            return MORTISE_FLAG_E_NOT_FOUND;
        case flags::ErrorCode::kParseError:
            return MORTISE_FLAG_E_PARSE;
        case flags::ErrorCode::kTargetingKeyMissing:
            return MORTISE_FLAG_E_TARGETING_KEY;
        case flags::ErrorCode::kGeneral:
            break;
    }
    return MORTISE_FLAG_E_GENERAL;
}

// A JSON number that is whole and fits, however it is written.
std::optional<std::int64_t> whole(std::string_view json, double number) noexcept {
    if (json.find_first_of(".eE") == std::string_view::npos) return base::parse_i64(json);
    constexpr double kBeyond = 9223372036854775808.0;  // 2^63
    if (std::trunc(number) != number || number < -kBeyond || number >= kBeyond) return std::nullopt;
    return static_cast<std::int64_t>(number);
}

// False: it is of another type. `json` was written by us.
bool put_number(std::string_view json, std::uint32_t type, mortise_flag_value& out) noexcept {
    double number = 0;
    const auto read = std::from_chars(json.data(), json.data() + json.size(), number);
    if (read.ec != std::errc() || !std::isfinite(number)) return false;
    const auto integer = whole(json, number);
    if (type == MORTISE_FLAG_INTEGER && !integer) return false;
    out.number = number;
    out.integer = integer.value_or(0);
    return true;
}

bool put_value(std::string_view json, std::uint32_t type, mortise_flag_value& out, std::string& text) {
    switch (type) {
        case MORTISE_FLAG_BOOLEAN:
            out.integer = json == "true" ? 1 : 0;
            return json == "true" || json == "false";
        case MORTISE_FLAG_TEXT:
            if (json.front() != '"') return false;
            if (json.find('\\') == std::string_view::npos) {
                out.text = shown_text(json.substr(1, json.size() - 2));
                return true;
            }
            text = nlohmann::json::parse(json).get<std::string>();
            out.text = shown_text(text);
            return true;
        case MORTISE_FLAG_INTEGER:
        case MORTISE_FLAG_NUMBER:
            return (json.front() == '-' || (json.front() >= '0' && json.front() <= '9')) &&
                   put_number(json, type, out);
        default:
            out.text = shown_text(json);
            return true;
    }
}

}  // namespace

mortise_status FlagSubject::read(const mortise_flag_context* given, const base::RequestContext& context) {
    if (given != nullptr && given->size < sizeof(mortise_flag_context)) return MORTISE_E_INVALID;
    if (given == nullptr || (given->options & MORTISE_FLAG_TARGET) == 0) {
        take_principal(context.principal);
    } else {
        if (given->targeting_key.size > kMaxTargetingKey) return MORTISE_E_TOO_BIG;
        if (!is_sound_text(given->targeting_key.data, given->targeting_key.size)) return MORTISE_E_INVALID;
        targeting_key_ = viewed(given->targeting_key);
    }
    return given == nullptr ? MORTISE_OK : read_attributes(*given);
}

void FlagSubject::take_principal(const base::Principal& principal) noexcept {
    if (principal.kind == base::PrincipalKind::kAnonymous || principal.id.is_nil()) return;
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::size_t at = 0;
    for (std::size_t i = 0; i < principal.id.bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) principal_[at++] = '-';
        const unsigned byte = principal.id.bytes[i];
        principal_[at++] = kDigits[byte >> 4U];
        principal_[at++] = kDigits[byte & 15U];
    }
    targeting_key_ = {principal_.data(), at};
}

mortise_status FlagSubject::read_attributes(const mortise_flag_context& given) {
    if (given.attributes == nullptr && given.attribute_count > 0) return MORTISE_E_INVALID;
    if (given.attribute_count > kMaxAttributes) return MORTISE_E_TOO_BIG;
    if (given.attribute_count == 0) return MORTISE_OK;
    auto* const members = memory_.allocate<flags::Member>(given.attribute_count);
    if (members == nullptr) return MORTISE_E_UNAVAILABLE;
    attributes_ = {members, given.attribute_count};
    for (std::size_t i = 0; i < attributes_.size(); ++i) {
        auto* const member = std::construct_at(members + i);
        if (const mortise_status status = read_attribute(given.attributes[i], *member); status != MORTISE_OK)
            return status;
    }
    const auto by_name = [](const flags::Member& a, const flags::Member& b) { return a.name < b.name; };
    const auto same_name = [](const flags::Member& a, const flags::Member& b) { return a.name == b.name; };
    std::sort(attributes_.begin(), attributes_.end(), by_name);
    const bool twice =
        std::adjacent_find(attributes_.begin(), attributes_.end(), same_name) != attributes_.end();
    return twice ? MORTISE_E_INVALID : MORTISE_OK;
}

mortise_status FlagSubject::read_attribute(const mortise_flag_attribute& given, flags::Member& out) {
    const auto bytes = given.value.as.bytes;
    const auto* const data = reinterpret_cast<const char*>(bytes.data);
    const bool has_text =
        given.value.type == MORTISE_VALUE_TEXT || given.value.type == MORTISE_FLAG_VALUE_JSON;
    if (given.name.size > kMaxAttributeName) return MORTISE_E_TOO_BIG;
    bytes_ += given.name.size;
    if (has_text && bytes.size > kMaxAttributeBytes) return MORTISE_E_TOO_BIG;
    if (has_text) bytes_ += bytes.size;
    if (bytes_ > kMaxAttributeBytes) return MORTISE_E_TOO_BIG;
    if (!is_sound_text(given.name.data, given.name.size) || (has_text && !is_sound_text(data, bytes.size)))
        return MORTISE_E_INVALID;
    out.name = viewed(given.name);
    switch (given.value.type) {
        case MORTISE_VALUE_NULL:
            out.value = Value::null();
            return MORTISE_OK;
        case MORTISE_VALUE_INT:
            out.value = Value::number(static_cast<double>(given.value.as.integer));
            return MORTISE_OK;
        case MORTISE_VALUE_REAL:
            out.value = Value::number(given.value.as.real);
            return std::isfinite(given.value.as.real) ? MORTISE_OK : MORTISE_E_INVALID;
        case MORTISE_VALUE_BOOL:
            out.value = Value::boolean(given.value.as.integer != 0);
            return MORTISE_OK;
        case MORTISE_VALUE_TEXT:
            out.value =
                Value::string(bytes.size == 0 ? std::string_view("") : std::string_view(data, bytes.size));
            return MORTISE_OK;
        case MORTISE_FLAG_VALUE_JSON:
            return read_json(bytes.size == 0 ? std::string_view() : std::string_view(data, bytes.size),
                             out.value);
        default:
            return MORTISE_E_INVALID;
    }
}

mortise_status FlagSubject::read_json(std::string_view text, Value& out) {
    const auto value =
        flags::read_value(text, {.size = kMaxAttributeBytes, .depth = kMaxAttributeDepth}, memory_);
    if (!value.ok()) return value.error().code == "json_too_large" ? MORTISE_E_TOO_BIG : MORTISE_E_INVALID;
    out = *value;
    return MORTISE_OK;
}

mortise_flag_value shown_value(const flags::Evaluation& evaluation, std::uint32_t type, std::string& text) {
    mortise_flag_value shown{};
    shown.size = sizeof(shown);
    shown.reason = reason_of(evaluation.reason);
    shown.error = error_of(evaluation.error);
    shown.variant = shown_text(evaluation.variant);
    shown.detail = shown_text(evaluation.detail);
    if (evaluation.value.empty()) return shown;
    if (put_value(evaluation.value, type, shown, text)) {
        shown.type = type;
        return shown;
    }
    shown.integer = 0;
    shown.reason = MORTISE_FLAG_ERROR;
    shown.error = MORTISE_FLAG_E_TYPE_MISMATCH;
    shown.detail = shown_text("The flag's value is of another type.");
    return shown;
}

}  // namespace mortise::host
