#include "core/flags/stream_ticket.hpp"

#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"

namespace mortise::flags {
namespace {

constexpr char kForm = 1;  // of the bytes below
constexpr std::size_t kUuid = 16;
constexpr std::size_t kNumber = 8;
constexpr std::size_t kFixed = 2 + 3 * kUuid + 3 * kNumber;  // the environment follows
constexpr std::size_t kMaxEnvironment = 64;
constexpr std::size_t kMac = 16;

void append_number(std::string& out, std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8)
        out += static_cast<char>(static_cast<unsigned char>(number >> shift));
}

std::uint64_t number_at(std::string_view bytes, std::size_t at) noexcept {
    std::uint64_t number = 0;
    for (const char c : bytes.substr(at, kNumber))
        number = number << 8 | static_cast<unsigned char>(c);
    return number;
}

std::string mac(std::string_view key, std::string_view body) {
    const auto digest = crypto::blake2b_256_keyed(key, body);
    return std::string(crypto::as_bytes(digest).substr(0, kMac));
}

}  // namespace

std::string StreamTicket::seal(std::string_view key) const {
    std::string body{kForm, static_cast<char>(kind)};
    for (const auto* const id : {&tenant, &principal, &session})
        body += id->as_bytes();
    append_number(body, static_cast<std::uint64_t>(expires_at));
    append_number(body, static_cast<std::uint64_t>(seen.version));
    append_number(body, seen.fingerprint);
    body += environment;
    return base::base64url_encode(body + mac(key, body));
}

std::optional<StreamTicket> StreamTicket::open(std::string_view text, std::string_view key,
                                               std::int64_t now) {
    const auto bytes = base::base64url_decode(text);
    if (!bytes || bytes->size() < kFixed + kMac || bytes->size() > kFixed + kMaxEnvironment + kMac)
        return std::nullopt;
    const auto body = std::string_view(*bytes).substr(0, bytes->size() - kMac);
    if (!crypto::equal_constant_time(mac(key, body), std::string_view(*bytes).substr(body.size())) ||
        body[0] != kForm)
        return std::nullopt;
    StreamTicket ticket{.kind = static_cast<base::PrincipalKind>(body[1])};
    std::size_t at = 2;
    for (auto* const id : {&ticket.tenant, &ticket.principal, &ticket.session}) {
        *id = *base::Uuid::from_bytes(body.substr(at, kUuid));
        at += kUuid;
    }
    ticket.expires_at = static_cast<std::int64_t>(number_at(body, at));
    ticket.seen.version = static_cast<std::int64_t>(number_at(body, at + kNumber));
    ticket.seen.fingerprint = number_at(body, at + 2 * kNumber);
    ticket.environment = body.substr(kFixed);
    if (ticket.expires_at <= now) return std::nullopt;
    return ticket;
}

}  // namespace mortise::flags
