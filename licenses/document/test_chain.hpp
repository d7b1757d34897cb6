#pragma once

#include "licenses/document/bundle.hpp"
#include "licenses/document/paserk.hpp"
#include "licenses/document/paseto.hpp"
#include "licenses/document/verify.hpp"

#include <string>
#include <string_view>

namespace mortise::licenses::testing {

inline constexpr Seconds kDay = 86400;
inline constexpr Seconds kNow = 1'800'000'000;  // 2027-01-15T08:00:00Z

// A vendor in memory: a root, one signing key, and a licence for tests to bend.
struct TestChain {
    SecretKey root = SecretKey::generate();
    SecretKey signer = SecretKey::generate();
    Keyset keyset{
        "Tenon Ltd", kNow - 10 * kDay, 3, {{signer.public_key(), {"crl", "lic"}, KeyStatus::kActive, {}}}};
    Licence licence = make_licence();

    static Licence make_licence() {
        Licence out;
        out.issuer = "Tenon Ltd";
        out.subject = "Customer GmbH";
        out.id = "0192f0c1-2b3c-7d4e-8f50-61728394a5b6";
        out.issued_at = kNow - kDay;
        out.not_before = kNow - kDay;
        out.not_after = kNow + 30 * kDay;
        out.sequence = 7;
        out.plan = "standard";
        out.plugins = {{"milestones", {}}, {"rules", {kNow + 5 * kDay}}};
        out.features = {"export.csv", "sso"};
        out.limits = {{"tenants", 3}, {"users", 10}};
        out.limits["users"].overage = Overage::kSoft;
        out.grace = 7 * kDay;
        return out;
    }

    std::string keyset_token() const { return sign_keyset(keyset, root); }
    std::string licence_token() const { return sign_licence(licence, signer); }
    std::string bundle() const { return format_bundle({keyset_token(), licence_token()}); }

    static std::string footer(const SecretKey& key) {
        return R"({"kid":")" + key_id(key.public_key()) + R"("})";
    }
    // A licence token over any payload, to say what the encoder would not.
    std::string raw_licence(std::string_view payload) const {
        return sign_token(signer, payload, footer(signer), kLicenceType);
    }

    Result<Keyset> check_keyset(std::string_view token, Seconds now = kNow) const {
        const PublicKey roots[] = {root.public_key()};
        return verify_keyset(token, roots, now);
    }
    Result<VerifiedLicence> check(std::string_view text, Seconds now = kNow,
                                  const Keyset* held = nullptr) const {
        const PublicKey roots[] = {root.public_key()};
        return verify_licence(text, roots, held, now);
    }
};

// "" if it was accepted, else the stable name of the refusal.
template <class T>
std::string refusal(const Result<T>& result) {
    return result.ok() ? std::string() : std::string(to_string(result.refusal().code));
}

}  // namespace mortise::licenses::testing
