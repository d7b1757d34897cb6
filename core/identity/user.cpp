#include "core/identity/user.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <array>

namespace mortise::identity {
namespace {

bool is_alphanumeric(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_label(std::string_view label) noexcept {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_domain(std::string_view domain) noexcept {
    while (true) {
        const auto dot = domain.find('.');
        if (!is_label(domain.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        domain.remove_prefix(dot + 1);
    }
}

// RFC 5321's Dot-string with the characters of RFC 6531: atext, or anything above ASCII.
bool is_local_part(std::string_view local) noexcept {
    constexpr std::string_view kSpecial = "!#$%&'*+-/=?^_`{|}~.";
    if (local.empty() || local.size() > 64) return false;
    if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos)
        return false;
    return std::all_of(local.begin(), local.end(), [=](char c) {
        return is_alphanumeric(c) || kSpecial.find(c) != std::string_view::npos ||
               static_cast<unsigned char>(c) >= 0x80;
    });
}

// Of the lists of leaked passwords, the most frequent that are long enough to be tried here at all.
constexpr std::array<std::string_view, 20> kCommon{
    "123456789012",  "1234567890123",  "12345678901234", "123123123123",     "000000000000",
    "111111111111",  "password1234",   "password12345",  "passwordpassword", "qwertyuiop12",
    "qwertyuiop123", "qwertyqwerty",   "1q2w3e4r5t6y",   "1qaz2wsx3edc",     "administrator",
    "iloveyou1234",  "letmeinletmein", "welcome12345",   "changeme1234",     "correcthorsebatterystaple"};

base::Error weak(std::string detail) {
    return {base::ErrorKind::kInvalid, "weak_password", detail, {}, {{"/password", "weak_password", detail}}};
}

}  // namespace

std::string_view to_string(UserState state) noexcept {
    return state == UserState::kActive ? "active" : "disabled";
}

std::optional<std::string> normalise_email(std::string_view email) {
    if (email.size() > 254 || !base::is_utf8(email)) return std::nullopt;
    const auto at = email.find('@');
    if (at == std::string_view::npos || !is_local_part(email.substr(0, at)) ||
        !is_domain(email.substr(at + 1)))
        return std::nullopt;
    return base::to_lower(email);
}

base::Status check_password(std::string_view password, std::string_view normalised_email) {
    if (password.size() < 12 || password.size() > 1024) return weak("A password has 12 to 1024 bytes.");
    const std::string lower = base::to_lower(password);
    if (lower == normalised_email) return weak("The password must not be the e-mail address.");
    const bool one_character = lower.find_first_not_of(lower.front()) == std::string::npos;
    if (one_character || std::find(kCommon.begin(), kCommon.end(), lower) != kCommon.end())
        return weak("This password is among the first that are guessed; choose another.");
    return {};
}

}  // namespace mortise::identity
