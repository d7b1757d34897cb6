#include "licenses/document/usage.hpp"

#include "licenses/document/base64url.hpp"
#include "licenses/document/test_chain.hpp"

#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;
using testing::kNow;
using testing::refusal;
using testing::TestChain;

constexpr Day kFirst = 20'000;  // 2024-10-04

UsageReport report(std::uint64_t sequence = 1) {
    UsageReport out;
    out.installation = "0192f0c1-0000-7000-8000-00000000000b";
    out.subject = "Customer GmbH";
    out.licence_id = "0192f0c1-2b3c-7d4e-8f50-61728394a5b6";
    out.issued_at = kNow;
    out.sequence = sequence;
    out.from = kFirst + static_cast<Day>(sequence - 1) * 30;
    out.to = out.from + 30;
    out.meters = {{"requests", MeterKind::kSum}, {"users", MeterKind::kMax}};
    out.rows = {{out.from, "acme", "requests", 10},
                {out.from, "acme", "users", 3},
                {out.from, "beta", "requests", 5},
                {out.from + 29, "acme", "requests", 9'007'199'254'740'991}};
    return out;
}

UsageLink link_of(const UsageReport& read, const std::string& token) {
    return {read.sequence, usage_hash(token), read.to, read.key};
}

TEST(Usage, Days) {
    EXPECT_EQ(parse_day("1970-01-01"), 0);
    EXPECT_EQ(parse_day("2024-10-04"), kFirst);  // date -u -d @$((20000*86400)) +%F
    EXPECT_EQ(format_day(kFirst), "2024-10-04");
    for (const char* wrong : {"", "2024-1-04", "2024-02-30", "2024-10-04T", "1969-12-31"})
        EXPECT_EQ(parse_day(wrong), std::nullopt) << wrong;
}

TEST(Usage, RoundTrips) {
    const SecretKey key = SecretKey::generate();
    UsageReport expected = report();
    const auto read = verify_usage(sign_usage(expected, key));
    ASSERT_TRUE(read.ok()) << read.refusal().detail;
    expected.key = key.public_key();
    EXPECT_EQ(*read, expected);
}

TEST(Usage, AReportFollowsTheOneBefore) {
    const SecretKey key = SecretKey::generate();
    const std::string first_token = sign_usage(report(), key);
    const auto first = verify_usage(first_token);
    ASSERT_TRUE(first.ok());
    EXPECT_FALSE(check_usage_link(nullptr, *first));
    const UsageLink last = link_of(*first, first_token);

    UsageReport next = report(2);
    next.previous = usage_hash(first_token);
    const auto check = [&](const UsageReport& wanted, const SecretKey& signer) {
        const auto read = verify_usage(sign_usage(wanted, signer));
        if (!read.ok()) return refusal(read);
        const auto broken = check_usage_link(&last, *read);
        return broken ? std::string(to_string(broken->code)) : "";
    };
    EXPECT_EQ(check(next, key), "");
    EXPECT_EQ(check(next, SecretKey::generate()), "other_key");
    UsageReport wrong = next;
    wrong.previous[5] = static_cast<char>(wrong.previous[5] ^ 1);
    EXPECT_EQ(check(wrong, key), "broken_chain") << "another report before";
    wrong = report(3);
    wrong.previous = next.previous;
    EXPECT_EQ(check(wrong, key), "broken_chain") << "one is left out";
    wrong = next;
    wrong.from += 1;
    wrong.rows.clear();
    EXPECT_EQ(check(wrong, key), "broken_chain") << "a day is left out";
    wrong = next;
    wrong.from -= 1;
    EXPECT_EQ(check(wrong, key), "broken_chain") << "a day is counted twice";
    EXPECT_EQ(check(report(1), key), "broken_chain") << "the chain begun anew";
    EXPECT_EQ(to_string(check_usage_link(nullptr, *verify_usage(sign_usage(next, key)))->code),
              "broken_chain");
}

std::string report_with(const char* claim, const json& value) {
    const SecretKey key = SecretKey::generate();
    json claims = json::parse(parse_token(sign_usage(report(), key), kMaxUsageBytes)->payload);
    claims[claim] = value;
    return refusal(verify_usage(sign_document(key, claims.dump(), kUsageType)));
}

TEST(Usage, ClaimsAreStrict) {
    EXPECT_EQ(report_with("seq", 1), "");
    EXPECT_EQ(report_with("seq", 0), "bad_claims");
    EXPECT_EQ(report_with("seq", 2), "bad_claims") << "without prev";
    EXPECT_EQ(report_with("prev", base64url_encode(std::string(32, 'x'))), "bad_claims")
        << "the first has none";
    EXPECT_EQ(report_with("to", "2024-10-04"), "bad_claims");
    EXPECT_EQ(report_with("to", "2024-10-20"), "bad_claims") << "a row is outside";
    EXPECT_EQ(report_with("meters", {{"requests", "sum"}}), "bad_claims") << "a meter isn't named";
    EXPECT_EQ(report_with("meters", {{"requests", "sum"}, {"users", "mean"}}), "bad_claims");
    EXPECT_EQ(report_with("unheard", 1), "bad_claims");
    EXPECT_EQ(report_with("rows", 1), "bad_claims");
    EXPECT_EQ(report_with("rows", json::object()), "bad_claims");
}

TEST(Usage, RowsAreStrict) {
    const json row = {"2024-10-04", "acme", "requests", 1}, later = {"2024-10-05", "acme", "requests", 1};
    EXPECT_EQ(report_with("rows", json::array()), "");
    EXPECT_EQ(report_with("rows", {row, later}), "");
    const json platform = {"2024-10-04", "", "requests", 1};
    EXPECT_EQ(report_with("rows", {platform, row}), "") << "what no tenant has but the platform";
    EXPECT_EQ(report_with("rows", {row, platform}), "malformed_json") << "it comes before the tenants";
    const json wrong[] = {
        {later, row},  // not in order
        {row, row},
        {1},
        {"row"},
        {json::array()},
        {json{"2024-10-04", "acme", "requests"}},
        {json{"2024-10-04", "acme", "requests", 1, 1}},
        {json{"2024-10-04", "acme", "requests", -1}},
        {json{"2024-10-04", "acme", "requests", 1.5}},
        {json{"2024-10-04", "acme", "requests", 9'007'199'254'740'992}},
        {json{"2024-10-04", "Acme", "requests", 1}},
        {json{"2024-10-4", "acme", "requests", 1}},
        {json{"2024-10-04", "acme", "requests", json::array({json::array({1})})}},
    };
    for (const json& rows : wrong)
        EXPECT_EQ(report_with("rows", rows), "malformed_json") << rows.dump();
}

TEST(Usage, ItsKeyIsTheOneThatItNames) {
    const SecretKey key = SecretKey::generate(), other = SecretKey::generate();
    json claims = json::parse(parse_token(sign_usage(report(), key), kMaxUsageBytes)->payload);
    claims["pub"] = to_paserk(other.public_key());
    EXPECT_EQ(refusal(verify_usage(sign_document(key, claims.dump(), kUsageType))), "other_key");
    EXPECT_EQ(refusal(verify_usage(sign_document(key, claims.dump(), kLicenceType))), "other_key");
    EXPECT_EQ(refusal(verify_usage(sign_document(key, report().subject, kUsageType))), "malformed_json");
}

TEST(Usage, AMillionRowsAndNotOneMore) {
    const SecretKey key = SecretKey::generate();
    UsageReport big = report();
    big.rows.clear();
    for (int i = 0; i < 100'000; ++i)
        big.rows.push_back({kFirst, "t" + std::to_string(1'000'000 + i), "requests", 1});
    const auto read = verify_usage(sign_usage(big, key));
    ASSERT_TRUE(read.ok()) << read.refusal().detail;
    EXPECT_EQ(read->rows.size(), 100'000u);
    std::string rows = "1";
    for (std::size_t i = 0; i < 1'000'001; ++i)
        rows += ",1";
    EXPECT_EQ(refusal(verify_usage(sign_document(key, R"({"rows":[)" + rows + "]}", kUsageType))),
              "malformed_json");
}

}  // namespace
}  // namespace mortise::licenses
