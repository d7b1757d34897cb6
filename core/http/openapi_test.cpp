#include "core/http/openapi.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include <nlohmann/json.hpp>

namespace mortise::http {
namespace {

using nlohmann::json;

Route row(Method method, std::string pattern, std::string operation) {
    Route route;
    route.method = method;
    route.pattern = std::move(pattern);
    route.operation = std::move(operation);
    route.tag = "Things";
    return route;
}

std::vector<Route> rows() {
    Route get = row(Method::kGet, "/things/{id}", "get_thing");
    get.scope = "things:read";
    get.or_scopes = "things:glance things:peek";
    get.environments = true;
    get.response_schema = R"({"type": "object"})";
    get.parameters = R"([{"name": "deep", "in": "query", "schema": {"type": "boolean"}}])";
    Route post = row(Method::kPost, "/things", "create_thing");
    post.work = Work::kTenantWrite;
    post.request_type = "application/json, text/csv";
    post.request_schema = R"({"type": "string"})";
    post.idempotency_key = true;
    post.success = 201;
    Route open = row(Method::kGet, "/open", "open");
    open.realm = Realm::kPublic;
    return {get, post, open};
}

json document(std::vector<Route> routes) {
    return json::parse(openapi_document(**RouteTable::build(std::move(routes)), "1.2.3"));
}

TEST(Openapi, ComesFromTheRows) {
    const json all = document(rows());
    EXPECT_EQ(all["openapi"], "3.1.0");
    EXPECT_EQ(all["info"]["version"], "1.2.3");
    const json& get = all["paths"]["/things/{id}"]["get"];
    EXPECT_EQ(get["operationId"], "get_thing");
    EXPECT_EQ(get["parameters"][0]["name"], "id");
    EXPECT_EQ(get["parameters"][0]["required"], true);
    EXPECT_EQ(get["parameters"][1]["name"], "deep");
    EXPECT_EQ(get["parameters"][3]["name"], "Mortise-Environment");  // after Mortise-Tenant
    EXPECT_EQ(get["security"][0]["bearer"][0], "things:read");
    ASSERT_EQ(get["security"].size(), 6U);  // each scope with each of both ways
    EXPECT_EQ(get["security"][5]["api_key"][0], "things:peek");
    EXPECT_TRUE(get["responses"].contains("404"));
    const json& post = all["paths"]["/things"]["post"];
    EXPECT_TRUE(post["requestBody"]["content"].contains("text/csv"));
    EXPECT_TRUE(post["requestBody"]["content"].contains("application/json"));
    for (const char* status : {"201", "400", "401", "403", "413", "415", "503", "default"})
        EXPECT_TRUE(post["responses"].contains(status)) << status;
    EXPECT_EQ(post["parameters"].back()["name"], "Idempotency-Key");
    EXPECT_EQ(all["paths"]["/open"]["get"]["security"], json::array());
}

TEST(Openapi, TellsEachTypeOfAnAnswerAndGivesJsonTheSchema) {
    std::vector<Route> all = rows();
    all.front().response_type = "application/json, text/csv";
    all.front().response_schema = R"({"type": "object"})";
    const json paths = document(all)["paths"];
    const json& content = paths[all.front().pattern]["get"]["responses"]["200"]["content"];
    ASSERT_EQ(content.size(), 2U);
    EXPECT_EQ(content["application/json"]["schema"]["type"], "object");
    EXPECT_EQ(content["text/csv"], json::object());
}

TEST(Openapi, IsTheSameForTheSameRows) {
    const auto table = RouteTable::build(rows());
    const auto again = RouteTable::build(rows());
    EXPECT_EQ(openapi_document(**table, "1"), openapi_document(**again, "1"));
}

TEST(Openapi, NamesTheOperationWhoseSchemaIsNoJson) {
    for (auto member : {&Route::request_schema, &Route::response_schema, &Route::parameters}) {
        auto routes = rows();
        routes[1].*member = "{";
        const auto table = RouteTable::build(std::move(routes));
        try {
            openapi_document(**table, "1");
            ADD_FAILURE() << "it must throw";
        } catch (const std::invalid_argument& error) {
            EXPECT_NE(std::string(error.what()).find("create_thing"), std::string::npos) << error.what();
        }
    }
}

}  // namespace
}  // namespace mortise::http
