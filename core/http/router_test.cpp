#include "core/http/router.hpp"

#include <gtest/gtest.h>

namespace mortise::http {
namespace {

Route row(Method method, std::string pattern, std::string operation) {
    Route route;
    route.method = method;
    route.pattern = std::move(pattern);
    route.operation = std::move(operation);
    return route;
}

std::shared_ptr<const RouteTable> table() {
    return RouteTable::build(
               {row(Method::kGet, "/", "root"), row(Method::kGet, "/items", "list"),
                row(Method::kPost, "/items", "create"), row(Method::kGet, "/items/{key}", "get"),
                row(Method::kDelete, "/items/{key}", "delete"), row(Method::kPost, "/items/import", "import"),
                row(Method::kPut, "/items/{key}/needs/{other}", "need")})
        .value();
}

std::string found(Method method, std::string_view path) {
    const auto routes = table();
    const Match match = routes->match(method, path);
    return match.route != nullptr  ? match.route->operation
           : match.allowed.empty() ? "unknown"
                                   : "not allowed";
}

TEST(Router, FindsTheRowOfMethodAndPath) {
    EXPECT_EQ(found(Method::kGet, "/"), "root");
    EXPECT_EQ(found(Method::kGet, "/items"), "list");
    EXPECT_EQ(found(Method::kPost, "/items"), "create");
    EXPECT_EQ(found(Method::kPost, "/items/import"), "import");
    EXPECT_EQ(found(Method::kHead, "/items/a"), "get");
}

TEST(Router, TellsAnUnknownPathFromAWrongMethod) {
    EXPECT_EQ(found(Method::kPut, "/items"), "not allowed");
    EXPECT_EQ(found(Method::kHead, "/items/a/needs/b"), "not allowed");
    for (const std::string_view path :
         {"/item", "/items/", "/items//needs/b", "/items/a/needs", "//", "", "items", "*"})
        EXPECT_EQ(found(Method::kGet, path), "unknown") << path;
}

TEST(Router, KnowsTheParametersOfEachRow) {
    auto listed = row(Method::kGet, "/items", "list");
    listed.parameters = R"([{"name": "limit", "in": "query"}, {"name": "If-Match", "in": "header"}])";
    const auto routes = RouteTable::build({row(Method::kGet, "/", "root"), listed}).value();
    EXPECT_TRUE(routes->takes_parameter(1, "limit"));
    EXPECT_FALSE(routes->takes_parameter(1, "If-Match"));
    EXPECT_FALSE(routes->takes_parameter(1, "limits"));
    EXPECT_FALSE(routes->takes_parameter(0, "limit"));
}

// A literal that leads nowhere must not hide the parameter beside it.
TEST(Router, GoesBackFromALiteralThatLeadsNowhere) {
    const Match match = table()->match(Method::kPut, "/items/import/needs/b");
    ASSERT_EQ(match.parameters.size(), 2U);
    EXPECT_EQ(match.parameters[0].second, "import");
}

TEST(Router, DecodesParametersAfterMatching) {
    const auto routes = table();
    const Match match = routes->match(Method::kGet, "/items/a%2Fb%20c");
    ASSERT_NE(match.route, nullptr);
    EXPECT_EQ(match.parameters[0], (std::pair<std::string, std::string>("key", "a/b c")));
}

TEST(Router, RefusesTwoRowsForOneThing) {
    EXPECT_FALSE(
        RouteTable::build({row(Method::kGet, "/a/{x}", "one"), row(Method::kGet, "/a/{y}", "two")}).ok());
}

TEST(Router, RefusesMalformedPatterns) {
    for (const char* pattern :
         {"", "a", "//", "//a", "/a/", "/{}", "/a{b}", "/{a}b", "/{a", "/{a}/{a}", "/{{a}}"})
        EXPECT_FALSE(RouteTable::build({row(Method::kGet, pattern, "one")}).ok()) << pattern;
}

}  // namespace
}  // namespace mortise::http
