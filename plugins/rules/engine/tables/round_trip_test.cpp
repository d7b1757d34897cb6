// Tables that go out and come in again are the same: random ones, with every hit policy and whatever texts.
#include "dmn/test_model.hpp"
#include "tables/model_tables.hpp"
#include "tables/sheets.hpp"
#include "tables/test_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace rules::tables {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::told;

constexpr dmn::HitPolicy kPolicies[] = {
    dmn::HitPolicy::kUnique,  dmn::HitPolicy::kFirst,     dmn::HitPolicy::kPriority,   dmn::HitPolicy::kAny,
    dmn::HitPolicy::kCollect, dmn::HitPolicy::kRuleOrder, dmn::HitPolicy::kOutputOrder};
constexpr dmn::Aggregation kAggregations[] = {dmn::Aggregation::kNone, dmn::Aggregation::kSum,
                                              dmn::Aggregation::kCount, dmn::Aggregation::kMin,
                                              dmn::Aggregation::kMax};

class RandomTables {
 public:
    explicit RandomTables(unsigned seed) : random_(seed) {}

    Table make(dmn::HitPolicy policy, dmn::Aggregation aggregation) {
        Table table;
        table.id = "table";
        table.name = "D";
        table.hit_policy = policy;
        table.aggregation = aggregation;
        with_ids_ = flip();
        for (std::size_t i = below(4); i-- > 0;)
            table.inputs.push_back({id("input"), text(), text(), flip() ? "number" : "", text()});
        for (std::size_t i = 1 + below(3); i-- > 0;)
            table.outputs.push_back(
                {id("output"), text(), flip() ? "o" : "", flip() ? "tGrade" : "", text(), text()});
        for (std::size_t i = below(3); i-- > 0;)
            table.annotations.push_back(text());
        for (std::size_t i = below(6); i-- > 0;)
            table.rows.push_back({id("rule"), text(), texts(table.inputs.size()), texts(table.outputs.size()),
                                  texts(table.annotations.size())});
        return table;
    }

    void give_ids() { always_ids_ = true; }

 private:
    std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
    }
    bool flip() { return below(2) == 0; }

    std::string id(const char* kind) {
        if (!always_ids_ && !with_ids_) return {};
        return std::string(kind) + '-' + std::to_string(++last_id_);
    }

    std::string text() {
        static constexpr std::string_view kPieces[] = {
            "-",      "=1+1", "'",       "\"",       ",",       ";",         "\t",    "\n",    "\r",
            "\r\n",   " ",    "  ",      "@SUM(A1)", "+",       "TRUE",      "true",  "FALSE", "<&>",
            "]]>",    "&lt;", "_x0041_", "_x",       "_x005F_", "é",         "বাংলা", "😀",     "\\",
            "[1..5]", "Rule", "Columns", "0.10",     "1e5",     "2026-01-01"};
        std::string made;
        for (std::size_t i = below(4); i-- > 0;)
            made += kPieces[below(std::size(kPieces))];
        return made;
    }

    std::vector<std::string> texts(std::size_t count) {
        std::vector<std::string> made;
        for (std::size_t i = 0; i < count; ++i)
            made.push_back(text());
        return made;
    }

    std::mt19937 random_;
    std::size_t last_id_ = 0;
    bool with_ids_ = false;
    bool always_ids_ = false;
};

template <class Check>
void for_each_random_table(bool with_ids, const Check& check) {
    RandomTables tables(20'261'127);
    if (with_ids) tables.give_ids();
    for (int round = 0; round < 20; ++round)
        for (const dmn::HitPolicy policy : kPolicies)
            for (const dmn::Aggregation aggregation : kAggregations) {
                check(tables.make(policy, aggregation));
                if (::testing::Test::HasFailure()) return;
            }
}

Table through_csv(const Table& table) {
    Faults faults;
    const auto read = from_csv(to_csv(table), faults);
    EXPECT_THAT(told(faults), IsEmpty());
    return read.value_or(Table());
}

Table through_xlsx(const Table& table) {
    Faults faults;
    const auto bytes = to_xlsx(table, faults);
    const auto read = bytes ? from_xlsx(*bytes, faults) : std::nullopt;
    EXPECT_THAT(told(faults), IsEmpty());
    return read.value_or(Table());
}

// As the logic of the decision `D` of a model.
Table through_dmn(const Table& table) {
    const std::string model = dmn::testing::definitions(
        dmn::testing::decision("D", R"(<decisionTable id="table"><output id="o"/></decisionTable>)"));
    Faults faults;
    const auto xml = replace_table(model, "D", table, faults);
    const auto read = xml ? read_table(*xml, "D", faults) : std::nullopt;
    EXPECT_THAT(told(faults), IsEmpty());
    return read.value_or(Table());
}

TEST(RoundTrip, Csv) {
    for_each_random_table(false, [](const Table& table) { EXPECT_EQ(through_csv(table), table); });
}

TEST(RoundTrip, Xlsx) {
    for_each_random_table(false, [](const Table& table) { EXPECT_EQ(through_xlsx(table), table); });
}

TEST(RoundTrip, Dmn) {
    for_each_random_table(true, [](const Table& table) {
        const Table in_model = through_dmn(table);
        EXPECT_EQ(in_model, table);
        EXPECT_EQ(through_dmn(through_csv(in_model)), table);
        EXPECT_EQ(through_dmn(through_xlsx(in_model)), table);
    });
}

TEST(ReplaceTable, RefusesWhatIsTooLargeForAModel) {
    const std::string model = dmn::testing::definitions(
        dmn::testing::decision("D", R"(<decisionTable id="table"><output id="o"/></decisionTable>)"));
    Table table;
    table.outputs = {{}};
    table.rows = {{"", "", {}, {"1"}, {}}, {"", "", {}, {"2"}, {}}};
    dmn::Limits limits;
    limits.max_document_bytes = model.size() + 100;  // a row more than that by its indentation alone
    Faults faults;
    EXPECT_FALSE(replace_table(model, "D", table, faults, limits));
    table.rows.resize(1'000, table.rows.front());
    EXPECT_FALSE(replace_table(model, "D", table, faults, limits));
    EXPECT_THAT(told(faults), ElementsAre(" document_too_large", " document_too_large"));
}

TEST(ReplaceTable, GivesAnnotationsNoIds) {
    const std::string model = dmn::testing::definitions(
        dmn::testing::decision("D", R"(<decisionTable id="table"><output id="o"/></decisionTable>)"));
    Table table;
    table.outputs = {{}};
    table.annotations = {"Why"};
    table.rows = {{"", "", {}, {"1"}, {"since"}}};
    Faults faults;
    const std::string once = replace_table(model, "D", table, faults).value_or("");
    const std::string twice = replace_table(once, "D", table, faults).value_or("");
    for (const std::string* xml : {&once, &twice}) {
        EXPECT_THAT(*xml, HasSubstr("<annotationEntry>")) << "tRuleAnnotation has no id";
        EXPECT_THAT(*xml, HasSubstr("<outputEntry id="));
    }
}

TEST(ReplaceTable, NeedsATableOfThatName) {
    const std::string model =
        dmn::testing::definitions(dmn::testing::decision("D", "<decisionTable><output/></decisionTable>"));
    Table table;
    table.outputs = {{}};
    Faults faults;
    for (const std::string_view name : {"", "E", "m"})
        EXPECT_FALSE(replace_table(model, name, table, faults)) << name;
    EXPECT_THAT(told(faults), ElementsAre(" no_table", "E no_table", "m no_table"));
}

}  // namespace
}  // namespace rules::tables
