#include "core/http/client_address.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <optional>

namespace mortise::http {
namespace {

using Parts = std::vector<std::string_view>;

Parts split(std::string_view text, char separator) {
    Parts parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.push_back(base::trim(text.substr(0, end)));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

// Cuts at each `separator` that stands outside of a quoted string. Nothing if a string is not closed: it may
// be the client's, to swallow what the proxy has added behind it.
std::optional<Parts> split_quoted(std::string_view text, char separator) {
    Parts parts;
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (text[i] == separator && !quoted) {
            parts.push_back(base::trim(text.substr(begin, i - begin)));
            begin = i + 1;
        }
    }
    if (quoted) return std::nullopt;
    parts.push_back(base::trim(text.substr(begin)));
    return parts;
}

// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]" or "[2001:db8::1]:80".
std::optional<base::IpAddress> parse_hop(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view port = text.substr(end + 1);
        if (!port.empty() && !port.starts_with(':')) return std::nullopt;
        return base::parse_ip(text.substr(1, end - 1));
    }
    const std::size_t colon = text.find(':');
    const bool has_port = colon != std::string_view::npos && colon == text.rfind(':');
    return base::parse_ip(has_port ? text.substr(0, colon) : text);
}

// The `for` parameter of an element of Forwarded (RFC 7239, 4); empty if there is none.
std::string_view for_parameter(std::string_view element) {
    const auto pairs = split_quoted(element, ';');
    for (const std::string_view pair : pairs.value_or(Parts())) {
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || !base::iequals(pair.substr(0, equals), "for")) continue;
        std::string_view value = pair.substr(equals + 1);
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        return value;
    }
    return {};
}

}  // namespace

bool TrustedProxies::contains(const base::IpAddress& address) const noexcept {
    return std::any_of(networks.begin(), networks.end(),
                       [&](const base::IpNetwork& network) { return network.contains(address); });
}

std::string client_address(const RequestHead& head, const TrustedProxies& proxies) {
    if (proxies.networks.empty()) return std::string(head.peer_address);
    auto client = base::parse_ip(head.peer_address);
    if (!client || !proxies.contains(*client)) return std::string(head.peer_address);
    const bool standard = proxies.field == ForwardedField::kForwarded;
    const std::string_view name = standard ? "forwarded" : "x-forwarded-for";
    // Several fields of the name are one list (RFC 9110, 5.3).
    for (auto field = head.fields.rbegin(); field != head.fields.rend(); ++field) {
        if (!base::iequals(field->name, name)) continue;
        const auto elements = standard ? split_quoted(field->value, ',') : split(field->value, ',');
        if (!elements) return client->to_string();
        for (auto element = elements->rbegin(); element != elements->rend(); ++element) {
            if (element->empty()) continue;
            const auto hop = parse_hop(standard ? for_parameter(*element) : *element);
            if (!hop) return client->to_string();
            client = hop;
            if (!proxies.contains(*hop)) return client->to_string();
        }
    }
    return client->to_string();
}

}  // namespace mortise::http
