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

}  // namespace
}  // namespace mortise::contract
