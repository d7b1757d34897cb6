// mortise.events/1 over both hosts: "published if, and only if, that is committed" (services.h).
#include "tests/contract/contract_host.hpp"

#include <string>

namespace mortise::contract {
namespace {

class Events : public ContractTest {
 protected:
    std::size_t published() { return host_.events(host_.tenant()).size(); }
};
MORTISE_IN_BOTH_HOSTS(Events);

TEST_P(Events, AreTheUnitsAndInOrder) {
    const Ask ask = host_.writing(
        "event thing.made one {\"n\":1}\nsql add 0 none i:1 t:one n: i:0\n"
        "event thing.made two {\"n\":2}\nrespond 201");
    EXPECT_TRUE(host_.call(ask).committed);
    const auto events = host_.events(host_.tenant());
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].position, 1);
    EXPECT_EQ(events[1].position, 2);
    EXPECT_EQ(events[0].event.type, "mortise.contract.thing.made");
    EXPECT_EQ(events[0].event.source, "/plugins/contract");
    EXPECT_EQ(events[0].event.subject, "one");
    EXPECT_EQ(events[1].event.data, "{\"n\":2}");
    EXPECT_EQ(events[0].correlation, ask.context.correlation);
    EXPECT_EQ(events[0].cause, ask.context.request_id);
    EXPECT_LT(events[0].id.to_string(), events[1].id.to_string());
}

TEST_P(Events, NothingRolledBackIsPublished) {
    const std::string event = "event thing.made one {}\n";
    EXPECT_FALSE(host_.write(event + "respond 409").committed);
    EXPECT_FALSE(host_.write(event + "fail 409 a b").committed);
    EXPECT_FALSE(host_.write(event + "respond 200\nreturn -13").committed);
    EXPECT_FALSE(host_.write(event + "return 0").committed);
    EXPECT_FALSE(host_.write(event + "respond 200\nreturn -7").committed);
    EXPECT_EQ(published(), 0U);
    EXPECT_TRUE(host_.write(event + "respond 200").committed);
    EXPECT_EQ(published(), 1U);
}

TEST_P(Events, AReadingCallPublishesNone) {
    EXPECT_EQ(host_.read("event thing.made one {}").body(), "event DENIED\n");
    EXPECT_EQ(published(), 0U);
}

TEST_P(Events, OnlyWhatTheManifestListsIsPublished) {
    EXPECT_EQ(
        host_.write("event thing.lost one {}\nevent mortise.contract.thing.made one {}\nevent thing one {}")
            .body(),
        "event DENIED\nevent DENIED\nevent DENIED\n");
    EXPECT_EQ(published(), 0U);
}

TEST_P(Events, WhatIsNoEventIsInvalid) {
    EXPECT_EQ(
        host_
            .write("event-small thing.made one {}\nevent-nothing\nevent-no-data thing.made one\n"
                   "event thing.made %ff {}\nevent thing.made one %ff\nevent thing.made a%00b {}\n"
                   "event-larger thing.made one {}")
            .body(),
        "event-small INVALID\nevent-nothing INVALID\nevent-no-data INVALID\nevent INVALID\nevent INVALID\n"
        "event INVALID\nevent-larger OK\n");
    EXPECT_EQ(published(), 1U);
}

// "A JSON object": anything else would spoil the list of the tenant's events for all who read it.
TEST_P(Events, DataIsAJsonObject) {
    std::string deep = "{\"a\":";
    for (int i = 0; i < 100; ++i)
        deep += "[";
    EXPECT_EQ(
        host_
            .write("event thing.made a %20\nevent thing.made a []\nevent thing.made a 1\n"
                   "event thing.made a {\nevent thing.made a {}{}\nevent thing.made a {},\"x\":1\n"
                   "event thing.made a {\"a\":\"%00\"}\nevent thing.made a {\"a\":NaN}\nevent thing.made a\n"
                   "event thing.made a {a:1}\nevent thing.made a " +
                   deep + "\nevent thing.made good {\"a\":[1,{\"b\":null}]}")
            .body(),
        "event INVALID\nevent INVALID\nevent INVALID\nevent INVALID\nevent INVALID\nevent INVALID\n"
        "event INVALID\nevent INVALID\nevent INVALID\nevent INVALID\nevent INVALID\nevent OK\n");
    const auto events = host_.events(host_.tenant());
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].event.subject, "good");
}

// 256 KiB an event, 64 MiB and 100,000 a call.
TEST_P(Events, SizesAndCountsHaveLimits) {
    EXPECT_EQ(host_.write("event-wide thing.made one 262144\nevent-wide thing.made two 262136\n").body(),
              "event-wide TOO_BIG\nevent-wide OK\n");
    EXPECT_EQ(published(), 1U);
    const Told many = host_.write("event-many thing.made s {} 100001\nrespond 409");
    EXPECT_EQ(many.response.status, 409U);
    EXPECT_EQ(host_.read("last").body(), "last:\nevent-many TOO_BIG 100001\nrespond OK\n\n");
    std::string script;
    for (int i = 0; i < 257; ++i)
        script += "event-wide thing.made s 262136\n";
    EXPECT_EQ(host_.write(script + "respond 409").response.status, 409U);
    const std::string steps(host_.read("last").body());
    EXPECT_TRUE(steps.ends_with("event-wide OK\nevent-wide TOO_BIG\nevent-wide TOO_BIG\nrespond OK\n\n"))
        << steps.substr(steps.size() - 80);
    EXPECT_EQ(published(), 1U);
}

}  // namespace
}  // namespace mortise::contract
