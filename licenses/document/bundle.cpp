#include "licenses/document/bundle.hpp"

#include "licenses/document/activation.hpp"
#include "licenses/document/keyset.hpp"
#include "licenses/document/licence.hpp"
#include "licenses/document/revocations.hpp"
#include "licenses/document/roots.hpp"

#include <initializer_list>
#include <optional>

namespace mortise::licenses {
namespace {

constexpr std::string_view kBundleLine = "mortise-license-bundle v1";
constexpr std::string_view kUpdateLine = "mortise-license-update v1";
constexpr std::string_view kRoot = "root: ";
constexpr std::string_view kKeyset = "keyset: ";
constexpr std::string_view kRevocations = "revocations: ";
constexpr std::string_view kActivation = "activation: ";
constexpr std::string_view kLicence = "license: ";

Refusal malformed_bundle(std::string why) {
    return {RefusalCode::kMalformedBundle, std::move(why)};
}

// Takes the lines of a bundle off its text, and keeps the first thing that is wrong.
class LineReader {
 public:
    explicit LineReader(std::string_view text) : rest_(text) {}

    bool at(std::string_view label) const noexcept { return rest_.starts_with(label); }
    bool at_end() const noexcept { return rest_.empty(); }

    // The next line without its LF.
    std::string_view line() {
        const std::size_t end = rest_.find('\n');
        if (end == std::string_view::npos) {
            fail(malformed_bundle("The bundle is cut short: each of its lines ends with a line feed."));
            return {};
        }
        const std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return line;
    }

    std::string token(std::string_view label, std::size_t max_bytes) {
        const std::string_view whole = line();
        if (refusal) return {};
        if (!whole.starts_with(label)) {
            fail(malformed_bundle("The bundle lacks its line \"" + std::string(label) + "…\"."));
            return {};
        }
        const std::string_view token = whole.substr(label.size());
        if (token.size() > max_bytes)
            fail({RefusalCode::kTooLarge, "A token in the bundle is larger than its type may be."});
        return refusal ? std::string() : std::string(token);
    }

    std::string optional_token(std::string_view label, std::size_t max_bytes) {
        return at(label) ? token(label, max_bytes) : std::string();
    }

    void fail(Refusal why) {
        if (!refusal) refusal = std::move(why);
    }

    std::optional<Refusal> refusal;

 private:
    std::string_view rest_;
};

void read_lines(LineReader& reader, bool update, Bundle& out) {
    while (reader.at(kRoot) && out.rotations.size() < kMaxRootRotations)
        out.rotations.push_back(reader.token(kRoot, kMaxRootBytes));
    out.keyset = reader.token(kKeyset, kMaxKeysetBytes);
    if (update) {
        out.revocations = reader.token(kRevocations, kMaxRevocationsBytes);
        return;
    }
    out.revocations = reader.optional_token(kRevocations, kMaxRevocationsBytes);
    out.activation = reader.optional_token(kActivation, kMaxActivationBytes);
    out.licence = reader.token(kLicence, kMaxLicenceBytes);
}

void append_line(std::string& out, std::string_view label, std::string_view token) {
    out += label;
    out += token;
    out += '\n';
}

}  // namespace

bool is_bundle(std::string_view text) noexcept {
    return text.starts_with(kBundleHeader) || text.starts_with(kUpdateHeader);
}

std::string format_bundle(const Bundle& bundle) {
    std::string out;
    out.reserve(256 + bundle.keyset.size() + bundle.licence.size() + bundle.revocations.size() +
                bundle.activation.size());
    append_line(out, bundle.licence.empty() ? kUpdateLine : kBundleLine, "");
    for (const std::string& rotation : bundle.rotations)
        append_line(out, kRoot, rotation);
    append_line(out, kKeyset, bundle.keyset);
    if (!bundle.revocations.empty()) append_line(out, kRevocations, bundle.revocations);
    if (!bundle.activation.empty()) append_line(out, kActivation, bundle.activation);
    if (!bundle.licence.empty()) append_line(out, kLicence, bundle.licence);
    return out;
}

Result<Bundle> parse_bundle(std::string_view text) {
    if (text.size() > kMaxBundleBytes)
        return Refusal{RefusalCode::kTooLarge, "The bundle is larger than its parts may be."};
    if (text.find('\r') != std::string_view::npos)
        return malformed_bundle("The bundle has carriage returns: transfer it unchanged, as a binary file.");
    LineReader reader(text);
    const std::string_view first = reader.line();
    if (first != kBundleLine && first != kUpdateLine)
        return malformed_bundle("The bundle's first line must be \"" + std::string(kBundleLine) + "\" or \"" +
                                std::string(kUpdateLine) + "\".");
    Bundle out;
    read_lines(reader, first == kUpdateLine, out);
    if (reader.refusal) return *std::move(reader.refusal);
    if (!reader.at_end()) return malformed_bundle("The bundle has something after its last line.");
    return out;
}

}  // namespace mortise::licenses
