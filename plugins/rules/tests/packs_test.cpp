// The packs over the routes.
#include "test_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

namespace rules::test {
namespace {

using nlohmann::json;

class PacksOfTenant : public testing::Test {
 protected:
    Answer install(const json& body = json::object()) {
        return host_.post("/packs/loan-decision/install", body);
    }
    json model() { return host_.get("/models/loan-decision").json(); }

    TestHost host_;
};

TEST_F(PacksOfTenant, AreListedAndShown) {
    const json items = host_.get("/packs").json()["items"];
    ASSERT_GE(items.size(), 3U);
    for (const json& item : items) {
        const json pack = host_.get("/packs/" + item["name"].get<std::string>()).json();
        EXPECT_EQ(pack["title"], item["title"]);
        EXPECT_FALSE(pack["files"].empty());
        EXPECT_FALSE(pack["tests"].empty());
        EXPECT_EQ(item["model"], nullptr);
    }
    EXPECT_EQ(host_.get("/packs/none").code(), "pack_not_found");
}

TEST_F(PacksOfTenant, CanAllBePublished) {
    const json items = host_.get("/packs").json()["items"];
    for (const json& item : items) {
        const std::string name = item["name"];
        const Answer answer = host_.post("/packs/" + name + "/install", {{"publish", true}});
        EXPECT_EQ(answer.status, 200U) << name << answer.problem;
        EXPECT_EQ(host_.get("/models/" + name + "/versions/1").json()["version"]["status"], "published");
    }
}

TEST_F(PacksOfTenant, AreDraftsUntilTheyArePublished) {
    const json made = install().json();
    EXPECT_EQ(made["key"], "loan-decision");
    EXPECT_EQ(host_.get("/models/loan-decision/versions/1").json()["version"]["status"], "draft");
    EXPECT_EQ(host_.get("/packs/loan-decision").json()["model"]["id"], made["id"]);
    EXPECT_EQ(install().json(), made) << "once more does no harm";
    const json published = install({{"publish", true}}).json();
    EXPECT_EQ(published["latest_version"], 1);
    EXPECT_EQ(install({{"publish", true}}).json(), published);
}

TEST_F(PacksOfTenant, DoNotOverwriteWhatTheTenantChanged) {
    install({{"publish", true}});
    const Answer changed = host_.call("PATCH", "/models/loan-decision", json{{"tests", json::array()}}.dump(),
                                      {{"if-match", "*"}, {"content-type", "application/json"}});
    ASSERT_EQ(changed.status, 200U) << changed.problem;
    EXPECT_EQ(install().code(), "pack_differs");
    EXPECT_EQ(install({{"key", "another"}}).json()["key"], "another");
    EXPECT_EQ(install({{"replace", true}}).json()["latest_version"], 2);
    EXPECT_EQ(install().status, 200U);
}

TEST_F(PacksOfTenant, AreSharedAndOverridden) {
    const json shared = host_.post("/packs/loan-decision/share", json::object()).json();
    EXPECT_EQ(shared["layer"], "shared");
    EXPECT_EQ(host_.post("/packs/loan-decision/share", json::object()).json(), shared);
    EXPECT_EQ(model(), shared);
    EXPECT_EQ(install().json()["layer"], "own");
    EXPECT_EQ(model()["layer"], "own") << "the tenant's own overrides it";
}

TEST_F(PacksOfTenant, TakeOnlyWhatTheyKnow) {
    const Answer answer = install({{"key", "No Key"}, {"publish", 1}, {"odd", true}});
    EXPECT_EQ(answer.status, 400U);
    json pointers = json::array();
    for (const json& error : answer.problem["errors"])
        pointers.push_back(error["pointer"]);
    EXPECT_THAT(pointers, testing::UnorderedElementsAre("/key", "/publish", "/odd"));
}

}  // namespace
}  // namespace rules::test
