// mortise.peers/1 over both hosts, in all their combinations: a plugin has another one run a method in its
// unit of work.
#include "tests/contract/peer_hosts.hpp"

#include <chrono>
#include <string>
#include <thread>

namespace mortise::contract {
namespace {

class Peers : public PeerTest {};
MORTISE_IN_ALL_HOSTS(Peers);

constexpr std::string_view kAdd = "sql add 0 none i:1 t:one n: i:5";

TEST_P(Peers, TheAnswerOfAMethodComesBack) {
    EXPECT_EQ(read(peer("peer", "read", "now\ncaller")), "peer OK now right;caller contract\n");
    EXPECT_EQ(write(peer("peer", "read", "uuid") + "\n" + peer("peer", "write", "uuid")),
              "peer OK uuid right\npeer OK uuid right\n");
    EXPECT_EQ(read(peer("peer", "read", "respond 200")), "peer OK\n") << "an empty answer";
    EXPECT_EQ(read("peer peer.scripts/1 read text"), "peer OK\n") << "an empty input";
}

TEST_P(Peers, BothWriteInOneUnitOfWork) {
    const Told told = host_.write(std::string(kAdd) + "\n" + peer("peer", "write", kAdd) + "\n" +
                                  peer("peer", "read", "sql count 1 rows"));
    EXPECT_EQ(told.body(), "sql OK  changed=1\npeer OK sql OK  changed=1\npeer OK sql OK i:1; changed=0\n")
        << "the second call sees what the first has written";
    EXPECT_TRUE(told.committed);
    EXPECT_EQ(rows("contract"), "sql OK i:1,t:one,n:,i:5; changed=0\n");
    EXPECT_EQ(rows("peer"), "sql OK i:1,t:one,n:,i:5; changed=0\n");
}

TEST_P(Peers, WhatFailsAfterwardsTakesAllBack) {
    EXPECT_EQ(write(peer("peer", "write", kAdd) + "\n" + std::string(kAdd) + "\nreturn -13"),
              "!plugin_failed");
    EXPECT_EQ(write(peer("peer", "write", kAdd) + "\nfail 409 changed_my_mind no"), "changed_my_mind");
    EXPECT_EQ(rows("contract"), "sql OK  changed=0\n");
    EXPECT_EQ(rows("peer"), "sql OK  changed=0\n");
}

TEST_P(Peers, EachReachesItsOwnTablesOnly) {
    EXPECT_EQ(write(peer("peer", "write", kAdd) + "\nsql count 1 rows"),
              "peer OK sql OK  changed=1\nsql OK i:0; changed=0\n")
        << "the caller's role is back after the call";
}

TEST_P(Peers, AMethodSeesForWhomTheCallIs) {
    Ask ask = host_.reading("request\n" + peer("peer", "read", "request"));
    ask.context.locale = "sq";
    ask.context.scopes = "contract:use more:things";
    const std::string told(host_.call(ask).body());
    const auto line = told.find('\n');
    const std::string own = told.substr(0, told.find(" query.", 0));
    const std::string other = told.substr(line + 1);
    const auto part = [](const std::string& from, std::string_view name) {
        const auto at = from.find(" " + std::string(name) + "=");
        return from.substr(at, from.find(' ', at + 1) - at);
    };
    for (const char* name :
         {"sizes", "kind", "request", "tenant", "principal", "actor", "slug", "plan", "scopes", "locale",
          "zone", "environment", "trace", "correlation", "cause", "deadline_s", "generation"})
        EXPECT_EQ(part(told.substr(0, line), name), part(other, name)) << name;
    EXPECT_NE(other.find("sizes=right"), std::string::npos);
    EXPECT_NE(other.find("locale=sq"), std::string::npos);
}

TEST_P(Peers, AMethodHasItsOwnServices) {
    host_.set_settings(host_.tenant(), R"({"colour":"red"})");
    EXPECT_EQ(read(peer("peer", "read", "settings\nlicense sso\nservice mortise.sql/1\nlog 1 hello a=b")),
              "peer OK settings OK {\"colour\":\"red\"};license OK yes;service mortise.sql/1 yes;log done\n");
    for (int i = 0; i < 300 && host_.log_text().find("hello") == std::string::npos; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_NE(host_.log_text().find("\"plugin\":\"peer\""), std::string::npos);
}

TEST_P(Peers, ReadingStaysReading) {
    EXPECT_EQ(read(peer("peer", "write", "now")), "peer DENIED\n") << "the unit only reads";
    EXPECT_EQ(read(peer("peer", "read", kAdd)).find("sql DENIED"), 8U);
    const Told told =
        host_.write(std::string(kAdd) + "\n" +
                    peer("peer", "read", std::string(kAdd) + "\nevent thing.made a {}\nsql count 1 rows"));
    EXPECT_EQ(told.body(), "sql OK  changed=1\npeer OK sql DENIED;event DENIED;sql OK i:0; changed=0\n")
        << "a method that reads, in a unit that writes";
    EXPECT_TRUE(told.committed);
    add("third");
    EXPECT_EQ(write(peer("peer", "read", peer("third", "write", "now"))), "peer OK peer DENIED\n")
        << "nor does it get there by another one";
    EXPECT_EQ(rows("peer"), "sql OK  changed=0\n");
}

TEST_P(Peers, EventsAreInTheOrderOfThatTheyWerePublished) {
    const Told told =
        host_.write("event thing.made first {}\n" + peer("peer", "write", "event thing.made second {}") +
                    "\nevent thing.made third {}\n" + peer("peer", "write", "event thing.made fourth {}"));
    EXPECT_TRUE(told.committed) << told.body();
    const auto events = host_.events(host_.tenant());
    std::string all;
    for (const auto& one : events)
        all += one.event.type + " " + one.event.source + " " + one.event.subject + "\n";
    EXPECT_EQ(all,
              "mortise.contract.thing.made /plugins/contract first\n"
              "mortise.peer.thing.made /plugins/peer second\n"
              "mortise.contract.thing.made /plugins/contract third\n"
              "mortise.peer.thing.made /plugins/peer fourth\n");
    EXPECT_FALSE(host_.write(peer("peer", "write", "event thing.made a {}") + "\nreturn -13").committed);
    EXPECT_EQ(host_.events(host_.tenant()).size(), 4U);
}

TEST_P(Peers, WhatAMethodCountedIsGivenBackWithTheUnit) {
    EXPECT_EQ(write(peer("peer", "write", "license-count things 6") + "\nlicense-count things 6\nreturn -13"),
              "!plugin_failed");
    EXPECT_EQ(write(peer("peer", "write", "license-count things 6\nfail 409 no no")),
              "peer REFUSED 409 no\n");
    EXPECT_EQ(write(peer("peer", "write", "license-count things 6") + "\n" +
                    peer("peer", "write", "license-count things 6")),
              "peer OK license-count OK\npeer OK license-count LIMIT\n")
        << "the ones before were given back, and the meter is the callee's own";
    EXPECT_EQ(write("license-count things 6"), "license-count OK\n");
    EXPECT_EQ(write(peer("peer", "write", "license-count things 6")), "peer OK license-count LIMIT\n");
}

TEST_P(Peers, ProblemsAreShownAsTheyAre) {
    EXPECT_EQ(read(peer("peer", "read", R"(fail 422 bad_input Look. [{"code":"c"}] {"at":5})")),
              "peer REFUSED 422 bad_input [{\"code\":\"c\"}] {\"at\":5}\n");
    const Told told = host_.write(std::string(kAdd) + "\n" + peer("peer", "write", "fail 409 taken Taken."));
    EXPECT_EQ(told.body(), "sql OK  changed=1\npeer REFUSED 409 taken\n");
    EXPECT_TRUE(told.committed) << "the other has written nothing, and the caller may go on";
}

TEST_P(Peers, LargeMessagesGoBothWays) {
    constexpr std::size_t kMost = 16UL * 1024 * 1024;
    EXPECT_EQ(read("peer-wide peer.scripts/1 read text " + std::to_string(kMost)), "peer-wide OK\n");
    EXPECT_EQ(read("peer-wide peer.scripts/1 read text " + std::to_string(kMost + 1)), "peer-wide TOO_BIG\n");
    std::string script = "respond 200";
    for (std::size_t i = 0; i < kMost / 65536; ++i)
        script += "\nwrite 65536";
    EXPECT_EQ(read(peer("peer", "read", script, "hash")), "peer OK " + shown(std::string(kMost, 'w')) + "\n");
    EXPECT_EQ(read(peer("peer", "read", script + "\nwrite 1\nreturn 0", "hash")),
              "peer OK " + shown(std::string(kMost, 'w')) + "\n")
        << "what is too much is refused";
    EXPECT_EQ(read(peer("peer", "read", script, "stop")), "peer OK 1\n");
    EXPECT_EQ(read(peer("peer", "read", script, "fail")), "peer TOO_BIG 1\n");
}

TEST_P(Peers, ArgumentsAreChecked) {
    const std::string rest = " peer.scripts/1 read text now\n";
    EXPECT_EQ(read("peer-no-sink" + rest + "peer-small-sink" + rest + "peer-no-push" + rest +
                   "peer-no-refuse" + rest + "peer-no-input" + rest + "peer-no-text" + rest +
                   "peer-wide-method" + rest + "@null peer" + rest + "peer-larger-sink" + rest),
              "peer-no-sink INVALID\npeer-small-sink INVALID\npeer-no-push INVALID\npeer-no-refuse INVALID\n"
              "peer-no-input INVALID\npeer-no-text INVALID\npeer-wide-method INVALID\npeer INVALID\n"
              "peer-larger-sink OK now right\n");
    EXPECT_EQ(read("keep\n@zero peer" + rest + "@other peer" + rest + "@thread peer" + rest),
              "peer WRONG_CALL\npeer WRONG_CALL\npeer WRONG_CALL\n");
    EXPECT_EQ(read("@stale peer" + rest), "peer WRONG_CALL\n");
}

TEST_P(Peers, AMethodAnswersNoStatusAndNoHeaders) {
    EXPECT_EQ(read(peer("peer", "read", "respond 404\nrespond 302\nrespond 200 etag=1\nnow")),
              "peer OK respond INVALID;respond INVALID;respond INVALID;now right\n");
}

TEST_P(Peers, NothingElseIsUsedWhileAnAnswerIsShown) {
    const std::string refused =
        "sql WRONG_CALL\nsettings WRONG_CALL\ndrain WRONG_CALL\nlicense WRONG_CALL\nflag WRONG_CALL\n"
        "peer WRONG_CALL\nlog done\nnow right\n";
    EXPECT_EQ(read(peer("peer", "read", "now", "nest")), refused + "peer OK now right\n");
    EXPECT_EQ(read(peer("peer", "read", "fail 409 no no", "nest")), refused + "peer REFUSED 409 no\n");
    EXPECT_NE(read("sql numbers 1 nest i:1").find("peer WRONG_CALL\n"), std::string::npos)
        << "nor while rows are";
}

TEST_P(Peers, TheCallersHandleIsNoneOfTheOthers) {
    EXPECT_EQ(read("keep\n" + peer("peer", "read", "keep\n@other now")), "peer OK now right\n");
    EXPECT_EQ(read(peer("peer", "read", "@stale sql count 1 rows")), "peer OK sql WRONG_CALL\n");
}

TEST_P(Peers, CallsAreCounted) {
    EXPECT_EQ(read("peer absent.things/1 find text now\npeer other.things/1 find text now\n" +
                   peer("peer", "read", "now") + "\n" + peer("peer", "read", "now")),
              "peer REFUSED 501 peer_not_provided\npeer DENIED\npeer OK now right\npeer OK now right\n");
    const std::string text = host_.metrics_text();
    const auto has = [&](const char* series) { return text.find(series) != std::string::npos; };
    EXPECT_TRUE(has("calls_total{caller=\"contract\",outcome=\"ok\",plugin=\"peer\"} 2")) << text;
    EXPECT_TRUE(has("calls_total{caller=\"contract\",outcome=\"refused\",plugin=\"absent\"} 1"));
    EXPECT_FALSE(has("plugin=\"other\"")) << "names that no manifest has make no series";
}

}  // namespace
}  // namespace mortise::contract
