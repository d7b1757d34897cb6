#include "mortise/plugin.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::sdk {
namespace {

// A host that serves calls of methods, and answers those that the plugin makes.
struct FakePeers {
    mortise_host host{sizeof(mortise_host), MORTISE_ABI_MAJOR, MORTISE_ABI_MINOR, 0, service};
    mortise_http_1 http{sizeof(mortise_http_1), 0, read_body, respond, write, fail};
    mortise_peers_1 table{sizeof(mortise_peers_1), 0, call};
    bool has_peers = true;
    std::string input;  // of the method that is called
    std::string body;   // that it answered
    std::string problem;
    std::string asked;                       // of a call that the plugin made
    std::vector<std::string> pieces;         // of its answer
    const mortise_problem* shown = nullptr;  // or its problem
    mortise_status status = MORTISE_OK;

    static FakePeers*& current() {
        static FakePeers* fake = nullptr;
        return fake;
    }
    FakePeers() { current() = this; }

    static const void* service(const mortise_host*, mortise_text id) {
        if (view(id) == MORTISE_HTTP_1) return &current()->http;
        if (view(id) == MORTISE_PEERS_1 && current()->has_peers) return &current()->table;
        return nullptr;
    }
    static mortise_status read_body(const mortise_http_1*, mortise_call, std::uint8_t* buffer,
                                    std::uint64_t capacity, std::uint64_t* read) {
        std::string& rest = current()->input;
        *read = std::min<std::uint64_t>({capacity, 7, rest.size()});
        std::memcpy(buffer, rest.data(), *read);
        rest.erase(0, *read);
        return MORTISE_OK;
    }
    static mortise_status respond(const mortise_http_1*, mortise_call, std::uint32_t status,
                                  const mortise_pair*, std::uint64_t count) {
        return status == 200 && count == 0 ? MORTISE_OK : MORTISE_E_INVALID;
    }
    static mortise_status write(const mortise_http_1*, mortise_call, const std::uint8_t* data,
                                std::uint64_t size) {
        current()->body.append(reinterpret_cast<const char*>(data), size);
        return MORTISE_OK;
    }
    static mortise_status fail(const mortise_http_1*, mortise_call, const mortise_problem* problem) {
        current()->problem = std::to_string(problem->status);
        for (const mortise_text text : {problem->code, problem->detail, problem->errors, problem->extensions})
            current()->problem.append("|").append(view(text));
        return MORTISE_OK;
    }
    static mortise_status call(const mortise_peers_1*, mortise_call, mortise_text interface,
                               mortise_text method, mortise_bytes input, const mortise_peer_sink* sink) {
        FakePeers& self = *current();
        self.asked.append(view(interface)).append(" ").append(view(method)).append(" ");
        self.asked.append(reinterpret_cast<const char*>(input.data), input.size);
        for (const std::string& piece : self.pieces)
            if (sink->push(sink->context, reinterpret_cast<const std::uint8_t*>(piece.data()),
                           piece.size()) != MORTISE_OK)
                break;
        if (self.shown != nullptr) sink->refuse(sink->context, self.shown);
        return self.status;
    }
};

Response no_route(Call&) {
    return Response::empty();
}

std::string caught(PeerCall& call) {
    try {
        return call.peers().call("rules.decisions/1", "evaluate", "");
    } catch (const PeerProblem& problem) {
        return "caught " + problem.code();
    }
}

// What its input says.
std::string act(PeerCall& call) {
    const std::string input = call.input(30);
    if (input.starts_with("echo")) return input + " of " + std::string(call.caller());
    if (input == "problem") throw Problem(409, "taken", "Say another.");
    if (input == "busy") throw Busy(MORTISE_E_BUSY, "sql");
    if (input == "large") return std::string(200'000, 'x');
    if (input == "pass") return call.peers().call("rules.decisions/1", "evaluate", "{\"a\":1}");
    if (input == "catch") return caught(call);
    throw 7;
}

constexpr Route kNoRoutes[] = {{.name = "nothing", .handler = no_route}};
constexpr PeerMethod kPeerMethods[] = {
    {.interface = "probe.acts/1", .name = "act", .access = Access::kWrite, .handler = act},
};
void no_change(const FlagChange&) {}
constexpr Hooks kOtherHooks{.flag_changed = no_change};
constexpr mortise_plugin_entry_v1 kPeerEntry = detail::make_entry<kNoRoutes, kPeerMethods>("probe", "1.2.3");
constexpr mortise_plugin_entry_v1 kPlain = detail::make_entry<kNoRoutes>("probe", "1.2.3");
static_assert(detail::make_entry<kNoRoutes, kOtherHooks, kPeerMethods>("probe", "1.2.3").method_count == 1);
static_assert(detail::make_entry<kNoRoutes, kPeerMethods, kOtherHooks>("probe", "1.2.3").method_count == 1);

class PeersOfTheSdk : public testing::Test {
 protected:
    void SetUp() override {
        ASSERT_EQ(kPeerEntry.start(&fake_.host, &instance_), MORTISE_OK);
        context_.size = sizeof context_;
    }
    void TearDown() override { kPeerEntry.stop(instance_); }

    mortise_status serve(std::string_view input) {
        fake_.input = input;
        request_.input_size = input.size();
        return kPeerEntry.serve(instance_, 1, &request_);
    }

    FakePeers fake_;
    void* instance_ = nullptr;
    mortise_context context_{};
    mortise_method_call request_{sizeof(mortise_method_call), 0, &context_,
                                 to_abi(std::string_view("workflows")), 0};
    const std::string errors_ = R"([{"code":"c","detail":"d"}])";
    const mortise_problem problem_{sizeof(mortise_problem),
                                   422,
                                   to_abi(std::string_view("bad_input")),
                                   to_abi(std::string_view("Mend it.")),
                                   to_abi(std::string_view(errors_)),
                                   to_abi(std::string_view(R"({"x":1})"))};
};

TEST_F(PeersOfTheSdk, TheTableIsMadeByTheCompiler) {
    ASSERT_EQ(kPeerEntry.method_count, 1U);
    EXPECT_EQ(view(kPeerEntry.methods[0].interface), "probe.acts/1");
    EXPECT_EQ(view(kPeerEntry.methods[0].name), "act");
    EXPECT_EQ(kPeerEntry.methods[0].access, std::uint32_t{MORTISE_ACCESS_WRITE});
    EXPECT_EQ(kPlain.method_count, 0U);
    EXPECT_EQ(kPlain.serve, nullptr);
}

TEST_F(PeersOfTheSdk, AMethodGetsItsInputAndAnswers) {
    EXPECT_EQ(serve("echo what it was given"), MORTISE_OK);
    EXPECT_EQ(fake_.body, "echo what it was given of workflows");
    fake_.body.clear();
    EXPECT_EQ(serve("large"), MORTISE_OK);
    EXPECT_EQ(fake_.body.size(), 200'000U);
}

TEST_F(PeersOfTheSdk, WhatAMethodThrowsIsAnswered) {
    EXPECT_EQ(serve("problem"), MORTISE_OK);
    EXPECT_EQ(fake_.problem, "409|taken|Say another.||");
    EXPECT_EQ(serve(std::string(31, 'x')), MORTISE_OK);
    EXPECT_TRUE(fake_.problem.starts_with("413|input_too_large|")) << fake_.problem;
    EXPECT_EQ(serve("busy"), MORTISE_E_BUSY);
    EXPECT_EQ(serve("other"), MORTISE_E_INTERNAL);
    EXPECT_EQ(fake_.body, "");
}

TEST_F(PeersOfTheSdk, TheCallIsChecked) {
    const mortise_method_call good = request_;
    EXPECT_EQ(kPeerEntry.serve(instance_, 0, &good), MORTISE_E_INVALID);
    EXPECT_EQ(kPeerEntry.serve(nullptr, 1, &good), MORTISE_E_INVALID);
    EXPECT_EQ(kPeerEntry.serve(instance_, 1, nullptr), MORTISE_E_INVALID);
    for (const auto spoil : {+[](mortise_method_call& call) { call.size = 8; },
                             +[](mortise_method_call& call) { call.method = 1; },
                             +[](mortise_method_call& call) { call.context = nullptr; }}) {
        mortise_method_call bad = good;
        spoil(bad);
        EXPECT_EQ(kPeerEntry.serve(instance_, 1, &bad), MORTISE_E_INVALID);
    }
}

TEST_F(PeersOfTheSdk, AnotherPluginIsCalled) {
    fake_.pieces = {"{\"b\"", ":2}"};
    EXPECT_EQ(serve("pass"), MORTISE_OK);
    EXPECT_EQ(fake_.asked, "rules.decisions/1 evaluate {\"a\":1}");
    EXPECT_EQ(fake_.body, "{\"b\":2}");
}

TEST_F(PeersOfTheSdk, ItsProblemIsThrownAndPassedOn) {
    fake_.shown = &problem_;
    fake_.status = MORTISE_E_REFUSED;
    EXPECT_EQ(serve("pass"), MORTISE_OK);
    EXPECT_EQ(fake_.problem, "422|bad_input|Mend it.|" + errors_ + "|{\"x\":1}");
    EXPECT_EQ(serve("catch"), MORTISE_OK);
    EXPECT_EQ(fake_.body, "caught bad_input");
}

TEST_F(PeersOfTheSdk, OtherFailuresAreWhatTheyAreElsewhere) {
    fake_.status = MORTISE_E_BUSY;
    EXPECT_EQ(serve("pass"), MORTISE_E_BUSY);
    fake_.status = MORTISE_E_DENIED;
    EXPECT_EQ(serve("pass"), MORTISE_E_DENIED);
    fake_.status = MORTISE_E_REFUSED;
    EXPECT_EQ(serve("pass"), MORTISE_E_INVALID) << "the host has shown no problem";
    mortise_problem cut = problem_;
    cut.size = 8;
    fake_.shown = &cut;
    EXPECT_EQ(serve("pass"), MORTISE_E_INVALID);
}

TEST_F(PeersOfTheSdk, TheServiceIsNeeded) {
    TearDown();
    fake_.has_peers = false;
    ASSERT_EQ(kPeerEntry.start(&fake_.host, &instance_), MORTISE_OK);
    EXPECT_EQ(serve("pass"), MORTISE_E_INTERNAL);
    EXPECT_EQ(fake_.asked, "");
}

}  // namespace
}  // namespace mortise::sdk
