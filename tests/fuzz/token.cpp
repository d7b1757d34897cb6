// Credentials as clients send them: access tokens, API keys, traceparent. Nothing that the fuzzer makes is
// signed by our key, unless it is signed here to get at what stands behind the signature.
#include "core/base/text.hpp"
#include "core/http/trace.hpp"
#include "core/identity/api_key.hpp"
#include "core/identity/jwt.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <string>
#include <vector>

namespace {

using namespace mortise;
using namespace mortise::identity;

constexpr std::int64_t kNow = 1'700'000'000;
constexpr base::Micros kNowMicros = kNow * base::kMicrosPerSecond;

const crypto::KeyPair& key_pair() {
    static const crypto::KeyPair kPair = crypto::KeyPair::generate();
    return kPair;
}
const std::vector<VerificationKey>& keys() {
    static const std::vector<VerificationKey> kKeys = {{"seed", key_pair().public_key}};
    return kKeys;
}

// What passes can be written again, and says the same.
void check_claims(const AccessClaims& claims) {
    FUZZ_EXPECT(claims.issuer == "mortise" && claims.audience == "mortise");
    const TokenSettings settings;
    FUZZ_EXPECT(claims.issued_at <= kNow + settings.leeway_s && claims.expires_at + settings.leeway_s > kNow);
    const auto again = verify_access_token(sign_access_token(claims, "seed", key_pair().secret), keys(),
                                           settings, kNowMicros);
    // Its scope alone can make it too long.
    if (!again.ok()) return;
    FUZZ_EXPECT(again->subject == claims.subject && again->tenant == claims.tenant &&
                again->session == claims.session && again->token == claims.token &&
                again->scope == claims.scope && again->expires_at == claims.expires_at);
}

// A header and a payload, split by a line's end, with a good signature.
void check_signed(std::string_view input) {
    const auto end = input.find('\n');
    if (end == std::string_view::npos) return;
    std::string token =
        base::base64url_encode(input.substr(0, end)) + "." + base::base64url_encode(input.substr(end + 1));
    const auto signature = crypto::sign(key_pair().secret, token);
    token +=
        "." + base::base64url_encode({reinterpret_cast<const char*>(signature.data()), signature.size()});
    const auto claims = verify_access_token(token, keys(), {}, kNowMicros);
    FUZZ_EXPECT(claims.ok() || claims.error().code == "invalid_token");
    if (claims.ok()) check_claims(*claims);
}

}  // namespace

void fuzz(std::string_view input) {
    FUZZ_EXPECT(!verify_access_token(input, keys(), {}, kNowMicros).ok());
    check_signed(input);
    if (const auto key = parse_api_key(input)) FUZZ_EXPECT(key->prefix.size() == 8);
    (void)http::parse_traceparent(input);
    if (const auto bytes = base::base64url_decode(input))
        FUZZ_EXPECT(base::base64url_encode(*bytes) == input);
    (void)base::has_scope(input, "milestones:read");
}
