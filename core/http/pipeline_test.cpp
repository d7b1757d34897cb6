#include "core/http/test_pipeline.hpp"

#include <stdexcept>

namespace mortise::http {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using http::testing::Client;
using http::testing::Reply;

TEST_F(PipelineTest, MethodsComeFromTheRows) {
    serve({row(Method::kGet, "/a"), row(Method::kPut, "/a")});
    EXPECT_EQ(ask("GET /a").body, "fine");
    const Reply head = ask("HEAD /a");
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.field("Content-Length"), "4");
    const Reply options = ask("OPTIONS /a");
    EXPECT_EQ(options.status, 204);
    EXPECT_EQ(options.field("Allow"), "GET, HEAD, PUT, OPTIONS");
    EXPECT_EQ(ask("OPTIONS *").status, 204);
    const Reply wrong = ask("DELETE /a");
    EXPECT_EQ(told(wrong), "405 method_not_allowed");
    EXPECT_EQ(wrong.field("Allow"), "GET, HEAD, PUT, OPTIONS");
    EXPECT_EQ(told(ask("GET /b")), "404 not_found");
    EXPECT_EQ(told(ask("OPTIONS /b")), "404 not_found");
    pipeline_->replace_routes(
        pipeline_->routes(), {{"tools", {base::ErrorKind::kForbidden, "license_required", "Not licensed."}}});
    EXPECT_EQ(told(ask("GET /api/v1/tools")), "403 license_required");
    EXPECT_EQ(told(ask("POST /api/v1/tools/a/b?c=d")), "403 license_required");
    EXPECT_EQ(told(ask("GET /api/v1/tool")), "404 not_found");
    EXPECT_EQ(told(ask("GET /api/v1/toolsmith")), "404 not_found");
    EXPECT_EQ(told(ask("GET /api/v1/")), "404 not_found");
    EXPECT_EQ(told(ask("GET /tools")), "404 not_found");
    EXPECT_EQ(told(ask("GET /a%ff")), "400 invalid_encoding");
    EXPECT_EQ(told(ask("GET /a?x=%zz")), "400 invalid_encoding");
}

TEST_F(PipelineTest, EveryAnswerNamesItsRequest) {
    serve({row(Method::kGet, "/a")});
    EXPECT_TRUE(ask("GET /a").field("X-Request-Id"));
    const Reply reply = ask("GET /b");
    EXPECT_EQ(reply.field("X-Content-Type-Options"), "nosniff");
    ASSERT_TRUE(reply.field("X-Request-Id"));
    EXPECT_NE(reply.body.find(*reply.field("X-Request-Id")), std::string::npos);
    EXPECT_FALSE(reply.field("traceparent")) << "a header of requests only (W3C Trace Context, 3.2)";
}

// As fetch.spec.whatwg.org, 3.2, has it.
TEST_F(PipelineTest, PagesOfOtherOriginsReadWhatSaysSo) {
    Route open = row(Method::kPost, "/open");
    open.realm = Realm::kTenant;
    open.cross_origin = true;
    serve({open, row(Method::kGet, "/own")}, {.cors_origins = {"https://shop.example"}});
    const std::string shop = "Origin: https://shop.example\r\n",
                      asks = "Access-Control-Request-Method: POST\r\n";
    const Reply preflight = ask("OPTIONS /open", shop + asks);
    EXPECT_EQ(preflight.status, 204) << "without a credential, which browsers don't send";
    EXPECT_EQ(preflight.field("Access-Control-Allow-Origin"), "https://shop.example");
    EXPECT_EQ(preflight.field("Access-Control-Allow-Methods"), "POST, OPTIONS");
    for (const char* const header : {"Authorization", "If-None-Match", "Unleash-Connection-Id"})
        EXPECT_NE(preflight.field("Access-Control-Allow-Headers")->find(header), std::string::npos) << header;
    EXPECT_TRUE(preflight.field("Access-Control-Max-Age"));
    const Reply refused = ask("POST /open", shop);
    EXPECT_EQ(told(refused), "401 credential_required") << "which the page may read";
    EXPECT_EQ(refused.field("Access-Control-Allow-Origin"), "https://shop.example");
    EXPECT_EQ(refused.field("Vary"), "Origin");
    EXPECT_NE(refused.field("Access-Control-Expose-Headers")->find("ETag"), std::string::npos);
    EXPECT_FALSE(refused.field("Access-Control-Allow-Credentials"));
    for (const char* const other : {"https://shop.example.evil", "http://shop.example", "null"}) {
        const Reply reply = ask("OPTIONS /open", "Origin: " + std::string(other) + "\r\n" + asks);
        EXPECT_FALSE(reply.field("Access-Control-Allow-Origin")) << other;
        EXPECT_EQ(reply.field("Vary"), "Origin");
    }
    EXPECT_FALSE(ask("GET /own", shop).field("Access-Control-Allow-Origin"));
    EXPECT_FALSE(ask("OPTIONS /own", shop + asks).field("Access-Control-Allow-Origin"));
}

TEST_F(PipelineTest, AParameterThatNobodyDeclaredIsRefused) {
    Route own = row(Method::kGet, "/own");
    own.realm = Realm::kTenant;
    own.parameters = R"([{"name": "limit", "in": "query"}])";
    Route of_a_plugin = own, of_a_protocol = own;
    of_a_plugin.pattern = "/plugin", of_a_plugin.plugin = "milestones";
    of_a_protocol.pattern = "/protocol", of_a_protocol.checks_body = true;
    serve({own, of_a_plugin, of_a_protocol, row(Method::kGet, "/public")});
    EXPECT_EQ(ask("GET /own?limit=1", as(key_)).status, 200);
    const Reply refused = ask("GET /own?limit=1&limits=2", as(key_));
    EXPECT_EQ(told(refused), "400 unknown_parameter");
    EXPECT_NE(refused.body.find(R"("pointer":"limits")"), std::string::npos) << refused.body;
    EXPECT_EQ(told(ask("GET /own?If-Match=1", as(key_))), "400 unknown_parameter");
    EXPECT_EQ(told(ask("GET /own?limits=2")), "401 credential_required");
    for (const std::string path : {"/protocol?limits=2", "/public?verbose"})
        EXPECT_EQ(ask("GET " + path, as(key_)).status, 200) << path;
    EXPECT_NE(told(ask("GET /plugin?limits=2", as(key_))), "400 unknown_parameter");
}

TEST_F(PipelineTest, WhereNamesAreTheClientsNoneIsUnknown) {
    Route own = row(Method::kGet, "/own", [](const Call& call) -> Result<Response> {
        const auto* const value = call.query_value("properties[a]");
        return Response{.body = value == nullptr ? "none" : *value};
    });
    own.realm = Realm::kTenant;
    own.any_query = true;
    serve({own});
    EXPECT_EQ(ask("GET /own?properties%5Ba%5D=x&b=", as(key_)).body, "x");
}

// Clients of Unleash send it so; anything else without a scheme is no credential.
TEST_F(PipelineTest, AnApiKeyMayStandWithoutAScheme) {
    Route own = row(Method::kGet, "/own");
    own.realm = Realm::kTenant;
    serve({own});
    EXPECT_EQ(ask("GET /own", "Authorization: " + key_ + "\r\n").status, 200);
    EXPECT_EQ(told(ask("GET /own", "Authorization: " + key_ + "x\r\n")), "401 invalid_token");
    EXPECT_EQ(told(ask("GET /own", "Authorization: Basic " + key_ + "\r\n")), "401 invalid_token");
    EXPECT_EQ(told(ask("GET /own", "Authorization: " + admin_ + "\r\n")), "401 invalid_token");
}

TEST_F(PipelineTest, AnInlineRowLeavesTheReactorWhereItMayBlock) {
    Route route = row(Method::kGet, "/where", [](const Call&) -> Result<Response> {
        return Response{.body = std::to_string(std::hash<std::thread::id>()(std::this_thread::get_id()))};
    });
    route.may_block = [](const Call& call) { return call.query_value("wait") != nullptr; };
    PipelineSettings settings;
    settings.pool_threads = 1;
    serve({route, holding("/hold")}, settings);
    const std::string pooled = ask("GET /where?wait=1").body;
    EXPECT_NE(ask("GET /where").body, pooled);
    EXPECT_EQ(ask("GET /where?wait=2").body, pooled) << "the pool's one thread";
    // With the pool's thread held, only what may block waits.
    Client holder(server_->port()), waiter(server_->port());
    holder.send(text("GET /hold"));
    held_.get_future().wait();
    waiter.send(text("GET /where?wait=3"));
    EXPECT_EQ(ask("GET /where").status, 200);
    release();
    EXPECT_EQ(waiter.read()->body, pooled);
}

// Each request is wrong in all that comes later as well: the first step that refuses is the one that answers.
TEST_F(PipelineTest, StepsRefuseInTheirOrder) {
    Route all = row(Method::kPost, "/all");
    all.realm = Realm::kTenant;
    all.plugin = "milestones";
    all.flag = "no_such_flag";
    all.scope = "milestones:write";
    all.request_type = "application/json";
    all.idempotency_key = true;
    all.work = Work::kTenantWrite;
    Route flagged = all, scoped = all, typed = all, platform = all;
    flagged.pattern = "/flagged", flagged.plugin = "";
    scoped.pattern = "/scoped", scoped.plugin = scoped.flag = "";
    typed.pattern = "/typed", typed.plugin = typed.flag = "", typed.scope = "milestones:read";
    platform.pattern = "/platform", platform.realm = Realm::kPlatform;
    Route bare = typed;
    bare.pattern = "/bare", bare.request_type = "";
    serve({all, flagged, scoped, typed, platform, bare});
    const std::string junk = "Idempotency-Key: a b\r\nContent-Type: text/plain\r\n";
    const auto post = [&](const std::string& path, const std::string& fields) {
        return told(ask("POST " + path, fields + junk, "{"));
    };
    EXPECT_EQ(post("/al%zz", ""), "400 invalid_encoding");
    EXPECT_EQ(post("/unknown", ""), "404 not_found");
    EXPECT_EQ(post("/all", "Mortise-Tenant: nobody\r\n"), "401 credential_required");
    EXPECT_EQ(post("/all", "Authorization: Basic eDp5\r\n"), "401 invalid_token");
    EXPECT_EQ(post("/all", as("nonsense")), "401 invalid_token");
    EXPECT_EQ(post("/all", as(key_) + "Mortise-Tenant: acme\r\n"), "403 tenant_header_forbidden");
    EXPECT_EQ(post("/all", as(admin_) + "Mortise-Tenant: nobody\r\n"), "404 tenant_not_found");
    EXPECT_EQ(post("/all", as(admin_)), "400 tenant_required");
    EXPECT_EQ(post("/platform", as(key_)), "403 platform_only");
    EXPECT_EQ(post("/all", as(key_)), "403 license_required");
    EXPECT_EQ(post("/flagged", as(key_)), "404 flag_disabled");
    EXPECT_EQ(post("/scoped", as(key_)), "403 scope_required");
    EXPECT_EQ(post("/bare", as(key_)), "400 body_not_allowed");
    EXPECT_EQ(post("/typed", as(key_)), "415 unsupported_media_type");
    const std::string as_json = "Content-Type: application/json; charset=utf-8\r\n";
    EXPECT_EQ(told(ask("POST /typed", as(key_) + as_json + "Idempotency-Key: a b\r\n", "{")),
              "400 invalid_idempotency_key");
    EXPECT_EQ(told(ask("POST /typed", as(key_) + as_json, "{")), "400 invalid_json");
    EXPECT_EQ(told(ask("POST /typed", "X-API-Key: " + key_ + "\r\n" + as_json, "{}")), "200");
}

TEST_F(PipelineTest, AHeaderChoosesTheEnvironmentWhereARowKnowsOfSome) {
    const auto tells = [](const Call& call) -> Result<Response> {
        return Response{.body = call.context.environment};
    };
    Route knows = row(Method::kGet, "/knows", tells), other = row(Method::kGet, "/other", tells);
    knows.environments = true;
    knows.realm = other.realm = Realm::kTenant;
    serve({knows, other});
    const auto get = [&](const std::string& path, const std::string& fields) {
        return ask("GET " + path, as(key_) + fields);
    };
    EXPECT_EQ(get("/knows", "").body, "production");
    EXPECT_EQ(get("/knows", "mortise-environment: staging\r\n").body, "staging");
    EXPECT_EQ(get("/other", "Mortise-Environment: staging\r\n").body, "production");
    EXPECT_EQ(told(get("/knows", "Mortise-Environment: nowhere\r\n")), "404 environment_not_found");
    EXPECT_EQ(told(get("/knows", "Mortise-Environment: \r\n")), "404 environment_not_found");
    EXPECT_EQ(told(get("/knows", "Mortise-Environment: draft\r\nMortise-Environment: staging\r\n")),
              "400 repeated_header");
}

TEST_F(PipelineTest, ARowSaysRefusalsAsItsProtocolWants) {
    Route other = row(Method::kPost, "/protocol/{key}", [](const Call&) -> Result<Response> {
        return base::Error{base::ErrorKind::kNotFound, "gone", "It is gone."};
    });
    other.environments = true;
    other.say_refusal = [](const RequestHead& head, const Pairs& parameters, Response& answer) {
        answer.body = std::string(head.path) + " [" + parameters.front().second + "] " + answer.code + ": " +
                      answer.detail;
        answer.content_type = "text/plain";
    };
    Route problems = row(Method::kPost, "/problems/{key}", other.handler);
    serve({other, problems});
    EXPECT_EQ(ask("POST /protocol/a%20b").body, "/protocol/a%20b [a b] gone: It is gone.");
    const auto undecodable = ask("POST /protocol/%ff");
    EXPECT_EQ(undecodable.status, 400);
    EXPECT_EQ(undecodable.field("content-type"), "text/plain");
    EXPECT_TRUE(undecodable.body.starts_with("/protocol/%ff [] invalid_encoding: ")) << undecodable.body;
    EXPECT_TRUE(
        ask("POST /protocol/a", "Mortise-Environment: nowhere\r\n").body.find("environment_not_found") !=
        std::string::npos);
    EXPECT_EQ(told(ask("POST /problems/%ff")), "400 invalid_encoding");
    EXPECT_EQ(told(ask("POST /problems/a")), "404 gone");
}

TEST_F(PipelineTest, OneOfSeveralScopesIsEnough) {
    Route route = row(Method::kGet, "/a");
    route.realm = Realm::kTenant;
    route.scope = "flags:evaluate";
    route.or_scopes = "flags:read milestones:read";
    Route without = route;
    without.pattern = "/b", without.or_scopes = "flags:read milestones:write";
    serve({route, without});
    EXPECT_EQ(told(ask("GET /a", as(key_))), "200");
    EXPECT_EQ(told(ask("GET /b", as(key_))), "403 scope_required");
    EXPECT_EQ(told(ask("GET /b", as(make_key({"flags:evaluate"})))), "200");
}

TEST_F(PipelineTest, AChallengeComesWith401) {
    Route route = row(Method::kGet, "/a");
    route.realm = Realm::kEither;
    serve({route});
    // RFC 6750, 3.1: no error code for who sent no credential.
    EXPECT_EQ(ask("GET /a").field("WWW-Authenticate"), "Bearer realm=\"mortise\"");
    const auto challenge = ask("GET /a", as("nonsense")).field("WWW-Authenticate").value_or("");
    EXPECT_NE(challenge.find("error=\"invalid_token\""), std::string::npos) << challenge;
    EXPECT_EQ(ask("GET /a", as(admin_)).field("Cache-Control"), "no-store");
}

// A body that is JSON by its type is checked, one of another type that the row takes is not.
TEST_F(PipelineTest, JsonIsWhatTheContentTypeSays) {
    Route route = row(Method::kPost, "/a");
    route.request_type = "text/csv, application/json, application/merge-patch+json";
    serve({route});
    EXPECT_EQ(told(ask("POST /a", "Content-Type: text/csv\r\n", "a,b")), "200");
    EXPECT_EQ(told(ask("POST /a", "Content-Type: application/JSON\r\n", "a,b")), "400 invalid_json");
    EXPECT_EQ(told(ask("POST /a", "Content-Type: application/merge-patch+json\r\n", "a,b")),
              "400 invalid_json");
}

TEST_F(PipelineTest, WhatThrowsIs500WithoutItsText) {
    for (const Work work : {Work::kInline, Work::kPool}) {
        Route route = row(Method::kGet, "/throw", [](const Call&) -> Result<Response> {
            throw std::runtime_error("internal secret");
        });
        route.work = work;
        Route odd = row(Method::kGet, "/odd", [](const Call&) -> Result<Response> { throw 7; });
        Route failing = row(Method::kGet, "/fail", [](const Call&) -> Result<Response> {
            return base::internal_error("internal secret");
        });
        server_.reset();
        serve({route, odd, failing});
        for (const char* path : {"/throw", "/odd", "/fail"}) {
            const Reply reply = ask(std::string("GET ") + path);
            EXPECT_EQ(told(reply), "500 internal_error");
            EXPECT_NE(reply.body.find(reply.field("X-Request-Id").value_or("none")), std::string::npos);
            EXPECT_EQ(reply.body.find("secret"), std::string::npos);
        }
        server_->stop();
    }
    EXPECT_NE(logged().find("internal secret"), std::string::npos) << "the operator is told";
}

TEST_F(PipelineTest, TheLogNamesTheCodeOfEveryProblem) {
    Route refused = row(Method::kGet, "/refused", [](const Call&) -> Result<Response> {
        return Error{ErrorKind::kConflict, "too_late", "Too late."};
    });
    serve({refused, row(Method::kGet, "/fine")});
    ask("GET /refused");
    ask("GET /nowhere");
    ask("GET /fine", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n");
    ask("GET nonsense");
    server_->stop();
    const std::string log = logged();
    EXPECT_NE(log.find("\"status\":409,\"code\":\"too_late\","), std::string::npos) << log;
    EXPECT_NE(log.find("\"status\":404,\"code\":\"not_found\","), std::string::npos) << log;
    EXPECT_NE(log.find("\"route\":\"GET/fine\",\"status\":200,\"bytes\":4,"), std::string::npos) << log;
    EXPECT_NE(log.find("\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\""), std::string::npos) << log;
    EXPECT_NE(log.find("\"status\":400,\"code\":\"malformed_target\""), std::string::npos) << log;
}

}  // namespace
}  // namespace mortise::http
