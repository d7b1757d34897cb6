// Licence tokens and bundles: nothing that the fuzzer makes is signed by our root.
#include "licenses/document/paseto.hpp"
#include "licenses/document/strict_json.hpp"
#include "licenses/document/verify.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <nlohmann/json.hpp>

void fuzz(std::string_view input) {
    using namespace mortise::licenses;
    static const PublicKey kRoot = SecretKey::generate().public_key();
    FUZZ_EXPECT(!verify_licence(input, {&kRoot, 1}, nullptr, 1'700'000'000).ok());
    const auto token = parse_token(input, kMaxKeysetBytes);
    if (!token.ok()) return;
    FUZZ_EXPECT(!verify_token(*token, kRoot, "lic/v1"));
    (void)footer_kid(token->footer);
    (void)parse_strict_json(token->payload);
}
