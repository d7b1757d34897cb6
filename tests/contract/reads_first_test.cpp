// Routes that read first (MORTISE_ROUTE_READS_FIRST) over both hosts: they write as any other that may, and
// what the first try has done is not kept.
#include "tests/contract/peer_hosts.hpp"

#include <string>

namespace mortise::contract {
namespace {

constexpr std::string_view kAddRow = "sql add 0 none i:1 t:one n: i:5";
constexpr std::uint32_t kSeldom = 2;

class ReadsFirst : public ContractTest {
 protected:
    Told seldom(std::string_view script) {
        Ask ask = host_.writing(script);
        ask.route = kSeldom;
        return host_.call(ask);
    }
};
MORTISE_IN_BOTH_HOSTS(ReadsFirst);

TEST_P(ReadsFirst, WhatOnlyReadsTakesNoWriter) {
    ASSERT_TRUE(host_.write(kAddRow).committed);
    // The one writer of the tenant is taken: a call that needed it would wait for its end.
    const auto writer = host_.database()->begin_tenant(host_.tenant(), storage::Access::kWrite, test::soon());
    ASSERT_TRUE(writer.ok());
    const Told told = seldom("sql count 1 rows");
    EXPECT_EQ(told.body(), "sql OK i:1; changed=0\n");
    EXPECT_FALSE(told.twice);
    EXPECT_FALSE(told.committed);
}

TEST_P(ReadsFirst, WhatWritesIsMadeAgain) {
    const Told told = seldom(std::string("sql count 1 rows\n") + std::string(kAddRow) + "\nsql count 1 rows");
    EXPECT_EQ(told.body(), "sql OK i:0; changed=0\nsql OK  changed=1\nsql OK i:1; changed=0\n");
    EXPECT_TRUE(told.twice);
    EXPECT_TRUE(told.committed);
    EXPECT_EQ(host_.read("sql count 1 rows").body(), "sql OK i:1; changed=0\n");
}

TEST_P(ReadsFirst, AnEventAloneIsWrittenToo) {
    const Told told = seldom("event thing.made one {}");
    EXPECT_EQ(told.body(), "event OK\n");
    EXPECT_TRUE(told.twice);
    EXPECT_EQ(host_.events(host_.tenant()).size(), 1U) << "published once";
}

TEST_P(ReadsFirst, APluginThatHidesTheRefusalIsCalledAgainAllTheSame) {
    const Told told = seldom(std::string(kAddRow) + "\nrespond 200\nwrite-text done");
    EXPECT_EQ(told.body(), "done");
    EXPECT_TRUE(told.twice);
    EXPECT_EQ(host_.read("sql count 1 rows").body(), "sql OK i:1; changed=0\n");
    const Told refused = seldom(std::string(kAddRow) + "\nfail 409 changed_my_mind no");
    EXPECT_EQ(refused.outcome, "changed_my_mind");
    EXPECT_TRUE(refused.twice) << "what it says of a unit that reads is not taken for its answer";
}

TEST_P(ReadsFirst, WhatTheFirstTryCountedIsGivenBack) {
    licenses::Limit ten(10);
    ten.kind = licenses::LimitKind::kMeter;
    host_.licence().hold({}, {{"contract.things", ten}});
    EXPECT_TRUE(seldom("license-count things 6\n" + std::string(kAddRow)).committed);
    EXPECT_EQ(host_.read("license-count things 4").body(), "license-count OK\n");
    EXPECT_EQ(host_.read("license-count things 1").body(), "license-count LIMIT\n");
}

class PeerReadsFirst : public PeerTest {};
MORTISE_IN_ALL_HOSTS(PeerReadsFirst);

TEST_P(PeerReadsFirst, AMethodThatWritesHasTheWholeCallMadeAgain) {
    Ask ask = host_.writing(peer("peer", "read", "sql count 1 rows") + "\n" + peer("peer", "write", "now"));
    ask.route = kSeldom;
    EXPECT_FALSE(host_.call(ask).twice) << "it may write, and doesn't";
    ask.query = host_.writing(peer("peer", "write", kAddRow)).query;
    const Told told = host_.call(ask);
    EXPECT_EQ(told.body(), "peer OK sql OK  changed=1\n");
    EXPECT_TRUE(told.twice);
    EXPECT_TRUE(told.committed);
    EXPECT_EQ(rows("peer"), "sql OK i:1,t:one,n:,i:5; changed=0\n");
}

}  // namespace
}  // namespace mortise::contract
