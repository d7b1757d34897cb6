// The same border seen through the SDK's C++ wrapper, over both hosts.
#include "tests/contract/contract_host.hpp"

#include <string>

namespace mortise::contract {
namespace {

class Wrapped : public testing::TestWithParam<HostKind> {
 protected:
    enum Route : std::uint32_t { kList, kTake, kFail };

    Told call(Route route, std::string body = {}, std::string how = {}) {
        Ask ask{.route = route, .context = host_.context(), .body = std::move(body)};
        if (!how.empty()) ask.path = {{"how", how}};
        return host_.call(ask);
    }

    ContractHost host_{GetParam(), "wrapped"};
};
MORTISE_IN_BOTH_HOSTS(Wrapped);

TEST_P(Wrapped, TakesNotesAndListsThem) {
    const Told taken = call(kTake, "buy milk");
    EXPECT_TRUE(taken.committed) << taken.outcome;
    EXPECT_EQ(taken.response.status, 201U);
    const host::Pairs headers = {{"content-type", "application/json"}, {"etag", "\"1\""}};
    EXPECT_EQ(taken.response.headers, headers);
    EXPECT_TRUE(call(kTake, "answer mail").committed);
    EXPECT_EQ(call(kList).body(), "answer mail\nbuy milk\n");
    const auto events = host_.events(host_.tenant());
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].event.type, "mortise.wrapped.note.taken");
    EXPECT_EQ(events[0].event.data, "{\"size\":8}");
}

TEST_P(Wrapped, AProblemThatIsThrownIsAnswered) {
    EXPECT_TRUE(call(kTake, "once").committed);
    const Told again = call(kTake, "once");
    EXPECT_EQ(again.outcome, "note_taken");
    ASSERT_TRUE(again.response.problem);
    EXPECT_EQ(again.response.problem->status, 409U);
    EXPECT_EQ(again.response.problem->errors,
              R"([{"pointer":"/text","code":"taken","detail":"Choose another."}])");
    EXPECT_EQ(again.response.problem->extensions, R"({"text":"taken"})");
    EXPECT_EQ(call(kTake, std::string(1001, 'x')).outcome, "body_too_large");
    EXPECT_EQ(call(kList).body(), "once\n");
    EXPECT_EQ(host_.events(host_.tenant()).size(), 1U);
}

// "What a handler throws never crosses the border" (sdk/README.md).
TEST_P(Wrapped, NothingThatIsThrownCrosses) {
    for (const char* how : {"runtime", "number", "memory", "settings", "statement"}) {
        const Told told = call(kFail, "", how);
        EXPECT_EQ(told.outcome, "!plugin_failed") << how;
        EXPECT_EQ(told.error.detail.find("secret"), std::string::npos);
    }
    EXPECT_EQ(call(kFail, "", "busy").outcome, "!plugin_busy");
    EXPECT_TRUE(call(kTake, "a note").committed);
    EXPECT_EQ(call(kFail, "", "column").outcome, "!plugin_failed");
    EXPECT_EQ(call(kFail, "", "stop").outcome, "stopped");
    EXPECT_EQ(call(kFail, "", "nothing").response.status, 204U) << "and it goes on";
    std::string log;
    for (int i = 0; i < 500 && log.find("secret text") == std::string::npos; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        log = host_.log_text();
    }
    EXPECT_NE(log.find("secret text"), std::string::npos) << "the operator reads it";
}

TEST_P(Wrapped, AsksForTheLicence) {
    licenses::Limit users(9);
    users.overage = licenses::Overage::kSoft;
    licenses::Limit notes(7);
    notes.kind = licenses::LimitKind::kMeter;
    host_.licence().hold({"sso"}, {{"users", users}, {"wrapped.notes", notes}});
    for (const char* how : {"feature", "limit", "meter", "meter"})
        EXPECT_EQ(call(kFail, "", how).outcome, "ok") << how;
    const Told beyond = call(kFail, "", "meter");
    EXPECT_EQ(beyond.outcome, "license_limit_reached") << "three times three are more than seven";
    ASSERT_TRUE(beyond.response.problem);
    EXPECT_EQ(beyond.response.problem->status, 403U);
    EXPECT_EQ(call(kFail, "", "no-meter").outcome, "!plugin_failed") << "its manifest does not list it";
    host_.licence().hold({}, {});
    const Told without = call(kFail, "", "feature");
    EXPECT_EQ(without.outcome, "license_required");
    ASSERT_TRUE(without.response.problem);
    EXPECT_EQ(without.response.problem->status, 403U);
    EXPECT_NE(without.response.problem->detail.find("sso"), std::string::npos);
}

class WrappedPeers : public Wrapped {
 protected:
    WrappedPeers() {
        host_.add(GetParam(), "one");
        host_.licence().hold({}, {}, {{"wrapped", {}}, {"contract", {}}});
    }
    std::string of_contract(std::uint32_t route, std::string_view script) {
        Ask ask{.route = route, .context = host_.context(), .query = {{"do", std::string(script)}}};
        const Told told = host_.call(host_.plugin("contract"), ask);
        return told.outcome == "ok" ? std::string(told.body()) : told.outcome;
    }
};
MORTISE_IN_BOTH_HOSTS(WrappedPeers);

TEST_P(WrappedPeers, MethodsAreServed) {
    EXPECT_EQ(of_contract(1, "peer wrapped.notes/1 take text buy%20milk\npeer wrapped.notes/1 count text"),
              "peer OK taken\npeer OK 1\n");
    EXPECT_EQ(call(kList).body(), "buy milk by contract\n");
    EXPECT_EQ(of_contract(1, "peer-wide wrapped.notes/1 take text 1001"),
              "peer-wide REFUSED 413 input_too_large\n");
    EXPECT_EQ(of_contract(1, "peer wrapped.notes/1 take text buy%20milk"), "!plugin_failed")
        << "the unit did not survive the unique key";
    EXPECT_EQ(of_contract(1, "peer wrapped.notes/1 take text buy%20milk\nfail 409 passed on"), "passed");
    EXPECT_EQ(of_contract(0, "peer wrapped.notes/1 take text a"), "peer DENIED\n");
    const auto events = host_.events(host_.tenant());
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].event.type, "mortise.wrapped.note.taken");
}

TEST_P(WrappedPeers, MethodsAreCalled) {
    EXPECT_EQ(call(kFail, "", "peer").body(), "now right\n");
    EXPECT_EQ(call(kFail, "", "peer-caught").body(), "peer_not_provided");
    const Told problem = call(kFail, "", "peer-problem");
    EXPECT_EQ(problem.outcome, "teapot");
    EXPECT_EQ(problem.response.problem.value().errors, "[1]") << "left alone, it is the client's";
    const Told absent = call(kFail, "", "peer-absent");
    EXPECT_EQ(absent.response.problem.value().status, 501U);
    EXPECT_EQ(call(kFail, "", "peer-unlisted").outcome, "!plugin_failed");
}

class WrappedFlags : public Wrapped {
 protected:
    void put(const char* key, const char* variants, const char* rest = "") {
        host_.flags().put({}, key, std::string(R"({"state":"ENABLED","variants":)") + variants + rest + "}");
    }
};
MORTISE_IN_BOTH_HOSTS(WrappedFlags);

TEST_P(WrappedFlags, GiveTypedValuesWithTheirDetails) {
    put("notes.beta", R"({"on":true,"off":false})", R"(,"defaultVariant":"on","targeting":
        {"if":[{"and":[{"==":[{"var":"targetingKey"},"order-7"]},{"==":[{"var":"country"},"AL"]},
                       {"==":[{"var":"items"},12]},{"==":[{"var":"ratio"},0.5]},{"var":"trusted"},
                       {"==":[{"var":"text"},"t"]},{"in":["b2b",{"var":"labels"}]}]},"off"]})");
    put("notes.colour", R"({"r":"red"})", R"(,"defaultVariant":"r")");
    put("notes.limit", R"({"ten":10})", R"(,"defaultVariant":"ten")");
    put("notes.ratio", R"({"q":0.25})", R"(,"defaultVariant":"q")");
    put("notes.theme", R"({"t":{"a":[1]}})", R"(,"defaultVariant":"t")");
    EXPECT_EQ(
        call(kFail, "", "flags").body(),
        "no red 10 0.250000 {\"a\":[1]}\n"
        "0 flag 2 0 off\nred flag 1 0 r\n10 flag 1 0 ten\n0.250000 flag 1 0 q\n{\"a\":[1]} flag 1 0 t\n");
}

// "An evaluation never fails the call" (docs/en/plugin-flags.md).
TEST_P(WrappedFlags, GiveTheDefaultWhereThereIsNoValue) {
    put("notes.colour", R"({"one":1})", R"(,"defaultVariant":"one")");
    put("notes.limit", R"({"half":0.5})", R"(,"defaultVariant":"half")");
    put("notes.ratio", R"({"q":0.25})", R"(,"targeting":{"$ref":"nothing"})");
    put("notes.theme", R"({"t":{}})");
    host_.flags().put({}, "notes.theme", R"({"state":"DISABLED","variants":{"t":{}},"defaultVariant":"t"})");
    EXPECT_EQ(call(kFail, "", "flags").body(),
              "yes pink -1 -1.500000 null\n"
              "1 default 5 1  detail\npink default 5 3 one detail\n-1 default 5 3 half detail\n"
              "-1.500000 default 5 2  detail\nnull default 4 0 \n");
}

TEST_P(WrappedFlags, WhatTheManifestDoesNotListIsTheAuthorsFault) {
    put("notes.unlisted", R"({"on":true})", R"(,"defaultVariant":"on")");
    EXPECT_EQ(call(kFail, "", "no-flag").outcome, "!plugin_failed");
    EXPECT_EQ(call(kFail, "", "bad-context").outcome, "!plugin_failed");
    EXPECT_EQ(call(kFail, "", "nothing").response.status, 204U) << "and it goes on";
}

TEST_P(WrappedFlags, RequireRefusesAsARoutesFlagDoes) {
    const Told off = call(kFail, "", "beta");
    EXPECT_EQ(off.outcome, "flag_disabled");
    ASSERT_TRUE(off.response.problem);
    EXPECT_EQ(off.response.problem->status, 404U);
    put("notes.beta", R"({"on":true})", R"(,"defaultVariant":"on")");
    EXPECT_EQ(call(kFail, "", "beta").response.status, 204U);
}

TEST_P(WrappedFlags, AHookKeepsWhatHandlersUse) {
    EXPECT_EQ(call(kFail, "", "kept-colour").body(), "none 1") << "before the first call";
    EXPECT_EQ(call(kFail, "", "kept-colour").body(), "none 1");
    put("notes.colour", R"({"r":"red","b":"blue"})", R"(,"defaultVariant":"r")");
    EXPECT_EQ(call(kFail, "", "kept-colour").body(), "red 2");
    host_.flags().override(host_.tenant(), "notes.colour", "", "b");
    EXPECT_EQ(call(kFail, "", "kept-colour").body(), "blue 3");
    // What a hook throws is the operator's; the call goes on.
    put("notes.theme", R"({"t":"throw"})", R"(,"defaultVariant":"t")");
    EXPECT_EQ(call(kFail, "", "kept-colour").body(), "blue 3");
    std::string log;
    for (int i = 0; i < 500 && log.find("a theme too far") == std::string::npos; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        log = host_.log_text();
    }
    EXPECT_NE(log.find("a theme too far"), std::string::npos);
}

}  // namespace
}  // namespace mortise::contract
