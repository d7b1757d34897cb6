#include "core/host/settings_schema.hpp"

#include <fmt/format.h>

#include <exception>
#include <vector>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace mortise::host {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::string_view kNone = R"({"type": "object", "additionalProperties": false})";

// valijson tells a place as ["<root>", "[name]", "[0]"].
std::string pointer_of(const std::vector<std::string>& context) {
    std::string pointer = "/settings";
    for (std::string_view part : context)
        if (part.size() > 2 && part.front() == '[')
            pointer += fmt::format("/{}", part.substr(1, part.size() - 2));
    return pointer;
}

}  // namespace

struct SettingsSchema::Compiled {
    valijson::Schema schema;
};

SettingsSchema::SettingsSchema(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
SettingsSchema::SettingsSchema(SettingsSchema&&) noexcept = default;
SettingsSchema& SettingsSchema::operator=(SettingsSchema&&) noexcept = default;
SettingsSchema::~SettingsSchema() = default;

Result<SettingsSchema> SettingsSchema::parse(std::string_view text, std::string_view plugin) {
    const auto refused = [&](std::string_view why) {
        return Error{ErrorKind::kInvalid, "manifest_invalid",
                     fmt::format("plugin {}: settings.schema is no JSON Schema: {}", plugin, why)};
    };
    const auto document = nlohmann::json::parse(text.empty() ? kNone : text, nullptr, false);
    if (!document.is_object()) return refused("not a JSON object");
    try {
        auto compiled = std::make_unique<Compiled>();
        valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
        parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(document), compiled->schema);
        return SettingsSchema(std::move(compiled));
    } catch (const std::exception& error) {
        return refused(error.what());
    }
}

Status SettingsSchema::check(std::string_view settings) const {
    const auto document = nlohmann::json::parse(settings, nullptr, false);
    valijson::Validator validator;
    valijson::ValidationResults faults;
    if (document.is_object() &&
        validator.validate(compiled_->schema, valijson::adapters::NlohmannJsonAdapter(document), &faults))
        return {};
    Error error{ErrorKind::kInvalid, "invalid_settings",
                "The settings are not what the plugin's schema asks for."};
    for (valijson::ValidationResults::Error fault; faults.popError(fault);)
        error.fields.push_back({pointer_of(fault.context), "schema", fault.description});
    return error;
}

}  // namespace mortise::host
