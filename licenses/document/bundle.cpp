#include "licenses/document/bundle.hpp"

#include "licenses/document/keyset.hpp"
#include "licenses/document/licence.hpp"

#include <algorithm>
#include <optional>

namespace mortise::licenses {
namespace {

constexpr std::string_view kFirstLine = "mortise-license-bundle v1";
constexpr std::string_view kKeyset = "keyset: ";
constexpr std::string_view kLicence = "license: ";

Refusal malformed_bundle(std::string why) {
    return {RefusalCode::kMalformedBundle, std::move(why)};
}

// Takes the next line off `rest`; nullopt if no LF ends it.
std::optional<std::string_view> take_line(std::string_view& rest) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return line;
}

Result<std::string> take_token(std::string_view& rest, std::string_view label, std::size_t max_bytes) {
    const auto line = take_line(rest);
    if (!line) return malformed_bundle("The bundle is cut short: each of its lines ends with a line feed.");
    if (!line->starts_with(label))
        return malformed_bundle("The bundle lacks its line \"" + std::string(label) + "…\".");
    const std::string_view token = line->substr(label.size());
    if (token.size() > max_bytes)
        return Refusal{RefusalCode::kTooLarge, "A token in the bundle is larger than its type may be."};
    return std::string(token);
}

}  // namespace

std::string format_bundle(const Bundle& bundle) {
    std::string out;
    for (const std::string_view part :
         {kFirstLine, std::string_view("\n"), kKeyset, std::string_view(bundle.keyset),
          std::string_view("\n"), kLicence, std::string_view(bundle.licence), std::string_view("\n")})
        out += part;
    return out;
}

Result<Bundle> parse_bundle(std::string_view text) {
    if (text.size() > kMaxKeysetBytes + kMaxLicenceBytes + 1024)
        return Refusal{RefusalCode::kTooLarge, "The bundle is larger than its parts may be."};
    if (text.find('\r') != std::string_view::npos)
        return malformed_bundle("The bundle has carriage returns: transfer it unchanged, as a binary file.");
    std::string_view rest = text;
    if (take_line(rest) != kFirstLine)
        return malformed_bundle("The bundle's first line must be \"" + std::string(kFirstLine) + "\".");
    auto keyset = take_token(rest, kKeyset, kMaxKeysetBytes);
    if (!keyset.ok()) return std::move(keyset).refusal();
    auto licence = take_token(rest, kLicence, kMaxLicenceBytes);
    if (!licence.ok()) return std::move(licence).refusal();
    if (!rest.empty()) return malformed_bundle("The bundle has something after its last line.");
    return Bundle{std::move(keyset).value(), std::move(licence).value()};
}

}  // namespace mortise::licenses
