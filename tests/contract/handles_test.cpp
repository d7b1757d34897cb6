// The handle of a call: good on its thread until the call returns, and nowhere else (services.h).
#include "tests/contract/contract_host.hpp"

#include <string>
#include <thread>

namespace mortise::contract {
namespace {

// Every function that takes a call's handle, once.
constexpr const char* kUses[] = {
    "drain 5",
    "respond 200",
    "write 1",
    "fail 409 a b",
    "settings",
    "sql count 1 rows",
    "event thing.made s {}",
    "license sso",
    "license-limit users",
    "license-count things 1",
    "flag feature boolean",
};

class Handles : public ContractTest {
 protected:
    // What each use answers with the words in front of it.
    std::string uses(std::string_view prefix) {
        std::string script;
        for (const char* use : kUses)
            script.append(prefix).append(use).append("\n");
        return std::string(host_.write(script).body());
    }
    static std::string all(std::string_view status) {
        std::string lines;
        for (const std::string_view use : kUses)
            lines.append(use.substr(0, use.find(' '))).append(" ").append(status).append("\n");
        return lines;
    }
};
MORTISE_IN_BOTH_HOSTS(Handles);

TEST_P(Handles, ZeroIsNeverACall) {
    EXPECT_EQ(uses("@zero "), all("WRONG_CALL"));
}

TEST_P(Handles, OneThatWasMadeUpIsNoCall) {
    EXPECT_EQ(uses("@other "), all("WRONG_CALL"));
}

TEST_P(Handles, TheHandleOfACallThatIsOverIsDead) {
    EXPECT_EQ(host_.write("keep\nrespond 204").outcome, "ok");
    EXPECT_EQ(uses("@stale "), all("WRONG_CALL"));
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(host_.read("@stale settings").body(), "settings WRONG_CALL\n");
}

TEST_P(Handles, AnotherThreadHasNoCall) {
    EXPECT_EQ(uses("@thread "), all("WRONG_CALL"));
}

TEST_P(Handles, WithoutATableAUseIsInvalid) {
    EXPECT_EQ(uses("@null "), all("INVALID"));
}

// A thread that the plugin left behind goes on after the call: it is told so, and may still log.
TEST_P(Handles, WhatIsLeftBehindFindsTheCallOver) {
    EXPECT_EQ(host_.write("leave 100 sql count 1 rows\nleave 100 settings\nleave 100 log 1 lately").outcome,
              "ok");
    std::string late;
    for (int i = 0; i < 500 && std::count(late.begin(), late.end(), '\n') < 5; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        late = host_.read("late").body();
    }
    EXPECT_NE(late.find("sql WRONG_CALL\n"), std::string::npos) << late;
    EXPECT_NE(late.find("settings WRONG_CALL\n"), std::string::npos) << late;
    EXPECT_NE(late.find("log done\n"), std::string::npos) << late;
}

// While a sink is being shown rows, no service that answers through another one can be used (services.h).
TEST_P(Handles, ASinkCanNotAskForMore) {
    EXPECT_EQ(host_.write("sql numbers 1 nest i:3").body(),
              "sql WRONG_CALL\nsettings WRONG_CALL\ndrain WRONG_CALL\nnow right\nuuid right\nlog done\n"
              "event OK\nlicense WRONG_CALL\nlicense-limit WRONG_CALL\nlicense-count WRONG_CALL\n"
              "flag WRONG_CALL\npeer WRONG_CALL\nsql OK  changed=0\n");
    EXPECT_EQ(host_.events(host_.tenant()).size(), 1U);
}

TEST_P(Handles, AServiceIsFoundByItsWholeNameOnly) {
    EXPECT_EQ(
        host_
            .read(
                "service mortise.http/1\nservice mortise.log/1\nservice mortise.clock/1\n"
                "service mortise.ids/1\nservice mortise.settings/1\nservice mortise.sql/1\n"
                "service mortise.events/1\nservice mortise.license/1\nservice mortise.flags/1\nservice mortise.sql/2\nservice mortise.sql\n"
                "service mortise.sql/1%00\nservice Mortise.sql/1\nservice mortise.secrets/1\nservice")
            .body(),
        "service mortise.http/1 yes\nservice mortise.log/1 yes\nservice mortise.clock/1 yes\n"
        "service mortise.ids/1 yes\nservice mortise.settings/1 yes\nservice mortise.sql/1 yes\n"
        "service mortise.events/1 yes\nservice mortise.license/1 yes\nservice mortise.flags/1 yes\nservice mortise.sql/2 no\nservice mortise.sql no\n" +
            std::string("service mortise.sql/1\0 no\n", 26) +
            "service Mortise.sql/1 no\nservice mortise.secrets/1 no\nservice  no\n");
}

TEST_P(Handles, SettingsAreTheTenants) {
    const auto other = host_.database().make_tenant();
    host_.set_settings(host_.tenant(), R"({"colour":"red"})");
    host_.set_settings(other, R"({"colour":"blue"})");
    EXPECT_EQ(host_.read("settings").body(), "settings OK {\"colour\":\"red\"}\n");
    Ask ask = host_.reading("settings");
    ask.context.tenant = other;
    EXPECT_EQ(host_.call(ask).body(), "settings OK {\"colour\":\"blue\"}\n");
    host_.set_settings(other, R"({"colour":")" + std::string(200'000, 'c') + "\"}");
    EXPECT_EQ(host_.call(ask).body().size(), 200'013U + std::string_view("settings OK \n").size());
    EXPECT_EQ(host_.read("settings no-sink\nsettings no-push\nsettings stop\nsettings fail").body(),
              "settings INVALID\nsettings INVALID\nsettings OK 1\nsettings TOO_BIG 1\n");
}

TEST_P(Handles, LinesOfTheLogNameTheCall) {
    const Ask ask = host_.reading(
        "log 2 seen colour=red plugin=forged\n@zero log 9 outside\nlog-no-data 1\n"
        "log-no-fields 1 m\n@null log 1 m");
    EXPECT_EQ(host_.call(ask).outcome, "ok");
    std::string log;
    for (int i = 0; i < 500 && log.find("outside") == std::string::npos; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        log = host_.log_text();
    }
    const auto line = [&](std::string_view message) {
        const auto at = log.find(message), begin = log.rfind('\n', at) + 1;
        return log.substr(begin, log.find('\n', begin) - begin);
    };
    const std::string seen = line("\"seen\"");
    EXPECT_NE(seen.find("\"warn\""), std::string::npos) << seen;
    EXPECT_NE(seen.find("\"plugin\":\"contract\""), std::string::npos) << seen;
    EXPECT_NE(seen.find(ask.context.request_id.to_string()), std::string::npos) << seen;
    EXPECT_NE(seen.find("\"tenant\":\"first\""), std::string::npos) << seen;
    EXPECT_NE(seen.find("\"plugin.colour\":\"red\""), std::string::npos) << seen;
    EXPECT_NE(seen.find("\"plugin.plugin\":\"forged\""), std::string::npos) << seen;
    const std::string outside = line("\"outside\"");
    EXPECT_NE(outside.find("\"error\""), std::string::npos) << "a level beyond the last is the last";
    EXPECT_EQ(outside.find("request_id"), std::string::npos) << outside;
}

}  // namespace
}  // namespace mortise::contract
