// Each pack's tests, on the engine: all of them pass, and together they reach every rule.
#include "dmn/engine.hpp"
#include "feel/json.hpp"
#include "tables/model_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace rules {
namespace {

using feel::Value;
using ::testing::IsEmpty;

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    EXPECT_TRUE(file.good()) << path;
    return text.str();
}

std::vector<std::string> model_files() {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(PACKS))
        if (entry.path().extension() == ".dmn") files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    return files;
}

feel::Type inputs_type(const dmn::Model& model, std::uint32_t index) {
    std::vector<feel::Type::Member> members;
    for (const dmn::Model::Input& input : model.inputs_of(index))
        members.push_back({input.name, input.type});
    return feel::Type::context(std::move(members));
}

std::string json(const Value& value) {
    const auto text = feel::write_json(value);
    return text ? *text : text.fault().reason;
}

std::string without_blanks(std::string text) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
    return text;
}

class Pack : public ::testing::TestWithParam<std::string> {
 protected:
    void SetUp() override {
        xml_ = read_file(GetParam());
        const dmn::Source source{GetParam(), xml_};
        const dmn::Compilation compilation = dmn::compile({&source, 1});
        for (const dmn::Fault& fault : compilation.faults)
            ADD_FAILURE() << GetParam() << ":" << fault.line << ": " << fault.code << ": " << fault.reason;
        ASSERT_TRUE(compilation.model);
        model_ = compilation.model;
        std::string tests = GetParam();
        tests.replace(tests.size() - 4, 4, ".tests.json");
        const auto read = feel::read_json(read_file(tests));
        ASSERT_TRUE(read) << read.fault().reason;
        ASSERT_TRUE(read->is_list());
        tests_ = *read;
    }

    dmn::Outcome evaluate(const feel::Context& test) const {
        const Value* decision = test.find("decision");
        const Value* service = test.find("decision_service");
        const auto index = decision != nullptr ? model_->find(dmn::NodeKind::kDecision, decision->as_string())
                                               : model_->find(dmn::NodeKind::kService, service->as_string());
        EXPECT_TRUE(index) << to_string(*test.find("name"));
        if (!index) return {};
        const auto inputs = feel::read_json(json(*test.find("context")), inputs_type(*model_, *index));
        EXPECT_TRUE(inputs) << to_string(*test.find("name"));
        feel::Evaluation evaluation;
        return model_->evaluate(*index, inputs ? *inputs : Value(), evaluation, dmn::Explain::kYes);
    }

    std::string xml_;
    std::shared_ptr<const dmn::Model> model_;
    Value tests_;
};

TEST_P(Pack, GivesWhatItsTestsExpect) {
    for (const Value& test : tests_.as_list()) {
        const feel::Context& members = test.as_context();
        const auto actual = feel::read_json(json(evaluate(members).value));
        ASSERT_TRUE(actual);
        feel::Evaluation evaluation;
        EXPECT_EQ(equal(*actual, *members.find("expected"), evaluation), feel::Truth::kTrue)
            << to_string(*members.find("name")) << "\n  expected " << json(*members.find("expected"))
            << "\n  actual   " << json(*actual);
    }
}

TEST_P(Pack, HasTestsForEveryRule) {
    std::map<std::string, std::set<std::uint32_t>> hit;
    for (const Value& test : tests_.as_list())
        for (const dmn::NodeTrace& node : evaluate(test.as_context()).explanation.nodes)
            for (const dmn::TableTrace& table : node.tables)
                for (const dmn::RuleTrace& rule : table.matched)
                    hit[table.element_id].insert(rule.number);
    tables::Faults faults;
    for (const tables::TableEntry& entry : tables::list_tables(xml_, faults)) {
        const auto table = tables::read_table(xml_, entry.id, faults);
        ASSERT_TRUE(table);
        for (std::uint32_t number = 1; number <= table->rows.size(); ++number)
            EXPECT_TRUE(hit[entry.id].contains(number))
                << entry.holder_name << ": no test reaches rule " << number << " of " << entry.id;
    }
}

TEST_P(Pack, TableComesBackAsItWas) {
    tables::Faults faults;
    for (const tables::TableEntry& entry : tables::list_tables(xml_, faults)) {
        const auto table = tables::read_table(xml_, entry.id, faults);
        ASSERT_TRUE(table);
        const auto written = tables::replace_table(xml_, entry.id, *table, faults);
        EXPECT_TRUE(written && without_blanks(*written) == without_blanks(xml_)) << entry.id;
    }
}

INSTANTIATE_TEST_SUITE_P(Packs, Pack, ::testing::ValuesIn(model_files()), [](const auto& pack) {
    return std::filesystem::path(pack.param).parent_path().filename().string() + "_" +
           std::filesystem::path(pack.param).stem().string();
});

}  // namespace
}  // namespace rules
