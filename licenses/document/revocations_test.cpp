#include "licenses/document/revocations.hpp"

#include "licenses/document/base64url.hpp"
#include "licenses/document/test_chain.hpp"
#include "licenses/document/test_vector.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

namespace mortise::licenses {
namespace {

using testing::kNow;
using testing::refusal;
using testing::TestChain;

DocumentId id_of(std::uint8_t first, std::uint8_t last) {
    DocumentId id{};
    id.front() = first;
    id.back() = last;
    return id;
}

std::string raw(const std::vector<DocumentId>& ids) {
    std::string out;
    for (const DocumentId& id : ids)
        out.append(reinterpret_cast<const char*>(id.data()), id.size());
    return out;
}

std::string payload(const std::string& ids, const std::string& head = R"("iss":"V","crl_seq":3)") {
    return R"({"iat":"2027-01-15T08:00:00Z",)" + head + R"(,"ids":")" + ids + R"("})";
}

TEST(DocumentIds, UuidsAreTheirBytesAndTheRestIsHashed) {
    EXPECT_EQ(to_uuid_text(document_id("0192f0c1-2b3c-7d4e-8f50-61728394a5b6")),
              "0192f0c1-2b3c-7d4e-8f50-61728394a5b6");
    EXPECT_EQ(parse_uuid("0192F0C1-2b3c-7d4e-8f50-61728394a5b6"), std::nullopt);
    EXPECT_EQ(parse_uuid("0192f0c1-2b3c-7d4e-8f50-61728394a5b"), std::nullopt);
    EXPECT_EQ(parse_uuid("0192f0c1+2b3c-7d4e-8f50-61728394a5b6"), std::nullopt);
    // b2sum -l 256 of "1".
    EXPECT_EQ(to_uuid_text(document_id("1")), "92cdf578-c470-85a5-9922-56f0dcf97d0b");
}

TEST(Revocations, RoundTrip) {
    const RevocationList list("Tenon Ltd", kNow, 9, {id_of(7, 1), id_of(0, 0), id_of(255, 255), id_of(7, 1)});
    EXPECT_EQ(list.size(), 3u);
    const auto back = decode_revocations(encode_revocations(list));
    ASSERT_TRUE(back.ok()) << back.refusal().detail;
    EXPECT_EQ(back->issuer(), "Tenon Ltd");
    EXPECT_EQ(back->issued_at(), kNow);
    EXPECT_EQ(back->sequence(), 9u);
    EXPECT_EQ(back->ids(), (std::vector<DocumentId>{id_of(0, 0), id_of(7, 1), id_of(255, 255)}));
}

TEST(Revocations, AnswersExactly) {
    std::mt19937_64 random(20270115);
    std::set<DocumentId> in;
    while (in.size() < 10'000) {
        DocumentId id;
        for (std::uint8_t& byte : id)
            byte = static_cast<std::uint8_t>(random());
        in.insert(id);
    }
    in.insert(DocumentId{});
    const RevocationList list("V", kNow, 1, {in.begin(), in.end()});
    for (const DocumentId& id : in)
        ASSERT_TRUE(list.contains(id));
    for (DocumentId id : in) {
        id[random() % 16] ^= 1;
        ASSERT_EQ(list.contains(id), in.contains(id));
    }
}

TEST(Revocations, IdsThatDifferInOneByteOnly) {
    std::vector<DocumentId> ids;
    for (int i = 0; i < 256; i += 2)
        ids.push_back(id_of(1, static_cast<std::uint8_t>(i)));
    const RevocationList list("V", kNow, 1, ids);
    for (int i = 0; i < 256; ++i)
        EXPECT_EQ(list.contains(id_of(1, static_cast<std::uint8_t>(i))), i % 2 == 0) << i;
}

TEST(Revocations, AnEmptyListHoldsNothing) {
    const auto list = decode_revocations(payload(""));
    ASSERT_TRUE(list.ok()) << list.refusal().detail;
    EXPECT_EQ(list->size(), 0u);
    EXPECT_FALSE(list->contains(DocumentId{}));
    EXPECT_FALSE(list->contains("0192f0c1-2b3c-7d4e-8f50-61728394a5b6"));
}

TEST(Revocations, OrderAndSizeAreExact) {
    const auto check = [](const std::vector<DocumentId>& ids) {
        return refusal(decode_revocations(payload(base64url_encode(raw(ids)))));
    };
    EXPECT_EQ(check({id_of(1, 0), id_of(2, 0)}), "");
    EXPECT_EQ(check({id_of(2, 0), id_of(1, 0)}), "bad_claims") << "not sorted";
    EXPECT_EQ(check({id_of(1, 0), id_of(1, 0)}), "bad_claims") << "twice";
    EXPECT_EQ(refusal(decode_revocations(payload(base64url_encode(std::string(17, 'a'))))), "bad_claims");
    EXPECT_EQ(refusal(decode_revocations(payload("AAAA="))), "bad_claims");
    EXPECT_EQ(refusal(decode_revocations(payload("A\\u0041"))), "bad_claims");
}

// `ids` is split off before the JSON is parsed; what is taken must still be JSON with that one meaning.
TEST(Revocations, TheSplitTakesNothingThatIsNotJson) {
    const std::string ids = base64url_encode(raw({id_of(1, 0)}));
    const auto check = [](const std::string& text) { return refusal(decode_revocations(text)); };
    EXPECT_EQ(check(payload(ids)), "");
    const std::string wrong[] = {
        payload(ids) + " ",
        payload(ids, R"("iss":"V","crl_seq":3,"ids":"")"),
        payload(ids, R"("iss":"V","crl_seq":3,"\u0069ds":"")"),
        payload(ids, R"("iss":"V","iss":"W","crl_seq":3)"),
        payload(ids, R"("iss":"V,"ids":"",crl_seq":3)"),
        payload(ids, R"("iss":"V","crl_seq":3,"x":{"a":1)") + "}",
        R"({"ids":")" + ids + R"(","iat":"2027-01-15T08:00:00Z","iss":"V","crl_seq":3})",
        R"({"iat":"2027-01-15T08:00:00Z","iss":"V","crl_seq":3, "ids":")" + ids + R"("})",
        R"({"iat":"2027-01-15T08:00:00Z","iss":"V","crl_seq":3})",
        "\xef\xbb\xbf" + payload(ids),
        "",
        R"(,"ids":"})",
        R"(,"ids":""})",
        payload(ids, R"("iss":"V","crl_seq":3,"x":")" + std::string(5000, 'x') + R"(")"),
    };
    for (const std::string& text : wrong)
        EXPECT_NE(check(text), "") << text;
    EXPECT_EQ(check(payload(ids, R"("iss":"V","crl_seq":3,"crit":["x"])")), "unknown_critical");
    EXPECT_EQ(check(payload(ids, R"("iss":"V","crl_seq":-3)")), "bad_claims");
}

TEST(Revocations, OneThatAnotherProgramSigned) {
    const auto root = public_key_from_paserk(VECTOR_ROOT);
    const auto keyset = verify_keyset(kVectorKeyset, std::span(&*root, 1), 1'900'000'000);
    ASSERT_TRUE(keyset.ok()) << keyset.refusal().detail;
    const auto list = verify_revocations(kVectorRevocations, *keyset, 1'900'000'000);
    ASSERT_TRUE(list.ok()) << list.refusal().detail;
    EXPECT_EQ(list->sequence(), 4u);
    EXPECT_EQ(list->size(), 3u);
    EXPECT_TRUE(list->contains("01910000-0000-7000-8000-000000000001"));
    EXPECT_TRUE(list->contains(DocumentId{}));
    EXPECT_FALSE(list->contains("01910000-0000-7000-8000-000000000002"));
}

TEST(Revocations, SignedByAKeyThatMay) {
    TestChain chain;
    const RevocationList list("Tenon Ltd", kNow, 1, {id_of(1, 2)});
    const std::string token = sign_revocations(list, chain.signer);
    const auto check = [&](Seconds now) { return refusal(verify_revocations(token, chain.keyset, now)); };
    EXPECT_EQ(check(kNow), "");
    EXPECT_EQ(check(kNow - 1), "issued_in_future");
    chain.keyset.keys[0].uses = {"lic"};
    EXPECT_EQ(check(kNow), "wrong_use");
    chain.keyset.keys[0].uses = {"crl"};
    chain.keyset.keys[0].status = KeyStatus::kCompromised;
    EXPECT_EQ(check(kNow), "key_compromised");
}

}  // namespace
}  // namespace mortise::licenses
