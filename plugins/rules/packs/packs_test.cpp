// Each pack's tests, on the engine: all of them pass, and together they reach every rule.
#include "packs/packs.hpp"

#include "dmn/engine.hpp"
#include "feel/json.hpp"
#include "tables/model_tables.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace rules {
namespace packs {

void PrintTo(const Pack& pack, std::ostream* out) {
    *out << pack.name;
}

}  // namespace packs

namespace {

using feel::Value;

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

using Tables = std::map<std::string, tables::Table>;  // by id

Tables tables_of(const packs::PackFile& file) {
    tables::Faults faults;
    Tables tables;
    for (const tables::TableEntry& entry : tables::list_tables(file.xml, faults))
        if (const auto table = tables::read_table(file.xml, entry.id, faults))
            tables.emplace(entry.id, *table);
    for (const tables::Fault& fault : faults)
        ADD_FAILURE() << file.name << ": " << fault.code << ": " << fault.reason;
    return tables;
}

Tables tables_of(const packs::Pack& pack) {
    Tables tables;
    for (const packs::PackFile& file : pack.files)
        tables.merge(tables_of(file));
    return tables;
}

class Pack : public ::testing::TestWithParam<packs::Pack> {
 protected:
    void SetUp() override {
        std::vector<dmn::Source> sources;
        for (const packs::PackFile& file : GetParam().files)
            sources.push_back({std::string(file.name), file.xml});
        const dmn::Compilation compilation = dmn::compile(sources);
        for (const dmn::Fault& fault : compilation.faults)
            ADD_FAILURE() << fault.source << ":" << fault.line << ": " << fault.code << ": " << fault.reason;
        ASSERT_TRUE(compilation.model);
        model_ = compilation.model;
        const auto read = feel::read_json(GetParam().tests);
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
    for (const auto& [id, table] : tables_of(GetParam()))
        for (std::uint32_t number = 1; number <= table.rows.size(); ++number)
            EXPECT_TRUE(hit[id].contains(number))
                << table.name << ": no test reaches rule " << number << " of " << id;
}

TEST_P(Pack, TableComesBackAsItWas) {
    tables::Faults faults;
    for (const packs::PackFile& file : GetParam().files)
        for (const auto& [id, table] : tables_of(file)) {
            const auto written = tables::replace_table(file.xml, id, table, faults);
            EXPECT_TRUE(written && without_blanks(*written) == without_blanks(std::string(file.xml))) << id;
        }
}

INSTANTIATE_TEST_SUITE_P(Packs, Pack, ::testing::ValuesIn(packs::packs()), [](const auto& pack) {
    std::string name(pack.param.name);
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

TEST(Packs, AreFoundByName) {
    for (const packs::Pack& pack : packs::packs())
        EXPECT_EQ(packs::find_pack(pack.name), &pack);
    EXPECT_EQ(packs::find_pack("none"), nullptr);
}

TEST(Packs, AreAllThatHaveAFolder) {
    std::vector<std::string> folders;
    for (const auto& entry : std::filesystem::directory_iterator(PACKS))
        if (entry.is_directory()) folders.push_back(entry.path().filename().string());
    std::sort(folders.begin(), folders.end());
    std::vector<std::string> names;
    for (const packs::Pack& pack : packs::packs())
        names.emplace_back(pack.name);
    EXPECT_EQ(names, folders);
}

}  // namespace
}  // namespace rules
