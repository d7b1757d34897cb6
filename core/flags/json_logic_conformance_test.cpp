#include "core/base/file.hpp"
#include "core/flags/test_rules.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

// tests.json of jwadhams/json-logic-js (MIT), read from the folder that MORTISE_CONFORMANCE names.
namespace mortise::flags {
namespace {

using nlohmann::json;

// [[rule, data, result], …] with headings between them; empty after saying that it is missing.
json cases() {
    const auto file = test::conformance_folder() / "jsonlogic/tests.json";
    const auto text = base::read_file(file, 1 << 20);
    if (text) return json::parse(*text);
    if (test::in_ci()) ADD_FAILURE() << file << " is missing";
    return json::array();
}

// An element's rule sees nothing but the element, which may be anything.
json run_as_element(const json& rule, const json& data) {
    const json over = {{"map", {{{"var", "list"}}, rule}}};
    const auto result = test::run_json(over, {{"list", json::array({data})}});
    return result.is_array() && result.size() == 1 ? result[0] : result;
}

TEST(JsonLogic, AllCasesPass) {
    const auto all = cases();
    if (all.empty())
        GTEST_SKIP() << "jsonlogic/tests.json is missing: it is github.com/jwadhams/json-logic's";
    int in_context = 0, as_element = 0;
    for (const auto& test : all) {
        if (!test.is_array()) continue;
        SCOPED_TRACE(test.dump());
        EXPECT_EQ(run_as_element(test[0], test[1]), test[2]);
        ++as_element;
        if (!test[1].is_object() && !test[1].is_null()) continue;
        EXPECT_EQ(test::run_json(test[0], test[1].is_null() ? json::object() : test[1]), test[2]);
        ++in_context;
    }
    EXPECT_GE(as_element, 270);
    EXPECT_GE(in_context, 260);
}

}  // namespace
}  // namespace mortise::flags
