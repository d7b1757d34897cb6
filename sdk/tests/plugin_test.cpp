#include "mortise/plugin.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mortise::sdk {
namespace {

// What the handlers below do, by the name in the path.
Response act(Call& call) {
    const std::string_view what = call.path("what");
    if (what == "echo") return Response::json(call.body(10'000)).with_header("etag", "\"1\"");
    if (what == "small") return Response::json(call.body(4));
    if (what == "big") return Response::json(std::string(200'000, 'x'), 201);
    if (what == "stream") {
        Response response;
        response.stream = [](const BodyWriter& body) { body.write("a"), body.write("b"); };
        return response;
    }
    if (what == "problem")
        throw Problem(409, "taken", "Say another.")
            .with_errors({{"/a", "c", "d"}})
            .with_extensions("{\"x\":1}");
    if (what == "busy") throw Busy(MORTISE_E_BUSY, "sql");
    if (what == "late") throw ServiceError(MORTISE_E_TIMEOUT, "sql");
    if (what == "lost") throw ServiceError(MORTISE_E_UNAVAILABLE, "sql");
    if (what == "denied") throw ServiceError(MORTISE_E_DENIED, "sql");
    if (what == "memory") throw std::bad_alloc();
    if (what == "secret") throw std::runtime_error("secret text");
    if (what == "int") throw 5;
    if (what == "missing") call.sql();
    if (what == "query") {
        call.allow_query({"a"});
        return Response::json(std::string(call.query("a").value_or("none")));
    }
    return Response::empty();
}

constexpr Route kProbeRoutes[] = {
    {.method = Method::kPost,
     .pattern = "/{what}",
     .name = "act",
     .access = Access::kWrite,
     .idempotency_key = true,
     .handler = act},
};

constexpr mortise_plugin_entry_v1 kProbe = detail::make_entry<kProbeRoutes>("probe", "1.2.3");

// A host with http and log; what the plugin sends is kept.
struct FakeHost {
    mortise_host host{sizeof(mortise_host), MORTISE_ABI_MAJOR, MORTISE_ABI_MINOR, 0, service};
    mortise_http_1 http{sizeof(mortise_http_1), 0, read_body, respond, write, fail};
    mortise_log_1 log_table{sizeof(mortise_log_1), 0, log};
    bool has_http = true;
    std::string request_body;
    std::size_t consumed = 0;
    bool overrun = false;
    std::uint32_t status = 0;
    std::string body;
    std::size_t pieces = 0;
    std::string problem;
    std::string logged;

    static FakeHost*& current() {
        static FakeHost* host = nullptr;
        return host;
    }
    FakeHost() { current() = this; }

    static const void* service(const mortise_host*, mortise_text id) {
        if (view(id) == MORTISE_HTTP_1 && current()->has_http) return &current()->http;
        if (view(id) == MORTISE_LOG_1) return &current()->log_table;
        return nullptr;
    }
    static mortise_status read_body(const mortise_http_1*, mortise_call, std::uint8_t* buffer,
                                    std::uint64_t capacity, std::uint64_t* read) {
        FakeHost& self = *current();
        *read = std::min<std::uint64_t>({capacity, 3, self.request_body.size() - self.consumed});
        std::memcpy(buffer, self.request_body.data() + self.consumed, *read);
        self.consumed += *read;
        if (self.overrun) *read = capacity + 1;
        return MORTISE_OK;
    }
    static mortise_status respond(const mortise_http_1*, mortise_call, std::uint32_t status,
                                  const mortise_pair*, std::uint64_t) {
        current()->status = status;
        return MORTISE_OK;
    }
    static mortise_status write(const mortise_http_1*, mortise_call, const std::uint8_t* data,
                                std::uint64_t size) {
        ++current()->pieces;
        current()->body.append(reinterpret_cast<const char*>(data), size);
        return size <= MORTISE_BATCH_BYTES ? MORTISE_OK : MORTISE_E_TOO_BIG;
    }
    static mortise_status fail(const mortise_http_1*, mortise_call, const mortise_problem* problem) {
        current()->status = problem->status;
        for (const mortise_text text : {problem->code, problem->detail, problem->errors, problem->extensions})
            current()->problem.append(view(text)).append("|");
        return MORTISE_OK;
    }
    static void log(const mortise_log_1*, mortise_call, std::uint32_t, mortise_text message,
                    const mortise_pair* fields, std::uint64_t count) {
        current()
            ->logged.append(view(message))
            .append(count ? ": " : "")
            .append(count ? view(fields[0].value) : "");
    }
};

class Plugin : public testing::Test {
 protected:
    void SetUp() override { ASSERT_EQ(kProbe.start(&fake_.host, &instance_), MORTISE_OK); }
    void TearDown() override { kProbe.stop(instance_); }

    mortise_status call(std::string_view what, std::vector<mortise_pair> query = {}) {
        path_ = {to_abi(std::string_view("what")), to_abi(what)};
        query_ = std::move(query);
        request_ = {
            sizeof(mortise_request),  0, &context_, &path_, 1, query_.data(), query_.size(), nullptr, 0,
            fake_.request_body.size()};
        return kProbe.call(instance_, 1, &request_);
    }

    FakeHost fake_;
    void* instance_ = nullptr;
    mortise_context context_ = [] {
        mortise_context context{};
        context.size = sizeof context;
        return context;
    }();
    mortise_pair path_{};
    std::vector<mortise_pair> query_;
    mortise_request request_{};
};

TEST_F(Plugin, TheEntryIsMadeByTheCompiler) {
    EXPECT_EQ(kProbe.size, sizeof kProbe);
    EXPECT_EQ(view(kProbe.id), "probe");
    EXPECT_EQ(view(kProbe.version), "1.2.3");
    ASSERT_EQ(kProbe.route_count, 1U);
    EXPECT_EQ(view(kProbe.routes[0].pattern), "/{what}");
    EXPECT_EQ(kProbe.routes[0].options, MORTISE_ROUTE_IDEMPOTENCY_KEY);
}

TEST_F(Plugin, AnswersInPieces) {
    fake_.request_body = "{\"a\":\"0123456789\"}";
    EXPECT_EQ(call("echo"), MORTISE_OK);
    EXPECT_EQ(fake_.body, fake_.request_body);
    fake_.body.clear();
    fake_.pieces = 0;
    EXPECT_EQ(call("big"), MORTISE_OK);
    EXPECT_EQ(fake_.status, 201U);
    EXPECT_EQ(fake_.body.size(), 200'000U);
    EXPECT_EQ(fake_.pieces, 4U);
    fake_.body.clear();
    EXPECT_EQ(call("stream"), MORTISE_OK);
    EXPECT_EQ(fake_.body, "ab");
}

TEST_F(Plugin, ProblemsAreAnswers) {
    EXPECT_EQ(call("problem"), MORTISE_OK);
    EXPECT_EQ(fake_.status, 409U);
    EXPECT_EQ(fake_.problem,
              "taken|Say another.|[{\"pointer\":\"/a\",\"code\":\"c\",\"detail\":\"d\"}]|{\"x\":1}|");
    fake_.request_body = "12345";
    EXPECT_EQ(call("small"), MORTISE_OK);
    EXPECT_EQ(fake_.status, 413U);
}

TEST_F(Plugin, ExceptionsAreStatusesAndTellTheClientNothing) {
    EXPECT_EQ(call("busy"), MORTISE_E_BUSY);
    EXPECT_EQ(call("memory"), MORTISE_E_UNAVAILABLE);
    EXPECT_EQ(call("int"), MORTISE_E_INTERNAL);
    fake_.logged.clear();
    EXPECT_EQ(call("secret"), MORTISE_E_INTERNAL);
    EXPECT_EQ(fake_.logged, "a handler threw: secret text");
    EXPECT_EQ(fake_.status, 0U);
    EXPECT_TRUE(fake_.problem.empty() && fake_.body.empty());
}

TEST_F(Plugin, WhatTheDatabaseLacksIsNoErrorOfThePlugin) {
    const std::pair<const char*, mortise_status> quiet[] = {
        {"busy", MORTISE_E_BUSY}, {"late", MORTISE_E_TIMEOUT}, {"lost", MORTISE_E_UNAVAILABLE}};
    for (const auto& [what, status] : quiet) {
        EXPECT_EQ(call(what), status);
        EXPECT_EQ(fake_.logged, "") << what;
    }
    EXPECT_EQ(call("denied"), MORTISE_E_DENIED);
    EXPECT_NE(fake_.logged.find("a service failed"), std::string::npos);
}

TEST_F(Plugin, SaysWhoMisbehaved) {
    EXPECT_EQ(call("missing"), MORTISE_E_INTERNAL);
    EXPECT_NE(fake_.logged.find("the plugin misused the SDK"), std::string::npos) << fake_.logged;
    fake_.logged.clear();
    fake_.overrun = true;
    EXPECT_EQ(call("echo"), MORTISE_E_INVALID);
    EXPECT_NE(fake_.logged.find("the host broke the ABI"), std::string::npos) << fake_.logged;
}

TEST_F(Plugin, ChecksTheRequest) {
    EXPECT_EQ(call("ok"), MORTISE_OK);
    const mortise_request good = request_;
    EXPECT_EQ(kProbe.call(instance_, 0, &good), MORTISE_E_INVALID);
    EXPECT_EQ(kProbe.call(nullptr, 1, &good), MORTISE_E_INVALID);
    EXPECT_EQ(kProbe.call(instance_, 1, nullptr), MORTISE_E_INVALID);
    mortise_request bad = good;
    bad.route = 1;
    EXPECT_EQ(kProbe.call(instance_, 1, &bad), MORTISE_E_INVALID);
    bad = good;
    bad.size = 8;
    EXPECT_EQ(kProbe.call(instance_, 1, &bad), MORTISE_E_INVALID);
    bad = good;
    bad.context = nullptr;
    EXPECT_EQ(kProbe.call(instance_, 1, &bad), MORTISE_E_INVALID);
    bad = good;
    bad.path = nullptr;
    EXPECT_EQ(kProbe.call(instance_, 1, &bad), MORTISE_E_INVALID);
}

TEST_F(Plugin, QueryParametersAreKnownAndGivenOnce) {
    const mortise_pair a{to_abi(std::string_view("a")), to_abi(std::string_view("1"))};
    const mortise_pair b{to_abi(std::string_view("b")), to_abi(std::string_view("1"))};
    EXPECT_EQ(call("query", {a}), MORTISE_OK);
    EXPECT_EQ(fake_.body, "1");
    EXPECT_EQ(call("query", {a, a}), MORTISE_OK);
    EXPECT_TRUE(fake_.problem.starts_with("repeated_parameter|")) << fake_.problem;
    fake_.problem.clear();
    EXPECT_EQ(call("query", {b}), MORTISE_OK);
    EXPECT_TRUE(fake_.problem.starts_with("unknown_parameter|")) << fake_.problem;
}

TEST(PluginStart, NeedsAHostThatFits) {
    FakeHost fake;
    void* instance = nullptr;
    EXPECT_EQ(kProbe.start(nullptr, &instance), MORTISE_E_INVALID);
    EXPECT_EQ(kProbe.start(&fake.host, nullptr), MORTISE_E_INVALID);
    fake.host.abi_major = MORTISE_ABI_MAJOR + 1;
    EXPECT_EQ(kProbe.start(&fake.host, &instance), MORTISE_E_INVALID);
    fake.host.abi_major = MORTISE_ABI_MAJOR;
    fake.http.size = 8;
    EXPECT_EQ(kProbe.start(&fake.host, &instance), MORTISE_E_INVALID) << "a table that is too short";
    fake.http.size = sizeof(mortise_http_1);
    fake.has_http = false;
    EXPECT_EQ(kProbe.start(&fake.host, &instance), MORTISE_E_INVALID);
    EXPECT_EQ(instance, nullptr);
}

}  // namespace
}  // namespace mortise::sdk
