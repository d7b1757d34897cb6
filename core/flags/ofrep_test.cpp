#include "core/flags/ofrep.hpp"

#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;

const base::Uuid kTenant = *base::Uuid::parse("0190a0b0-c0d0-7000-8000-000000000001");

FlagSet flags() {
    const auto row = [](std::string key, std::string_view definition) {
        return FlagRow{base::Uuid{}, std::move(key), *parse_definition(definition)};
    };
    return FlagSet(
        {row("bool", R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"})"),
         row("text",
             R"({"state":"ENABLED","variants":{"q":"\"\\\u00e4"},"defaultVariant":"q","metadata":{"a":1}})"),
         row("number", R"({"state":"ENABLED","variants":{"n":2.5},"defaultVariant":"n"})"),
         row("object", R"({"state":"ENABLED","variants":{"o":{"k":[1,null]}},"defaultVariant":"o"})"),
         row("none", R"({"state":"ENABLED","variants":{"o":1}})"),
         row("off",
             R"({"state":"DISABLED","variants":{"o":1},"defaultVariant":"o","metadata":{"why":"x"}})")},
        {{kTenant, "bool", "ada", "on"}});
}

json single(std::string_view key, std::string_view user = "bob") {
    const auto set = flags();
    return json::parse(ofrep_single(set, {.tenant = kTenant, .targeting_key = user}, key).body);
}

TEST(OfrepSingle, HasTheShapesOfTheSpecification) {
    EXPECT_EQ(single("bool"),
              json::parse(R"({"key":"bool","reason":"STATIC","variant":"off","value":false})"));
    EXPECT_EQ(single("bool", "ada"),
              json::parse(R"({"key":"bool","reason":"TARGETING_MATCH","variant":"on","value":true})"));
    EXPECT_EQ(
        single("text"),
        json::parse(
            R"({"key":"text","reason":"STATIC","variant":"q","value":"\"\\\u00e4","metadata":{"a":1}})"));
    EXPECT_EQ(single("number")["value"], 2.5);
    EXPECT_EQ(single("object")["value"], json::parse(R"({"k":[1,null]})"));
}

TEST(OfrepSingle, WithoutAValueTheCodeDefaultApplies) {
    EXPECT_EQ(single("none"), json::parse(R"({"key":"none","reason":"DEFAULT"})"));
    EXPECT_EQ(single("off"), json::parse(R"({"key":"off","reason":"DISABLED","metadata":{"why":"x"}})"));
}

TEST(OfrepSingle, AnUnknownFlagIs404) {
    const auto set = flags();
    const auto answer = ofrep_single(set, {}, "a\"b\n");
    EXPECT_EQ(answer.status, 404);
    const auto body = json::parse(answer.body);
    EXPECT_EQ(body["key"], "a\"b\n");
    EXPECT_EQ(body["errorCode"], "FLAG_NOT_FOUND");
    EXPECT_TRUE(body["errorDetails"].is_string());
}

TEST(OfrepBulk, HasEveryFlagInOrder) {
    const auto set = flags();
    const auto answer = ofrep_bulk(set, {.tenant = kTenant, .targeting_key = "bob"}, "");
    EXPECT_EQ(answer.status, 200);
    const auto body = json::parse(answer.body);
    std::string keys;
    for (const auto& flag : body["flags"])
        keys += flag["key"].get<std::string>() + " ";
    EXPECT_EQ(keys, "bool none number object off text ");
    EXPECT_EQ(ofrep_bulk(FlagSet(), {}, "").body, R"({"flags":[]})");
}

TEST(OfrepBulk, TheTagCoversWhatWasEvaluated) {
    const auto set = flags();
    const auto bob = ofrep_bulk(set, {.tenant = kTenant, .targeting_key = "bob"}, "");
    const auto ada = ofrep_bulk(set, {.tenant = kTenant, .targeting_key = "ada"}, "");
    const auto eve = ofrep_bulk(set, {.tenant = kTenant, .targeting_key = "eve"}, "");
    EXPECT_NE(bob.etag, ada.etag);
    EXPECT_EQ(bob.etag, eve.etag);
    EXPECT_EQ(bob.etag.front(), '"');
    EXPECT_EQ(bob.etag.back(), '"');
    for (const auto& header :
         {bob.etag, "W/" + bob.etag, std::string("*"), "\"x\", " + bob.etag + " ,\"y\""}) {
        const auto answer = ofrep_bulk(set, {.tenant = kTenant, .targeting_key = "bob"}, header);
        EXPECT_EQ(answer.status, 304) << header;
        EXPECT_TRUE(answer.body.empty());
        EXPECT_EQ(answer.etag, bob.etag);
    }
    for (const auto& header :
         {std::string(), ada.etag, std::string("x"), std::string(",,"), std::string("\"")})
        EXPECT_EQ(ofrep_bulk(set, {.tenant = kTenant, .targeting_key = "bob"}, header).status, 200) << header;
}

// Who has an answer that was made of the same needs none that is evaluated again.
TEST(OfrepBulk, TheTagSaysWhatTheAnswerWasMadeOf) {
    const auto set = flags();
    const Subject bob{.tenant = kTenant, .tenant_slug = "acme", .plan = "gold", .targeting_key = "bob"};
    constexpr std::string_view kBody = R"({"context":{"targetingKey":"bob"}})";
    const auto made_of = ofrep_made_of(set, bob, kBody);
    EXPECT_EQ(made_of.size(), 22U);
    EXPECT_EQ(ofrep_made_of(set, bob, kBody), made_of);
    const OfrepStream stream{.request_uri = "/x", .key = "K1", .expires_at = 1000, .good_enough = 700};
    const auto first = ofrep_bulk(set, bob, "", &stream, not_counted, made_of);
    EXPECT_EQ(ofrep_unchanged(made_of, first.etag, &stream), first.etag);
    EXPECT_EQ(ofrep_unchanged(made_of, "\"x\", W/" + first.etag, &stream), first.etag);
    EXPECT_EQ(ofrep_unchanged(made_of, "*", &stream), std::nullopt) << "it has no tag to answer with";
    EXPECT_EQ(ofrep_unchanged(made_of, first.etag, nullptr), std::nullopt);
    auto later = stream;
    later.good_enough = 1001;
    EXPECT_EQ(ofrep_unchanged(made_of, first.etag, &later), std::nullopt) << "the ticket is replaced";
    // Whatever it is made of: another tenant, plan, credential, day or body.
    auto tenant = bob, slug = bob, plan = bob, client = bob, day = bob;
    tenant.tenant = {};
    slug.tenant_slug = "acmeg";
    plan.plan = "old";
    client.client_only = true;
    day.now = 86'400;
    for (const auto& other : {tenant, slug, plan, client, day})
        EXPECT_NE(ofrep_made_of(set, other, kBody), made_of);
    EXPECT_NE(ofrep_made_of(set, bob, "{}"), made_of);
    EXPECT_EQ(ofrep_unchanged("", first.etag, &stream), std::nullopt);
    // The same result of something else is as good.
    const auto again = ofrep_bulk(set, bob, first.etag, &stream, not_counted, std::string(22, 'x'));
    EXPECT_EQ(again.status, 304);
    EXPECT_NE(again.etag, first.etag);
}

TEST(OfrepBulk, RulesThatLookAtTheTimeAreAlwaysEvaluated) {
    const auto made_of = [](std::string_view rule) {
        const auto flag = parse_definition(R"({"state":"ENABLED","variants":{"on":true},"targeting":)" +
                                           std::string(rule) + "}");
        return ofrep_made_of(FlagSet({{{}, "f", *flag}}, {}), {}, "{}");
    };
    EXPECT_EQ(made_of(R"({"if":[{">":[{"var":"$flagd.timestamp"},5]},"on"]})"), "");
    EXPECT_EQ(made_of(R"({"if":[{"var":"$flagd"},"on"]})"), "");
    EXPECT_EQ(made_of(R"({"if":[{"var":{"cat":["$flagd.",{"var":"x"}]}},"on"]})"), "");
    EXPECT_NE(made_of(R"({"if":[{"==":[{"var":"$flagd.flagKey"},"f"]},"on"]})"), "");
}

TEST(OfrepSingle, AFailingRuleIs400WithItsCode) {
    const auto row = [](std::string key, std::string_view definition) {
        auto parsed = parse_definition(definition, {}, Strictness::kFlagd);
        return FlagRow{base::Uuid{}, std::move(key), *std::move(parsed)};
    };
    const FlagSet set(
        {row("broken", R"({"state":"ENABLED","variants":{"a":1},"defaultVariant":"a","metadata":{"m":1},)"
                       R"("targeting":{"$ref":"nothing"}})"),
         row("fails", R"({"state":"ENABLED","variants":{"a":1},"targeting":{"+":[{"var":"x"}]}})"),
         row("none", R"({"state":"ENABLED","variants":{"a":1},"targeting":{"var":"x"}})"),
         row("off", R"({"state":"DISABLED","variants":{"a":1},"targeting":{"+":["x"]}})")},
        {});
    const std::vector<Member> attributes{{"x", Value::string("text")}};
    const auto answer = [&](std::string_view key) {
        return ofrep_single(set, {.targeting_key = "u", .attributes = attributes}, key);
    };
    const auto broken = answer("broken");
    EXPECT_EQ(broken.status, 400);
    EXPECT_EQ(json::parse(broken.body)["errorCode"], "PARSE_ERROR");
    EXPECT_EQ(json::parse(broken.body)["key"], "broken");
    EXPECT_EQ(json::parse(broken.body)["metadata"], json::parse(R"({"m":1})"));
    for (const auto* const key : {"fails", "none"}) {
        EXPECT_EQ(answer(key).status, 400);
        const auto body = json::parse(answer(key).body);
        EXPECT_EQ(body["errorCode"], "GENERAL");
        EXPECT_TRUE(body["errorDetails"].is_string());
        EXPECT_FALSE(body.contains("value"));
        EXPECT_FALSE(body.contains("reason"));
    }
    EXPECT_EQ(json::parse(answer("off").body), json::parse(R"({"key":"off","reason":"DISABLED"})"));
    // All at once, each is answered by itself.
    const auto all = ofrep_bulk(set, {.attributes = attributes}, "");
    EXPECT_EQ(all.status, 200);
    EXPECT_EQ(json::parse(all.body)["flags"].size(), 4U);
    EXPECT_EQ(json::parse(all.body)["flags"][1]["errorCode"], "GENERAL");
}

// The stream is beside the evaluation: what was evaluated and how long the ticket is good make the tag.
TEST(OfrepBulk, LeadsToTheStream) {
    const FlagSet set(
        {{{}, "f", *parse_definition(R"({"state":"ENABLED","variants":{"on":true},"defaultVariant":"on"})")}},
        {});
    const OfrepStream stream{
        .request_uri = "/ofrep/v1/events?ticket=a\"b", .key = "K1", .expires_at = 1000, .good_enough = 700};
    const auto first = ofrep_bulk(set, {}, "", &stream);
    const auto body = json::parse(first.body);
    EXPECT_EQ(
        body["eventStreams"],
        json::parse(
            R"([{"type":"sse","endpoint":{"requestUri":"/ofrep/v1/events?ticket=a\"b"},"inactivityDelaySec":120}])"));
    EXPECT_EQ(body["flags"].size(), 1U);
    EXPECT_EQ(ofrep_bulk(set, {}, first.etag, &stream).status, 304);
    // The same evaluation with a ticket that is as good: nothing new to tell.
    OfrepStream later = stream;
    later.request_uri = "/other", later.expires_at = 1200, later.good_enough = 1000;
    EXPECT_EQ(ofrep_bulk(set, {}, first.etag, &later).status, 304);
    EXPECT_EQ(ofrep_bulk(set, {}, "\"x\", W/" + first.etag, &later).status, 304);
    EXPECT_EQ(ofrep_bulk(set, {}, "*", &later).status, 304);
    // One that ends too soon, or was made with a key that is gone, is replaced.
    later.good_enough = 1001;
    EXPECT_EQ(ofrep_bulk(set, {}, first.etag, &later).status, 200);
    later = stream;
    later.key = "K2";
    EXPECT_EQ(ofrep_bulk(set, {}, first.etag, &later).status, 200);
    // Tags that are none of ours.
    const auto digest = first.etag.substr(0, 23);
    for (const std::string& tag :
         {digest + "\"", digest + "-\"", digest + "--K1\"", digest + "-x-K1\"", digest + "-1000\"",
          digest + "1000-K1\"", std::string("\""), std::string("\"\""), std::string("x")})
        EXPECT_EQ(ofrep_bulk(set, {}, tag, &stream).status, 200) << tag;
    EXPECT_EQ(ofrep_bulk(set, {}, first.etag).status, 200) << "without a stream the tag is another";
}

OfrepRequest parse(std::string_view body, std::string_view key, Arena& memory) {
    return parse_ofrep_request(body, key, memory);
}

TEST(OfrepRequest, ReadsTheContext) {
    Arena memory(kMaxOfrepMemory);
    const auto good = parse(
        R"({"context":{"targetingKey":"ada","tenant":"other","plan":9,"a":{"b":[1,true]}}})", "f", memory);
    ASSERT_TRUE(good.ok);
    EXPECT_EQ(good.context.targeting_key, "ada");
    const auto* const a = find_member(good.context.attributes, "a");
    ASSERT_NE(a, nullptr);
    EXPECT_EQ(a->find("b")->items()[0].number(), 1);
    EXPECT_TRUE(parse(R"({"context":{}})", "f", memory).ok);
}

TEST(OfrepRequest, NamesItsFaultByCode) {
    Arena memory(kMaxOfrepMemory);
    const auto code = [&memory](std::string_view body) {
        const auto request = parse(body, "f", memory);
        EXPECT_FALSE(request.ok) << body;
        EXPECT_EQ(request.error.status, 400);
        const auto answer = json::parse(request.error.body);
        EXPECT_EQ(answer["key"], "f");
        return answer["errorCode"].get<std::string>();
    };
    EXPECT_EQ(code(""), "PARSE_ERROR");
    EXPECT_EQ(code("{"), "PARSE_ERROR");
    EXPECT_EQ(code(R"({"context":{"a":1,"a":2}})"), "PARSE_ERROR");
    EXPECT_EQ(code(R"({"context":{"a":1e999}})"), "PARSE_ERROR");
    EXPECT_EQ(code(R"({"context":{}} x)"), "PARSE_ERROR");
    EXPECT_EQ(code(std::string(60'000, '[')), "PARSE_ERROR");
    EXPECT_EQ(code(std::string(100'000, ' ')), "PARSE_ERROR");
    EXPECT_EQ(code("{}"), "INVALID_CONTEXT");
    EXPECT_EQ(code("[]"), "INVALID_CONTEXT");
    EXPECT_EQ(code(R"({"context":[]})"), "INVALID_CONTEXT");
    EXPECT_EQ(code(R"({"context":{"targetingKey":1}})"), "INVALID_CONTEXT");
    EXPECT_EQ(code(R"({"context":{"targetingKey":")" + std::string(1025, 'k') + "\"}}"), "INVALID_CONTEXT");
    EXPECT_FALSE(json::parse(parse("{}", "", memory).error.body).contains("key"));
}

TEST(OfrepFailure, IsAGeneralErrorResponse) {
    EXPECT_EQ(json::parse(ofrep_failure("a \"b\"")), json::parse(R"({"errorDetails":"a \"b\""})"));
    const auto single = ofrep_refusal("f", "GENERAL", "why");
    EXPECT_EQ(single.status, 400);
    EXPECT_EQ(json::parse(single.body),
              json::parse(R"({"key":"f","errorCode":"GENERAL","errorDetails":"why"})"));
    EXPECT_EQ(json::parse(ofrep_refusal("", "PARSE_ERROR", "why").body),
              json::parse(R"({"errorCode":"PARSE_ERROR","errorDetails":"why"})"));
}

}  // namespace
}  // namespace mortise::flags
