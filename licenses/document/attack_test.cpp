#include "licenses/document/evaluate.hpp"
#include "licenses/document/lease.hpp"
#include "licenses/document/test_chain.hpp"
#include "licenses/document/test_changes.hpp"
#include "licenses/document/usage.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

// What somebody with an editor, or with documents of another type, must not get through. The attacks on a
// licence alone stand in verify_test.cpp.
namespace mortise::licenses {
namespace {

using testing::expect_every_change_refused;
using testing::kDay;
using testing::kNow;
using testing::refusal;
using testing::TestChain;

// A chain with one document of each type.
struct Documents : TestChain {
    SecretKey next_root = SecretKey::generate();
    SecretKey installation = SecretKey::generate();
    MachineIds machine{{"machine_id", {"0123456789abcdef"}}};
    PublicKey compiled[1] = {root.public_key()};

    Documents() {
        keyset.keys[0].uses = {"act", "crl", "lic"};
        keyset.sequence = 4;
    }
    std::string rotation() const {
        return sign_root_rotation({"Tenon Ltd", kNow, root.public_key(), next_root.public_key(), 4}, root,
                                  next_root);
    }
    std::string revocations(std::vector<std::string> ids = {"0192f0c1-0000-7000-8000-000000000001"}) const {
        std::vector<DocumentId> raw;
        for (const std::string& id : ids)
            raw.push_back(document_id(id));
        return sign_revocations(RevocationList("Tenon Ltd", kNow, 1, raw), signer);
    }
    std::string request() const {
        return sign_activation_request({"0192f0c1-0000-7000-8000-00000000000a",
                                        kNow,
                                        "inst",
                                        licence.id,
                                        {},
                                        make_fingerprint(machine),
                                        ""},
                                       installation);
    }
    std::string activation() const {
        return sign_activation({"Tenon Ltd",
                                "Customer GmbH",
                                "0192f0c1-0000-7000-8000-00000000000c",
                                "req",
                                kNow,
                                std::nullopt,
                                licence.id,
                                "inst",
                                installation.public_key(),
                                {false, MatchRule::kAny, make_fingerprint(machine)}},
                               signer);
    }
    std::string usage() const {
        UsageReport report;
        report.installation = "inst";
        report.subject = "Customer GmbH";
        report.licence_id = licence.id;
        report.issued_at = kNow;
        report.from = 20'000;
        report.to = 20'001;
        report.meters = {{"requests", MeterKind::kSum}};
        report.rows = {{20'000, "acme", "requests", 1}};
        return sign_usage(report, installation);
    }
    std::string lease() const {
        return sign_lease({"inst", "id", licence.id, "seats", "", "ana", kNow, kNow + 60, false},
                          installation);
    }
    std::string full_bundle() const {
        return format_bundle(
            {sign_keyset(keyset, next_root), licence_token(), revocations(), activation(), {rotation()}});
    }
    Result<Accepted> take(std::string_view text) const {
        return accept(text, {compiled, {}, nullptr, nullptr}, kNow);
    }
};

TEST(Attack, EveryBitAndEveryCutOfARevocationList) {
    const Documents documents;
    expect_every_change_refused(documents.revocations(), [&](const std::string& text) {
        return verify_revocations(text, documents.keyset, kNow).ok();
    });
}

TEST(Attack, EveryBitAndEveryCutOfABundleWithEverything) {
    const Documents documents;
    expect_every_change_refused(documents.full_bundle(),
                                [&](const std::string& text) { return documents.take(text).ok(); });
}

TEST(Attack, EveryBitAndEveryCutOfAnUpdate) {
    const Documents documents;
    const std::string update = format_bundle({documents.keyset_token(), "", documents.revocations(), "", {}});
    ASSERT_TRUE(update.starts_with(kUpdateHeader));
    expect_every_change_refused(update, [&](const std::string& text) { return documents.take(text).ok(); });
}

TEST(Attack, EveryBitAndEveryCutOfARootRotation) {
    const Documents documents;
    expect_every_change_refused(documents.rotation(), [&](const std::string& text) {
        TrustedRoots roots(documents.compiled);
        return roots.rotate(text, kNow).ok();
    });
}

TEST(Attack, EveryBitAndEveryCutOfWhatAnInstallationSigns) {
    const Documents documents;
    expect_every_change_refused(documents.request(),
                                [](const std::string& text) { return verify_activation_request(text).ok(); });
    expect_every_change_refused(documents.usage(),
                                [](const std::string& text) { return verify_usage(text).ok(); });
    expect_every_change_refused(documents.lease(), [&](const std::string& text) {
        return verify_lease(text, documents.installation.public_key(), kNow).ok();
    });
}

TEST(Attack, EveryBitAndEveryCutOfAnActivation) {
    const Documents documents;
    expect_every_change_refused(documents.activation(), [&](const std::string& text) {
        return verify_activation(text, documents.keyset, kNow).ok();
    });
}

// Each document offered as each other type, both as it is and signed by a key that may sign the wanted type.
TEST(Attack, NoDocumentIsTakenForAnother) {
    const Documents documents;
    const std::map<std::string_view, std::string> all = {
        {kLicenceType, documents.licence_token()},
        {kKeysetType, documents.keyset_token()},
        {kRevocationsType, documents.revocations()},
        {kRootType, documents.rotation()},
        {kActivationRequestType, documents.request()},
        {kActivationType, documents.activation()},
        {kUsageType, documents.usage()},
        {kLeaseType, documents.lease()},
    };
    const auto accepted_as = [&](std::string_view type, const std::string& text) {
        TrustedRoots roots(documents.compiled);
        if (type == kLicenceType) return verify_licence_token(text, documents.keyset, kNow).ok();
        if (type == kKeysetType) return documents.check_keyset(text).ok();
        if (type == kRevocationsType) return verify_revocations(text, documents.keyset, kNow).ok();
        if (type == kRootType) return roots.rotate(text, kNow).ok();
        if (type == kActivationRequestType) return verify_activation_request(text).ok();
        if (type == kActivationType) return verify_activation(text, documents.keyset, kNow).ok();
        if (type == kUsageType) return verify_usage(text).ok();
        return verify_lease(text, documents.installation.public_key(), kNow).ok();
    };
    for (const auto& [wanted, own] : all) {
        EXPECT_TRUE(accepted_as(wanted, own)) << wanted;
        const SecretKey& key =
            wanted == kKeysetType || wanted == kRootType ? documents.root
            : wanted == kLicenceType || wanted == kActivationType || wanted == kRevocationsType
                ? documents.signer
                : documents.installation;
        for (const auto& [type, text] : all) {
            if (type == wanted) continue;
            EXPECT_FALSE(accepted_as(wanted, text)) << type << " as " << wanted;
            const std::string payload = parse_token(text, kMaxUsageBytes)->payload;
            EXPECT_FALSE(accepted_as(wanted, sign_document(key, payload, type))) << type << " as " << wanted;
        }
    }
}

TEST(Attack, ARevocationListInTheLicencesLine) {
    const Documents documents;
    EXPECT_EQ(refusal(documents.take(
                  format_bundle({documents.keyset_token(), documents.revocations(), "", "", {}}))),
              "bad_signature");
    EXPECT_EQ(refusal(documents.take(format_bundle(
                  {documents.keyset_token(), documents.licence_token(), documents.licence_token(), "", {}}))),
              "bad_signature");
}

TEST(Attack, AMillionBytesAreRefusedBeforeAnythingIsDecoded) {
    const Documents documents;
    const std::string huge = "v4.public." + std::string(1 << 20, 'A');
    EXPECT_EQ(refusal(verify_licence_token(huge, documents.keyset, kNow)), "too_large");
    EXPECT_EQ(refusal(documents.check_keyset(huge)), "too_large");
    EXPECT_EQ(refusal(verify_activation(huge, documents.keyset, kNow)), "too_large");
    EXPECT_EQ(refusal(verify_activation_request(huge)), "too_large");
    EXPECT_EQ(refusal(verify_lease(huge, documents.installation.public_key(), kNow)), "too_large");
    TrustedRoots roots(documents.compiled);
    EXPECT_EQ(refusal(roots.rotate(huge, kNow)), "too_large");
    const std::string larger = "v4.public." + std::string(kMaxUsageBytes, 'A');
    EXPECT_EQ(refusal(verify_usage(larger)), "too_large");
    EXPECT_EQ(refusal(verify_revocations(larger, documents.keyset, kNow)), "too_large");
    EXPECT_EQ(refusal(documents.take("mortise-license-bundle v1\n" + larger)), "too_large");
}

TEST(Attack, AnOldRevocationListIsNotTakenAgain) {
    const Documents documents;
    const auto held = std::make_shared<const RevocationList>("Tenon Ltd", kNow, 2, std::vector<DocumentId>{});
    const Held host{documents.compiled, {}, nullptr, held};
    const std::string update = format_bundle({documents.keyset_token(), "", documents.revocations(), "", {}});
    EXPECT_EQ(refusal(accept(update, host, kNow)), "crl_rollback");
    // In a bundle the licence is what was wanted; the newer list stays.
    const auto accepted = accept(
        format_bundle({documents.keyset_token(), documents.licence_token(), documents.revocations(), "", {}}),
        host, kNow);
    ASSERT_TRUE(accepted.ok()) << accepted.refusal().detail;
    EXPECT_EQ(accepted->revocations, held);
    EXPECT_EQ(accepted->revocations_token, "");
}

// The list is cut out of the bundle by somebody whose licence it names.
TEST(Attack, ALicenceCanDemandItsList) {
    Documents documents;
    documents.licence.crl_sequence_min = 1;
    const auto accepted =
        documents.take(format_bundle({documents.keyset_token(), documents.licence_token(), "", "", {}}));
    ASSERT_TRUE(accepted.ok());
    Situation situation;
    situation.now = kNow;
    situation.revocations = accepted->revocations.get();
    EXPECT_EQ(evaluate(accepted->licence->licence, accepted->licence->signed_by, situation).reason,
              Reason::kCrlRequired);
}

TEST(Attack, LinesOfABundleInAnotherOrderOrTwice) {
    const Documents documents;
    const std::string keyset = "keyset: " + documents.keyset_token() + "\n";
    const std::string list = "revocations: " + documents.revocations() + "\n";
    const std::string licence = "license: " + documents.licence_token() + "\n";
    const std::string head = "mortise-license-bundle v1\n", update = "mortise-license-update v1\n";
    EXPECT_TRUE(documents.take(head + keyset + list + licence).ok());
    EXPECT_TRUE(documents.take(update + keyset + list).ok());
    for (const std::string& wrong :
         {head + keyset + list, head + keyset, head + licence, head, head + list + keyset + licence,
          head + keyset + list + list + licence, head + keyset + keyset + licence,
          head + keyset + licence + licence, head + keyset + licence + list, update + keyset,
          update + keyset + licence, update + keyset + list + licence, update + list,
          "mortise-license-bundle v2\n" + keyset + licence, head + keyset + "\n" + licence,
          head + keyset + "note: x\n" + licence})
        EXPECT_EQ(refusal(documents.take(wrong)), "malformed_bundle") << wrong;
}

// ed25519: S + L is the same point's second signature (RFC 8032, 5.1.7 forbids it).
TEST(Attack, TheSecondSignatureOfEd25519) {
    const Documents documents;
    constexpr unsigned char kOrder[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                          0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                          0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
    auto token = parse_token(documents.licence_token(), kMaxLicenceBytes);
    ASSERT_TRUE(verify_token(*token, documents.signer.public_key(), kLicenceType));
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        carry += unsigned{static_cast<unsigned char>(token->signature[32 + i])} + unsigned{kOrder[i]};
        token->signature[32 + i] = static_cast<char>(carry & 0xff);
        carry >>= 8;
    }
    EXPECT_FALSE(verify_token(*token, documents.signer.public_key(), kLicenceType));
}

}  // namespace
}  // namespace mortise::licenses
