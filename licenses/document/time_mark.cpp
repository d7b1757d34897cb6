#include "licenses/document/time_mark.hpp"

#include "licenses/document/base64url.hpp"
#include "licenses/document/sodium_init.hpp"

#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace mortise::licenses {
namespace {

constexpr std::string_view kHeader = "mortise-time-mark v1";
constexpr std::string_view kContext = "mortise time-mark/v1";
constexpr std::size_t kMacSize = 32;
constexpr Seconds kLatest = 253402300799;  // the end of the year 9999, as in documents

Seconds later(Seconds time, Seconds more) noexcept {
    return std::min(time + std::clamp<Seconds>(more, 0, kLatest), kLatest);
}

std::string mac_of(std::string_view text, std::string_view secret) {
    sodium_ready();
    std::array<unsigned char, 32> key;
    crypto_generichash_state state;
    crypto_generichash_init(&state, nullptr, 0, key.size());
    crypto_generichash_update(&state, sodium_bytes(kContext), kContext.size());
    crypto_generichash_update(&state, sodium_bytes(secret), secret.size());
    crypto_generichash_final(&state, key.data(), key.size());
    std::string mac(kMacSize, '\0');
    crypto_generichash(reinterpret_cast<unsigned char*>(mac.data()), mac.size(), sodium_bytes(text),
                       text.size(), key.data(), key.size());
    sodium_memzero(key.data(), key.size());
    return mac;
}

// Takes " <number>" off the text; nullopt unless it is written as seal() writes it.
std::optional<Seconds> take_number(std::string_view& text) {
    if (!text.starts_with(' ')) return std::nullopt;
    text.remove_prefix(1);
    Seconds value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || value < 0 || value > kLatest) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    return value;
}

}  // namespace

void TimeMark::observe(Seconds clock, Seconds ran) noexcept {
    ran = std::max<Seconds>(ran, 0);
    mark_ = later(mark_, ran);
    proven_ = later(proven_, ran);
    const Seconds lead = std::clamp<Seconds>(clock, 0, kLatest) - mark_;
    if (lead <= 0) {
        lead_ = ahead_for_ = 0;
        return;
    }
    if (lead_ == 0) {
        lead_ = lead;  // the running time until now says nothing of this jump
        return;
    }
    lead_ = std::min(lead_, lead);
    ahead_for_ = later(ahead_for_, ran);
    if (ahead_for_ < kBelieveJumpAfter) return;
    mark_ = later(mark_, lead_);
    lead_ = ahead_for_ = 0;
}

void TimeMark::observe_signed(Seconds issued_at) noexcept {
    issued_at = std::min(issued_at, kLatest);
    proven_ = std::max(proven_, issued_at);
    if (issued_at <= mark_) return;
    lead_ = std::max<Seconds>(lead_ - (issued_at - mark_), 0);
    if (lead_ == 0) ahead_for_ = 0;
    mark_ = issued_at;
}

void TimeMark::forgive_jumps(Seconds issued_at) noexcept {
    if (issued_at > proven_) {
        if (mark_ > proven_) lead_ = ahead_for_ = 0;
        mark_ = proven_;
        forgiven_ = std::min(issued_at, kLatest);
    }
    observe_signed(issued_at);
}

void TimeMark::merge(const TimeMark& other) noexcept {
    proven_ = std::max(proven_, other.proven_);
    if (other.forgiven_ > forgiven_ || (other.forgiven_ == forgiven_ && other.mark_ > mark_)) {
        mark_ = other.mark_;
        lead_ = other.lead_;
        ahead_for_ = other.ahead_for_;
        forgiven_ = other.forgiven_;
    }
    if (mark_ >= proven_) return;
    mark_ = proven_;
    lead_ = ahead_for_ = 0;
}

std::string TimeMark::seal(std::string_view installation_secret) const {
    std::string text(kHeader);
    for (const Seconds value : {mark_, proven_, lead_, ahead_for_, forgiven_})
        text += ' ' + std::to_string(value);
    return text + ' ' + base64url_encode(mac_of(text, installation_secret));
}

std::optional<TimeMark> TimeMark::open(std::string_view text, std::string_view installation_secret) {
    const std::size_t space = text.rfind(' ');
    if (text.size() > 256 || space == std::string_view::npos) return std::nullopt;
    const auto mac = base64url_decode(text.substr(space + 1));
    const std::string_view body = text.substr(0, space);
    const std::string expected = mac_of(body, installation_secret);
    if (!mac || mac->size() != kMacSize || sodium_memcmp(mac->data(), expected.data(), kMacSize) != 0)
        return std::nullopt;
    if (!body.starts_with(kHeader)) return std::nullopt;
    std::string_view rest = body.substr(kHeader.size());
    TimeMark out;
    for (Seconds* value : {&out.mark_, &out.proven_, &out.lead_, &out.ahead_for_}) {
        const auto number = take_number(rest);
        if (!number) return std::nullopt;
        *value = *number;
    }
    if (!rest.empty()) {
        const auto number = take_number(rest);
        if (!number) return std::nullopt;
        out.forgiven_ = *number;
    }
    if (!rest.empty() || out.proven_ > out.mark_) return std::nullopt;
    return out;
}

}  // namespace mortise::licenses
