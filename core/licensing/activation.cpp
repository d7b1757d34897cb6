#include "core/licensing/activation.hpp"

#include "core/base/uuid.hpp"
#include "licenses/document/activation.hpp"
#include "licenses/document/bundle.hpp"
#include "licenses/document/licence.hpp"
#include "licenses/document/paseto.hpp"

namespace mortise::licensing {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

Error malformed(const licenses::Refusal& refusal) {
    return {ErrorKind::kInvalid, "license_" + std::string(to_string(refusal.code)), refusal.detail};
}

// The line of the licence in a text, whoever signed it.
Result<std::string> line_of(std::string_view text) {
    std::string token(text.substr(0, text.find_last_not_of("\r\n") + 1));
    if (licenses::is_bundle(text)) {
        auto bundle = licenses::parse_bundle(text);
        if (!bundle.ok()) return malformed(bundle.refusal());
        token = std::move(bundle->licence);
    }
    const auto parsed = licenses::parse_token(token, licenses::kMaxLicenceBytes);
    if (!parsed.ok()) return malformed(parsed.refusal());
    const auto licence = licenses::decode_licence(parsed->payload);
    if (!licence.ok()) return malformed(licence.refusal());
    return licence->line_id();
}

}  // namespace

Result<std::string> activation_request(const LicenceHolder& licence, const Installation& installation,
                                       const licenses::MachineIds& machine, const base::Clock& clock,
                                       std::string_view text, std::string_view version) {
    std::string line = licence.snapshot()->line_id;
    if (!text.empty()) {
        MORTISE_TRY_ASSIGN(line, line_of(text));
    }
    if (line.empty())
        return Error{ErrorKind::kConflict, "license_required",
                     "No licence is installed: send the one that is to be activated."};
    return licenses::sign_activation_request({.id = base::new_uuid(clock).to_string(),
                                              .issued_at = licence.now() / base::kMicrosPerSecond,
                                              .installation = installation.id,
                                              .licence_id = line,
                                              .key = {},
                                              .fingerprint = licenses::make_fingerprint(machine),
                                              .version = std::string(version)},
                                             installation.key);
}

}  // namespace mortise::licensing
