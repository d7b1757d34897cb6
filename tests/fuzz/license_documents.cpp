// Every document of the vendor and of the host, decoded as if its signature had held: whatever a payload
// says, it is read or refused, and what was read is written and read again as the same.
#include "licenses/document/activation.hpp"
#include "licenses/document/bundle.hpp"
#include "licenses/document/evaluate.hpp"
#include "licenses/document/keys.hpp"
#include "licenses/document/keyset.hpp"
#include "licenses/document/licence.hpp"
#include "licenses/document/paserk.hpp"
#include "licenses/document/revocations.hpp"
#include "licenses/document/signed_document.hpp"
#include "licenses/document/time_mark.hpp"
#include "licenses/document/usage.hpp"
#include "licenses/document/verify.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <string>

namespace {

using namespace mortise::licenses;

const SecretKey& key() {
    static const SecretKey kKey = SecretKey::generate();
    return kKey;
}

void licence(std::string_view payload) {
    const auto read = decode_licence(payload);
    if (!read.ok()) return;
    const auto again = decode_licence(encode_licence(*read));
    FUZZ_EXPECT(again.ok() && encode_licence(*again) == encode_licence(*read));
    Situation here;
    here.now = 1'700'000'000;
    const Entitlements allowed = evaluate(*read, "k4.pid.", here);
    FUZZ_EXPECT(allowed.validity != Validity::kValid || allowed.reason == Reason::kNone);
}

void keyset(std::string_view payload) {
    const auto read = decode_keyset(payload);
    if (!read.ok()) return;
    const auto again = decode_keyset(encode_keyset(*read));
    FUZZ_EXPECT(again.ok() && encode_keyset(*again) == encode_keyset(*read));
}

void revocations(std::string_view payload) {
    const auto list = decode_revocations(payload);
    if (list.ok()) (void)list->contains(DocumentId{});
}

// Signed by the key that the document doesn't name: refused for that at the latest.
void self_signed(std::string_view payload) {
    FUZZ_EXPECT(!verify_usage(sign_document(key(), std::string(payload), kUsageType)).ok());
    FUZZ_EXPECT(
        !verify_activation_request(sign_document(key(), std::string(payload), kActivationRequestType)).ok());
}

}  // namespace

void fuzz(std::string_view input) {
    if (input.empty()) return;
    const std::string_view rest = input.substr(1);
    switch (input.front() % 6) {
        case 0:
            return licence(rest);
        case 1:
            return keyset(rest);
        case 2:
            return revocations(rest);
        case 3:
            return self_signed(rest);
        case 4:
            if (const auto bundle = parse_bundle(rest); bundle.ok())
                FUZZ_EXPECT(format_bundle(*bundle) == rest);
            return;
        default:
            (void)public_key_from_paserk(rest);
            (void)secret_key_from_paserk(rest);
            FUZZ_EXPECT(!TimeMark::open(rest, "a secret").has_value());
    }
}
