// mortise.http/1 over both hosts: requests as they arrive, answers as they leave, and the order of calls that
// services.h and plugin.h promise.
#include "tests/contract/contract_host.hpp"

#include <string>

namespace mortise::contract {
namespace {

class Calls : public ContractTest {};
MORTISE_IN_BOTH_HOSTS(Calls);

TEST_P(Calls, AnAnswerIsStatusHeadersAndBody) {
    const Told told =
        host_.write("respond 201 etag=\"1\" x-two=a%20b x-two=c\nwrite-text one\nwrite-text two");
    EXPECT_EQ(told.outcome, "ok");
    EXPECT_EQ(told.response.status, 201U);
    const host::Pairs headers = {{"etag", "\"1\""}, {"x-two", "a b"}, {"x-two", "c"}};
    EXPECT_EQ(told.response.headers, headers);
    EXPECT_EQ(told.body(), "onetwo");
    EXPECT_TRUE(told.committed);
}

TEST_P(Calls, AnEmptyAnswerIsAnAnswer) {
    const Told told = host_.write("respond 204");
    EXPECT_EQ(told.outcome, "ok");
    EXPECT_EQ(told.response.status, 204U);
    EXPECT_TRUE(told.body().empty());
    EXPECT_EQ(host_.write("respond 200\nwrite 0").body(), "");
}

// Everything of mortise_request and mortise_context; texts in bytes beyond ASCII, empty and doubled pairs.
TEST_P(Calls, ARequestArrivesAsItWasDecided) {
    Ask ask = host_.reading("request");
    const auto id = [](const char* text) { return base::Uuid::parse(text).value(); };
    ask.context.request_id = id("01000000-0000-7000-8000-0000000000a1");
    ask.context.principal = {base::PrincipalKind::kApiKey, id("02000000-0000-7000-8000-0000000000a2"), "x"};
    ask.context.actor = {base::PrincipalKind::kUser, id("03000000-0000-7000-8000-0000000000a3"), "y"};
    ask.context.correlation = id("04000000-0000-7000-8000-0000000000a4");
    ask.context.cause = id("05000000-0000-7000-8000-0000000000a5");
    ask.context.tenant_slug = "käse";
    ask.context.plan = "gold";
    ask.context.scopes = "a:b c:d";
    ask.context.locale = "sq-AL";
    ask.context.time_zone = "Europe/Tirane";
    ask.context.client_address = "2001:db8::1";
    ask.context.environment = "staging";
    ask.context.trace.trace_id.fill(0xab);
    ask.context.trace.span_id.fill(0xcd);
    ask.context.trace.flags = 1;
    ask.context.generation = 18446744073709551615U;
    ask.context.deadline = test::in(std::chrono::seconds(17));
    ask.path = {{"key", "ä/b"}};
    ask.query.insert(ask.query.begin(), {{"a", ""}, {"a", "1"}, {"", "=&"}});
    ask.headers = {{"accept", "text/plain"}, {"x-empty", ""}};
    ask.body = "12345";
    const std::string tenant = host_.tenant().to_string();
    std::string hex;
    for (const char c : tenant)
        if (c != '-') hex += c;
    EXPECT_EQ(host_.call(ask).body(),
              "request route=0 sizes=right kind=2 request=010000000000700080000000000000a1 tenant=" + hex +
                  " principal=020000000000700080000000000000a2 actor=030000000000700080000000000000a3"
                  " slug=käse plan=gold scopes=a:b c:d locale=sq-AL zone=Europe/Tirane client=2001:db8::1"
                  " environment=staging trace=00-abababababababababababababababab-cdcdcdcdcdcdcdcd-01"
                  " correlation=040000000000700080000000000000a4 cause=050000000000700080000000000000a5"
                  " deadline_s=17 generation=18446744073709551615 path.key=ä/b query.a= query.a=1 query.==&"
                  " header.accept=text/plain header.x-empty= body=5\n");
}

TEST_P(Calls, BodiesOfAnySizeArePulledInPiecesOfAnySize) {
    for (const std::size_t size : {0UL, 1UL, 65535UL, 65536UL, 65537UL, 131072UL, 1000003UL, 33554432UL})
        for (const char* capacity : {"1000", "65536", "70000", "50000000"}) {
            if (size > 1000003 && std::string_view(capacity) == "1000") continue;
            Ask ask = host_.writing(std::string("drain ") + capacity);
            ask.body.resize(size);
            for (std::size_t i = 0; i < size; ++i)
                ask.body[i] = static_cast<char>(i * 7 + i / 251);
            EXPECT_EQ(host_.call(ask).body(), "drain OK " + shown(ask.body) + "\n")
                << size << " by " << capacity;
        }
}

TEST_P(Calls, ABodyNeedNotBeRead) {
    Ask ask = host_.writing("respond 200\nwrite-text unread");
    ask.body = std::string(5'000'000, 'b');
    EXPECT_EQ(host_.call(ask).body(), "unread");
    EXPECT_EQ(host_.read("drain 10").body(), "drain OK " + shown("") + "\n") << "the next call has its own";
}

TEST_P(Calls, ReadingBodiesWronglyIsAnsweredAndHarmsNothing) {
    Ask ask = host_.writing("read-no-buffer\nread-no-count\nread-nothing\n@null drain 5\ndrain 3");
    ask.body = "whole";
    EXPECT_EQ(host_.call(ask).body(),
              "read-no-buffer INVALID\nread-no-count INVALID\nread-nothing OK\ndrain INVALID\ndrain OK " +
                  shown("whole") + "\n");
}

// 64 MiB are the most, in pieces of at most 64 KiB; what is beyond them is told and leaves what is there.
TEST_P(Calls, AnAnswerHasAtMost64MiB) {
    std::string script = "respond 200\n";
    for (int i = 0; i < 1024; ++i)
        script += "write 65536\n";
    const Told most = host_.write(script + "write 1\nwrite 0");
    EXPECT_EQ(most.outcome, "ok");
    EXPECT_EQ(most.body().size(), 64UL << 20);
    EXPECT_EQ(most.body().find_first_not_of('w'), std::string_view::npos);
    const std::string steps(host_.read("last").body());
    EXPECT_TRUE(steps.ends_with("write OK\nwrite TOO_BIG\nwrite OK\n\n")) << steps.substr(steps.size() - 60);
    EXPECT_EQ(host_.write("respond 200\nwrite 65537\nwrite-text rest").body(), "rest");
    EXPECT_EQ(host_.read("last").body(), "last:\nrespond OK\nwrite TOO_BIG\nwrite-text OK\n\n");
}

TEST_P(Calls, TheOrderOfTheAnswersPartsIsKept) {
    struct Case {
        const char* script;
        const char* steps;
        const char* outcome;
        const char* body;
    };
    const Case cases[] = {
        {"write-text early\nrespond 200\nwrite-text body",
         "write-text WRONG_CALL\nrespond OK\nwrite-text OK\n", "ok", "body"},
        {"respond 200\nwrite-text first\nrespond 201", "respond OK\nwrite-text OK\nrespond WRONG_CALL\n",
         "ok", "first"},
        {"respond 200\nwrite-text lost\nfail 409 taken It%20is.", "respond OK\nwrite-text OK\nfail OK\n",
         "taken", ""},
        {"fail 409 taken It%20is.\nwrite-text more\nrespond 200",
         "fail OK\nwrite-text WRONG_CALL\nrespond WRONG_CALL\n", "taken", ""},
        {"fail 409 first One.\nfail 410 second Two.", "fail OK\nfail OK\n", "second", ""},
    };
    for (const Case& one : cases) {
        const Told told = host_.write(one.script);
        EXPECT_EQ(told.outcome, one.outcome) << one.script;
        EXPECT_EQ(told.body(), one.body) << one.script;
        EXPECT_EQ(host_.read("last").body(), std::string("last:\n") + one.steps + "\n") << one.script;
    }
}

TEST_P(Calls, WrongArgumentsOfAnAnswerAreRefusedAndLeaveItOpen) {
    const Told told = host_.write(
        "respond 199\nrespond 600\nrespond 101\nrespond 0\nrespond-many 200 65\nrespond-wide 200 70000\n"
        "respond-no-data 200\nrespond-no-headers 200\nrespond 200 Content-Length=5\nrespond 200 connection=close\n"
        "respond 200 transfer-encoding=chunked\nrespond 200 Date=x\nrespond 200 set-cookie=a=b\n@null respond 200\n"
        "respond-many 200 64\nwrite-null 5\nwrite-null 0\n@null write 1\nwrite-text good");
    EXPECT_EQ(told.outcome, "ok");
    EXPECT_EQ(told.response.headers.size(), 64U);
    EXPECT_EQ(told.body(), "good");
    EXPECT_EQ(
        host_.read("last").body(),
        "last:\nrespond INVALID\nrespond INVALID\nrespond INVALID\nrespond INVALID\nrespond-many TOO_BIG\n"
        "respond-wide TOO_BIG\nrespond-no-data INVALID\nrespond-no-headers INVALID\nrespond INVALID\n"
        "respond INVALID\nrespond INVALID\nrespond INVALID\nrespond INVALID\nrespond INVALID\n"
        "respond-many OK\nwrite-null INVALID\nwrite-null OK\nwrite INVALID\nwrite-text OK\n\n");
}

TEST_P(Calls, AProblemHasItsParts) {
    const Told told =
        host_.write(R"(fail 422 odd Not%20even. [{"pointer":"/a","code":"c","detail":"d"}] {"x":1})");
    EXPECT_EQ(told.outcome, "odd");
    ASSERT_TRUE(told.response.problem);
    EXPECT_EQ(told.response.problem->status, 422U);
    EXPECT_EQ(told.response.problem->detail, "Not even.");
    EXPECT_EQ(told.response.problem->errors, R"([{"pointer":"/a","code":"c","detail":"d"}])");
    EXPECT_EQ(told.response.problem->extensions, R"({"x":1})");
    EXPECT_FALSE(told.committed);
}

TEST_P(Calls, WrongProblemsAreRefusedAndLeaveTheAnswerOpen) {
    const Told told = host_.write(
        "fail 399 a b\nfail 600 a b\nfail 409 %00\nfail 409 \nfail 409 a %ff\nfail-small 409 a b\nfail-nothing\n"
        "fail-no-data 409 a\nfail-wide 2000000\n@null fail 409 a b\nfail-larger 409 good Of%20a%20later%20SDK.");
    EXPECT_EQ(told.outcome, "good");
    EXPECT_EQ(
        host_.read("last").body(),
        "last:\nfail INVALID\nfail INVALID\nfail INVALID\nfail INVALID\nfail INVALID\nfail-small INVALID\n"
        "fail-nothing INVALID\nfail-no-data INVALID\nfail-wide TOO_BIG\nfail INVALID\nfail-larger OK\n\n");
    EXPECT_EQ(host_.write("fail-wide 1000000").response.problem.value().detail.size(), 1'000'000U);
}

// plugin.h: "A status other than MORTISE_OK rolls the unit of work back"; services.h: "A status of 400 and
// more rolls the unit of work back".
TEST_P(Calls, OnlyASuccessIsCommitted) {
    const std::string add = "sql add 0 none i:1 t:one n: i:0\n";
    EXPECT_EQ(host_.write(add + "respond 409").response.status, 409U);
    EXPECT_EQ(host_.write(add + "fail 409 taken It%20is.").outcome, "taken");
    EXPECT_EQ(host_.write(add + "respond 200\nreturn -13").outcome, "!plugin_failed");
    EXPECT_EQ(host_.write(add + "return 0").outcome, "!plugin_failed") << "no answer";
    EXPECT_EQ(host_.write(add + "respond 200\nreturn 12345").outcome, "!plugin_failed");
    EXPECT_EQ(host_.read("sql count 1 rows").body(), "sql OK i:0; changed=0\n");
    EXPECT_TRUE(host_.write(add).committed);
    EXPECT_EQ(host_.read("sql count 1 rows").body(), "sql OK i:1; changed=0\n");
}

TEST_P(Calls, AFailureTellsTheClientNothingAndTheOperatorAll) {
    const Told told = host_.write("return -13");
    EXPECT_EQ(told.error.kind, base::ErrorKind::kInternal);
    EXPECT_EQ(told.error.detail, "The plugin could not complete the request.");
    EXPECT_NE(host_.log_text().find("its call answered -13"), std::string::npos);
}

// plugin.h: "MORTISE_E_BUSY asks the host to run the call again from the start"; unit_runner.cpp does.
TEST_P(Calls, BusyAsksToBeCalledAgain) {
    const Told told = host_.write("sql add 0 none i:1 t:one n: i:0\nreturn -7");
    EXPECT_EQ(told.error.code, host::kPluginBusy);
    EXPECT_EQ(told.error.kind, base::ErrorKind::kUnavailable);
}

TEST_P(Calls, ClockAndIdsAreRight) {
    EXPECT_EQ(host_.read("now\nuuid\n@thread now\n@thread uuid").body(),
              "now right\nuuid right\nnow right\nuuid right\n");
}

}  // namespace
}  // namespace mortise::contract
