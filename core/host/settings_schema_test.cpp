#include "core/host/settings_schema.hpp"

#include <gtest/gtest.h>

namespace mortise::host {
namespace {

constexpr std::string_view kSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {"page": {"type": "integer", "minimum": 1, "maximum": 100}}})";

TEST(SettingsSchema, TakesWhatTheSchemaTakes) {
    const auto schema = SettingsSchema::parse(kSchema, "parcels");
    ASSERT_TRUE(schema.ok()) << schema.error().detail;
    EXPECT_TRUE(schema->check(R"({"page": 100})").ok());
    EXPECT_TRUE(schema->check("{}").ok());
    const auto refused = schema->check(R"({"page": 101})");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, "invalid_settings");
    ASSERT_FALSE(refused.error().fields.empty());
    EXPECT_EQ(refused.error().fields.front().pointer, "/settings/page");
    EXPECT_FALSE(schema->check(R"({"colour": 1})").ok());
    EXPECT_FALSE(schema->check("[]").ok());
}

TEST(SettingsSchema, WithoutOneThereAreNoSettings) {
    const auto none = SettingsSchema::parse("", "parcels");
    ASSERT_TRUE(none.ok());
    EXPECT_TRUE(none->check("{}").ok());
    EXPECT_FALSE(none->check(R"({"page": 1})").ok());
}

TEST(SettingsSchema, ANonSchemaIsTheManifestsFault) {
    EXPECT_FALSE(SettingsSchema::parse("[1]", "parcels").ok());
    EXPECT_FALSE(SettingsSchema::parse(R"({"type": 7})", "parcels").ok());
}

}  // namespace
}  // namespace mortise::host
