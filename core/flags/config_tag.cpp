#include "core/flags/config_tag.hpp"

#include "core/base/text.hpp"

#include <charconv>

namespace mortise::flags {
namespace {

constexpr std::uint64_t kPrime = 0x100000001b3;  // FNV-1a, 64 bits
constexpr std::size_t kDigits = 16;

}  // namespace

Mark& Mark::add(std::string_view text) noexcept {
    for (const char c : text)
        state_ = (state_ ^ static_cast<unsigned char>(c)) * kPrime;
    return add(std::uint64_t{text.size()});
}

Mark& Mark::add(std::uint64_t number) noexcept {
    for (int i = 0; i < 8; ++i, number >>= 8)
        state_ = (state_ ^ (number & 0xff)) * kPrime;
    return *this;
}

// FNV's last bytes reach few bits; sums need all of them mixed (the end of SplitMix64).
std::uint64_t Mark::value() const noexcept {
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
}

std::string ConfigTag::to_text() const {
    return std::to_string(version) + '-' + fingerprint_text();
}

std::string ConfigTag::fingerprint_text() const {
    std::string text;
    for (int shift = 56; shift >= 0; shift -= 8)
        base::append_hex(text, static_cast<std::uint8_t>(fingerprint >> shift));
    return text;
}

std::optional<ConfigTag> ConfigTag::parse(std::string_view text) noexcept {
    const auto hyphen = text.find('-');
    if (hyphen == std::string_view::npos || text.size() - hyphen - 1 != kDigits) return std::nullopt;
    const auto version = base::parse_i64(text.substr(0, hyphen));
    if (!version || *version < 0) return std::nullopt;
    ConfigTag tag{.version = *version};
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + hyphen + 1, end, tag.fingerprint, 16);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return tag;
}

}  // namespace mortise::flags
