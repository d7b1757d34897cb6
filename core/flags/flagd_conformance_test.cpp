#include "core/base/file.hpp"
#include "core/flags/document.hpp"
#include "core/flags/flag_set.hpp"
#include "core/flags/test_gherkin.hpp"
#include "core/flags/test_rules.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

// The evaluator's features of open-feature/flagd-testbed and the documents of open-feature/flagd-schemas
// (both Apache-2.0), read from the folder that MORTISE_CONFORMANCE names.
namespace mortise::flags {
namespace {

using nlohmann::json;

std::filesystem::path folder(const char* name) {
    return test::conformance_folder() / "flagd" / name;
}

#define SKIP_WITHOUT(path)                                                                    \
    if (!std::filesystem::exists(path)) {                                                     \
        if (test::in_ci()) FAIL() << (path) << " is missing";                                 \
        GTEST_SKIP() << (path) << " is missing: it comes from github.com/open-feature/flagd-" \
                     << "testbed and flagd-schemas; set MORTISE_CONFORMANCE";                 \
    }

// A client of the library: an application with a default of its own, as OpenFeature's are.
class Client {
 public:
    explicit Client(const FlagSet& flags) : flags_(flags) {}

    // False if there is no such step.
    bool run(const test::Step& step) {
        std::smatch match;
        const auto is = [&](const char* pattern) {
            return std::regex_match(step.text, match, std::regex(pattern));
        };
        if (is("an evaluator")) return true;
        if (is("a (\\w+)-flag with key \"(.*)\" and a fallback value \"(.*)\"")) {
            type_ = match[1];
            key_ = match[2];
            fallback_ = typed(type_, match[3]);
        } else if (is("a context containing a targeting key with value \"(.*)\"")) {
            user_ = match[1];
        } else if (is("a context containing a key \"(.*)\", with type \"(\\w+)\" and with value \"(.*)\"")) {
            context_[match[1].str()] = typed(match[2], match[3]);
        } else if (
            is("a context containing a nested property with outer key \"(.*)\" and inner key \"(.*)\", "
               "with value \"(.*)\"")) {
            context_[match[1].str()] = {{match[2].str(), match[3].str()}};
        } else if (is("the flag was evaluated with details")) {
            evaluate();
        } else {
            return check(step);
        }
        return true;
    }

 private:
    // A text of a feature as a value of that type.
    static json typed(const std::string& type, std::string text) {
        text = std::regex_replace(text, std::regex("\\\\\""), "\"");
        if (type == "String") return text;
        const auto value = json::parse(text);
        return type == "Float" ? json(value.get<double>()) : value;
    }

    bool check(const test::Step& step) {
        std::smatch match;
        const auto is = [&](const char* pattern) {
            return std::regex_match(step.text, match, std::regex(pattern));
        };
        if (is("the resolved details value should be \"(.*)\""))
            EXPECT_EQ(value_, typed(type_, match[1]));
        else if (is("the reason should be \"(\\w+)\""))
            EXPECT_EQ(reason_, match[1].str());
        else if (is("the error-code should be \"(\\w*)\""))
            EXPECT_EQ(error_, match[1].str());
        else if (step.text == "the resolved metadata is empty")
            EXPECT_TRUE(metadata_.empty()) << metadata_;
        else if (step.text == "the resolved metadata should contain")
            check_metadata(step.table);
        else
            return false;
        return true;
    }

    void check_metadata(const std::vector<test::Row>& table) {
        ASSERT_GT(table.size(), 1U);
        for (std::size_t i = 1; i < table.size(); ++i)
            EXPECT_EQ(metadata_.at(table[i][0]), typed(table[i][1], table[i][2])) << table[i][0];
    }

    bool has_type(const json& value) const {
        if (type_ == "Boolean") return value.is_boolean();
        if (type_ == "String") return value.is_string();
        return type_ == "Object" ? value.is_object() : value.is_number();
    }

    void evaluate() {
        Arena memory(1 << 20);
        const auto attributes = read_value(context_.dump(), {}, memory);
        const auto evaluation = flags_.evaluate(
            {.targeting_key = user_, .attributes = attributes->members(), .now = 1'700'000'000}, key_);
        reason_ = to_string(evaluation.reason);
        error_ = to_string(evaluation.error);
        metadata_ = evaluation.metadata.empty() ? json::object() : json::parse(evaluation.metadata);
        value_ = evaluation.value.empty() ? fallback_ : json::parse(evaluation.value);
        if (has_type(value_)) return;
        error_ = "TYPE_MISMATCH";
        value_ = fallback_;
    }

    const FlagSet& flags_;
    std::string type_, key_, user_;
    json fallback_, context_ = json::object();
    json value_, metadata_;
    std::string reason_, error_;
};

FlagSet testbed_flags() {
    const auto text = base::read_file(folder("evaluator/flags/testkit-flags.json"), 1 << 20);
    auto document = parse_document(*text);
    if (!document) {
        for (const auto& fault : document.error().fields)
            ADD_FAILURE() << fault.pointer << " " << fault.code;
        return {};
    }
    std::vector<FlagRow> rows;
    for (auto& [key, definition] : document->flags)
        rows.push_back({{}, key, std::move(definition)});
    return FlagSet(std::move(rows), {});
}

TEST(FlagdTestbed, EveryScenarioOfTheEvaluatorPasses) {
    const auto features = folder("evaluator/gherkin");
    SKIP_WITHOUT(features);
    const auto flags = testbed_flags();
    int passed = 0, old = 0;
    for (const auto& entry : std::filesystem::directory_iterator(features)) {
        const auto text = base::read_file(entry.path(), 1 << 20);
        ASSERT_TRUE(text);
        for (const auto& scenario : test::GherkinReader::read(*text)) {
            if (scenario.tags.contains("@fractional-v1")) {
                ++old;
                continue;
            }
            std::string steps;
            for (const auto& step : scenario.steps)
                steps += "\n  " + step.text;
            SCOPED_TRACE(entry.path().filename().string() + ": " + scenario.name + steps);
            Client client(flags);
            for (const auto& step : scenario.steps)
                EXPECT_TRUE(client.run(step)) << "no such step: " << step.text;
            ++passed;
        }
    }
    EXPECT_EQ(old, 15);
    EXPECT_EQ(passed + old, 140);
}

// Pointers to the faults of a document, or of a rule as that of a flag.
std::vector<std::string> faults_of(const std::string& text, bool rule) {
    const std::string flag = R"({"state":"ENABLED","variants":{"a":"b"},"targeting":)" + text + "}";
    std::vector<std::string> pointers;
    const auto add = [&pointers](const auto& parsed) {
        if (parsed) return;
        for (const auto& fault : parsed.error().fields)
            pointers.push_back(fault.pointer);
        if (parsed.error().fields.empty()) pointers.push_back(parsed.error().code);
    };
    if (!rule) {
        add(parse_document(text));
        return pointers;
    }
    // What a rule refers to belongs to the document around it.
    SetDefinition set;
    set.rules.evaluators = std::make_shared<const json>(
        json::parse(R"({"some-ref":{"==":[1,1]},"emailWithFaas":{"==":[1,1]}})"));
    add(parse_definition(flag, set.rules));
    return pointers;
}

std::map<std::string, std::vector<std::string>> faults_in(const std::filesystem::path& documents,
                                                          bool rules) {
    std::map<std::string, std::vector<std::string>> all;
    for (const auto& entry : std::filesystem::directory_iterator(documents)) {
        if (entry.path().extension() != ".json") continue;
        const auto text = base::read_file(entry.path(), 1 << 20);
        all[entry.path().filename()] =
            text ? faults_of(*text, rules) : std::vector<std::string>{"unreadable"};
    }
    return all;
}

TEST(FlagdSchemas, EveryPositiveDocumentIsTaken) {
    const auto root = folder("schema/test");
    SKIP_WITHOUT(root);
    std::size_t count = 0;
    for (const auto* const part : {"flagd", "flags", "targeting"}) {
        for (const auto& [name, faults] :
             faults_in(root / part / "positive", part == std::string("targeting"))) {
            EXPECT_TRUE(faults.empty()) << part << "/" << name << ": " << faults.front();
            ++count;
        }
    }
    EXPECT_GE(count, 16U);
}

TEST(FlagdSchemas, EveryNegativeDocumentIsRefusedWithAPointer) {
    const auto root = folder("schema/test");
    SKIP_WITHOUT(root);
    using Pointers = std::vector<std::string>;
    const std::map<std::string, Pointers> documents{
        {"with-invalid-flag-set-metadata.json", {"/metadata/invalid"}},
        {"state-set-incorrectly.json", {"/flags/myBoolFlag/state"}},
        {"missing-variants.json", {"/flags/myBoolFlag/variants", "/flags/myBoolFlag/defaultVariant"}},
        {"empty-variants.json", {"/flags/myBoolFlag/variants", "/flags/myBoolFlag/defaultVariant"}},
        {"with-invalid-flag-metadata.json", {"/flags/myBoolFlag/metadata/invalid"}},
        {"with-invalid-targeting.json", {"/flags/targetedFlag/targeting/not-a-real-rule"}},
        {"malformed-flag.json", {"/flags/not-a-flag/state", "/flags/not-a-flag/variants"}},
        {"with-array-flags.json", {"/flags"}},
        {"mixed-variant-types.ffconfig.json", {"/flags/myBoolFlag/variants/on"}},
    };
    EXPECT_EQ(faults_in(root / "flags/negative", false), documents);
    const std::map<std::string, Pointers> rules{
        {"fractional-negative-weighting.json", {"/targeting/fractional/1/1"}},
        {"sem-ver-invalid-ver-expression.json", {"/targeting/if/0/sem_ver/2"}},
        {"invalid-starts-with-param.json", {"/targeting/if/0/starts_with/1"}},
        {"sem-ver-invalid-range-specifier.json", {"/targeting/if/0/sem_ver/1"}},
        {"fractional-invalid-weighting.json", {"/targeting/fractional/1/1"}},
        {"invalid-ends-with-param.json", {"/targeting/if/0/ends_with/1"}},
        {"invalid-flagd-props.json", {"/targeting/if/0/==/0/var"}},
        {"fractional-decimal-weighting.json", {"/targeting/fractional/1/1"}},
        {"fractional-invalid-bucketing.json", {"/targeting/fractional/0"}},
    };
    EXPECT_EQ(faults_in(root / "targeting/negative", true), rules);
}

}  // namespace
}  // namespace mortise::flags
