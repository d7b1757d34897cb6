#include "tables/xlsx.hpp"

#include "tables/test_tables.hpp"
#include "tables/test_workbook.hpp"
#include "tables/xlsx_number.hpp"
#include "tables/xlsx_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace rules::tables {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TestWorkbook;
using testing::told;

Grid xlsx_cells(std::string_view bytes) {
    Faults faults;
    const auto grid = read_xlsx(bytes, faults);
    EXPECT_THAT(told(faults), IsEmpty());
    return grid.value_or(Grid());
}

std::vector<std::string> xlsx_faults(std::string_view bytes, const Limits& limits = {}) {
    Faults faults;
    EXPECT_FALSE(read_xlsx(bytes, faults, limits));
    return told(faults);
}

std::vector<std::string> xlsx_faults(const TestWorkbook& workbook, const Limits& limits = {}) {
    return xlsx_faults(workbook.bytes(), limits);
}

std::string as_xlsx(const Grid& grid) {
    Faults faults;
    const auto bytes = write_xlsx(grid, faults);
    EXPECT_THAT(told(faults), IsEmpty());
    return bytes.value_or("");
}

TEST(Xlsx, TextsComeBackAsTheyWere) {
    const Grid grid = {
        {"a", "", "=1+1", "-5", "TRUE", "1e5"},
        {},
        {" a ", "  ", "\n", "\t", "\r", "a\r\nb", "<&>\"'", "]]>", "&amp;", "_x0041_", "_x000d_"},
        {std::string("\0\x01\x1F", 3), "\xEF\xBF\xBE", "বাংলা", "😀", "_x005F_x0041_", "_x"}};
    EXPECT_EQ(xlsx_cells(as_xlsx(grid)), grid);
    EXPECT_EQ(xlsx_cells(as_xlsx({})), Grid());
}

TEST(Xlsx, WritesTheSameBytesAgain) {
    EXPECT_EQ(as_xlsx({{"a"}}), as_xlsx({{"a"}}));
}

TEST(Xlsx, RefusesWhatSpreadsheetsDoNotTake) {
    Faults faults;
    EXPECT_FALSE(write_xlsx({{"", std::string(32'768, 'x')}, {"\xFF"}}, faults));
    EXPECT_THAT(told(faults), ElementsAre("B1 cell_too_long", "A2 not_utf8"));
    EXPECT_FALSE(as_xlsx({{std::string(32'767, 'x')}}).empty());
}

TEST(Xlsx, EachKindOfCell) {
    TestWorkbook workbook;
    workbook.texts =
        "<si><t>shared</t></si><si><r><t>ri</t></r><r><t xml:space=\"preserve\">ch </t></r>"
        "<rPh><t>no</t></rPh></si>";
    workbook.formats = R"(<numFmt numFmtId="164" formatCode="[h]:mm"/>)";
    workbook.styles = R"(<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/>)";
    workbook.rows =
        R"(<row r="2"><c r="B2" t="s"><v>0</v></c><c t="s"><v>1</v></c><c r="E2" t="b"><v>1</v></c>)"
        R"(<c t="b"><v>0</v></c><c t="str"><f>A1</f><v>_x0041_</v></c><c t="str"><f>A1</f><v></v></c>)"
        R"(<c t="inlineStr"><is><t>in</t></is></c></row>)"
        R"(<row><c><v>0.10000000000000001</v></c><c t="n"><v>-1.5E3</v></c><c><f>1+1</f><v>2</v></c>)"
        R"(<c s="1"><v>46353</v></c><c s="1"><v>46353.5</v></c><c s="2"><v>1.5</v></c>)"
        R"(<c t="d"><v>2026-11-27</v></c><c t="d"><v>2026-11-27T08:00:00</v></c><c s="1"/></row>)";
    EXPECT_EQ(
        xlsx_cells(workbook.bytes()),
        (Grid{{},
              {"", "shared", "rich ", "", "true", "false", "A", "", "in"},
              {"0.1", "-1500", "2", "date(\"2026-11-27\")", "date and time(\"2026-11-27T12:00:00\")",
               "duration(\"P1DT12H\")", "date(\"2026-11-27\")", "date and time(\"2026-11-27T08:00:00\")"}}));
}

TEST(Xlsx, TheFirstSheetOfCells) {
    TestWorkbook workbook;
    workbook.sheets =
        R"(<sheet name="Chart" sheetId="2" r:id="rId4"/><sheet name="S" sheetId="1" r:id="rId1"/>)";
    workbook.rows = R"(<row><c t="b"><v>1</v></c></row>)";
    EXPECT_EQ(xlsx_cells(workbook.bytes()), (Grid{{"true"}}));
    workbook.sheets = R"(<sheet name="Chart" sheetId="2" r:id="rId4"/>)";
    EXPECT_THAT(xlsx_faults(workbook), ElementsAre(" not_xlsx"));
}

TEST(Xlsx, CellsThatAreNoValue) {
    TestWorkbook workbook;
    workbook.styles = R"(<xf numFmtId="14"/>)";
    workbook.rows =
        R"(<row r="3"><c r="B3" t="e"><v>#REF!</v></c><c r="C3"><f>1+1</f></c><c r="D3" t="s"><v>7</v></c>)"
        R"(<c r="E3" t="s"><v>-1</v></c><c r="F3"><v>-1</v></c><c r="G3" s="9"><v>abc</v></c>)"
        R"(<c r="H3" t="d"><v>today</v></c></row>)";
    EXPECT_THAT(xlsx_faults(workbook), ElementsAre("B3 cell_error", "C3 no_value", "D3 damaged", "E3 damaged",
                                                   "F3 bad_number", "G3 bad_number", "H3 bad_number"));
}

TEST(Xlsx, NumbersAsFeel) {
    EXPECT_EQ(feel_number("1"), "1");
    EXPECT_EQ(feel_number("1.1000000000000001"), "1.1");
    EXPECT_EQ(feel_number("1E+21"), "1000000000000000000000");
    EXPECT_EQ(feel_number("1E-7"), "0.0000001");
    for (const std::string_view text : {"", "abc", "1,5", "1 ", "nan", "inf", "1e999", "0x10"})
        EXPECT_EQ(feel_number(text), std::nullopt) << text;
}

TEST(Xlsx, DatesAsFeel) {
    EXPECT_EQ(feel_date("0", false), "time(\"00:00:00\")");
    EXPECT_EQ(feel_date("0.75", false), "time(\"18:00:00\")");
    EXPECT_EQ(feel_date("0.000005787037037", false), "time(\"00:00:00.5\")");
    EXPECT_EQ(feel_date("1", false), "date(\"1900-01-01\")");
    EXPECT_EQ(feel_date("59", false), "date(\"1900-02-28\")");
    EXPECT_EQ(feel_date("60", false), std::nullopt);
    EXPECT_EQ(feel_date("61", false), "date(\"1900-03-01\")");
    EXPECT_EQ(feel_date("2958465", false), "date(\"9999-12-31\")");
    EXPECT_EQ(feel_date("0", true), "date(\"1904-01-01\")");
    EXPECT_EQ(feel_date("60", true), "date(\"1904-03-01\")");
    for (const std::string_view text : {"-1", "2958466", "1e300", "x"})
        EXPECT_EQ(feel_date(text, false), std::nullopt) << text;
    EXPECT_EQ(feel_duration("1.5"), "duration(\"P1DT12H\")");
    EXPECT_EQ(feel_duration("-0.000005787037037"), "duration(\"-PT0.5S\")");
    EXPECT_EQ(feel_duration("1e300"), std::nullopt);
    EXPECT_EQ(feel_iso_date("2026-02-30"), std::nullopt);
    EXPECT_EQ(feel_iso_date("2026-02-28T00:00:00Z"), "date and time(\"2026-02-28T00:00:00Z\")");
}

TEST(Xlsx, WhatNumberFormatsShow) {
    for (const unsigned id : {14u, 22u, 45u, 47u})
        EXPECT_EQ(shown_as(id), ShownAs::kDate) << id;
    for (const unsigned id : {0u, 9u, 13u, 49u, 163u})
        EXPECT_EQ(shown_as(id), ShownAs::kNumber) << id;
    EXPECT_EQ(shown_as(46), ShownAs::kDuration);
    for (const std::string_view code : {"yyyy-mm-dd", "[$-409]d-mmm-yy", "[Red]h:mm AM/PM", "\"at\" hh:mm"})
        EXPECT_EQ(shown_as(code), ShownAs::kDate) << code;
    for (const std::string_view code : {"General", "0.00E+00", "#,##0 \"days\"", "0\\d", "_d0", "*d0", "0;yy",
                                        "[Red]0", "[>5]0", "\"open", "[d"})
        EXPECT_EQ(shown_as(code), ShownAs::kNumber) << code;
    for (const std::string_view code : {"[h]:mm:ss", "[mm]:ss", "[Red][SS]"})
        EXPECT_EQ(shown_as(code), ShownAs::kDuration) << code;
}

TEST(Xlsx, EscapesOfCells) {
    EXPECT_EQ(encode_cell("a\r_x0041_"), "a_x000D__x005F_x0041_");
    EXPECT_EQ(encode_cell("_x0152\x1F"), "_x005F_x0152_x001F_") << "what follows brings the end of an escape";
    EXPECT_EQ(decode_cell("_x000D__x005F_x0041_"), "\r_x0041_");
    for (const std::string_view text :
         {"_x", "_xD800_", "_x00G1_", "_x0041", "_x 041_", "_x-041_", "_X0041_"})
        EXPECT_EQ(decode_cell(text), text);
}

// Hostile workbooks.

TEST(Xlsx, WhatIsNoWorkbook) {
    EXPECT_THAT(xlsx_faults(""), ElementsAre(" not_xlsx"));
    EXPECT_THAT(xlsx_faults("a,b\n"), ElementsAre(" not_xlsx"));
    EXPECT_THAT(xlsx_faults("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on"), ElementsAre(" not_xlsx"));
    ZipWriter other;
    other.add("word/document.xml", "<document/>");
    EXPECT_THAT(xlsx_faults(other.finish()), ElementsAre("_rels/.rels not_xlsx"));
}

TEST(Xlsx, AllThatIsCutOffIsRefused) {
    const std::string whole = as_xlsx({{"Rule", "1"}});
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_THAT(xlsx_faults(whole.substr(0, size)), ElementsAre(" not_xlsx")) << size;
}

TEST(Xlsx, NoByteCanBeChangedUnnoticed) {
    const Grid grid = {{"Rule", "1"}};
    const std::string whole = as_xlsx(grid);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x55);
        Faults faults;
        const auto read = read_xlsx(changed, faults);
        EXPECT_NE(read.has_value(), !faults.empty()) << at;
        EXPECT_EQ(read.value_or(grid), grid) << at;
    }
}

// Where the directory tells a part's checksum and sizes.
std::size_t directory_entry(std::string_view archive, std::string_view part) {
    return archive.rfind(part) - 46;
}

void put_number(std::string& bytes, std::size_t at, std::uint64_t number, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
        bytes[at + i] = static_cast<char>(number >> (8 * i));
}

TEST(Xlsx, SizesAndChecksumsThatAreWrong) {
    constexpr std::string_view kSheet = "xl/worksheets/sheet1.xml";
    const std::string whole = as_xlsx({{"Rule", std::string(5'000, 'x')}});
    const std::size_t entry = directory_entry(whole, kSheet);
    for (const auto& [offset, number] : {std::pair{16, 1u}, {20, 1u}, {20, 0u}, {24, 5u}, {24, 6'000'000u}}) {
        std::string changed = whole;
        put_number(changed, entry + static_cast<std::size_t>(offset), number, 4);
        EXPECT_THAT(xlsx_faults(changed), ElementsAre("xl/worksheets/sheet1.xml damaged")) << offset;
    }
    for (const auto& [offset, number] : {std::pair{20, 0xFFFFFFFFu}, {42, 0xFFFFFFFFu}, {42, 0xFFFFFFF0u}}) {
        std::string changed = whole;
        put_number(changed, entry + static_cast<std::size_t>(offset), number, 4);
        EXPECT_THAT(xlsx_faults(changed), ElementsAre("xl/worksheets/sheet1.xml damaged")) << offset;
    }
    std::string huge = whole;
    put_number(huge, entry + 24, 0xFFFFFFFFu, 4);
    EXPECT_THAT(xlsx_faults(huge), ElementsAre("xl/worksheets/sheet1.xml too_large"));
    std::string encrypted = whole;
    put_number(encrypted, entry + 8, 1, 2);
    EXPECT_THAT(xlsx_faults(encrypted), ElementsAre("xl/worksheets/sheet1.xml encrypted"));
    std::string many = whole;
    put_number(many, many.size() - 12, 0xFFFF, 2);
    EXPECT_THAT(xlsx_faults(many), ElementsAre(" too_many_parts"));
}

TEST(Xlsx, PartsWithOneName) {
    ZipWriter archive;
    archive.add("_rels/.rels", "<a/>");
    archive.add("_rels/.rels", "<b/>");
    EXPECT_THAT(xlsx_faults(archive.finish()), ElementsAre(" not_xlsx"));
}

TEST(Xlsx, BombsStayPacked) {
    TestWorkbook workbook;
    workbook.prologue = std::string(65U << 20, ' ');
    const std::string bytes = workbook.bytes();
    EXPECT_LT(bytes.size(), 100'000u);
    EXPECT_THAT(xlsx_faults(bytes), ElementsAre("xl/worksheets/sheet1.xml too_large"));
    // Of two parts that fit alone.
    TestWorkbook two;
    two.prologue = two.texts = std::string(900, ' ');
    Limits limits;
    limits.max_unpacked_bytes = 2'500;
    EXPECT_THAT(xlsx_faults(two, limits), ElementsAre("xl/sharedStrings.xml too_large"));
}

TEST(Xlsx, ASharedTextCountsForEachCell) {
    TestWorkbook workbook;
    workbook.texts = "<si><t>" + std::string(60'000, 'x') + "</t></si>";
    for (int row = 0; row < 2'000; ++row)
        workbook.rows += R"(<row><c t="s"><v>0</v></c></row>)";
    EXPECT_THAT(xlsx_faults(workbook), ElementsAre(HasSubstr(" too_large")));
}

TEST(Xlsx, DocumentTypesAndEntitiesAreRefused) {
    TestWorkbook workbook;
    workbook.prologue =
        R"(<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>)";
    workbook.rows = R"(<row><c t="str"><v>&b;</v></c></row>)";
    EXPECT_THAT(xlsx_faults(workbook), ElementsAre("xl/worksheets/sheet1.xml doctype"));
    workbook.prologue.clear();
    EXPECT_EQ(xlsx_cells(workbook.bytes()), (Grid{{"&b;"}})) << "without a definition it stands for nothing";
}

TEST(Xlsx, XmlThatIsWrong) {
    TestWorkbook workbook;
    workbook.rows = "<row>";
    EXPECT_THAT(xlsx_faults(workbook), ElementsAre("xl/worksheets/sheet1.xml bad_xml"));
    workbook.rows = "<row><c t=\"str\"><v>\xFF</v></c></row>";
    EXPECT_THAT(xlsx_faults(workbook), ElementsAre("xl/worksheets/sheet1.xml not_utf8"));
    workbook.rows.clear();
    for (int depth = 0; depth < 300; ++depth)
        workbook.rows = "<row>" + workbook.rows + "</row>";
    EXPECT_THAT(xlsx_faults(workbook), ElementsAre("xl/worksheets/sheet1.xml document_too_deep"));
    workbook.rows.clear();
    for (int i = 0; i < 2'000'001; ++i)
        workbook.rows += "<c/>";
    EXPECT_THAT(xlsx_faults(workbook), ElementsAre("xl/worksheets/sheet1.xml document_too_large"));
}

TEST(Xlsx, CellsFarAway) {
    const auto faults_of_cell = [](const std::string& row, const std::string& cell,
                                   const Limits& limits = {}) {
        TestWorkbook workbook;
        workbook.rows = "<row r=\"" + row + "\"><c r=\"" + cell + "\" t=\"b\"><v>1</v></c></row>";
        return xlsx_faults(workbook, limits);
    };
    EXPECT_THAT(faults_of_cell("100001", "A1"), ElementsAre("A100001 too_many_rows"));
    EXPECT_THAT(faults_of_cell("18446744073709551615", "A1"),
                ElementsAre("A18446744073709551615 too_many_rows"));
    EXPECT_THAT(faults_of_cell("1", "ZZZ1"), ElementsAre("ZZZ1 too_many_cells"));
    Limits limits;
    limits.max_cells = 100;
    EXPECT_THAT(faults_of_cell("7", "EE7", limits), ElementsAre("EE7 too_many_cells"));
    limits.max_cell_bytes = 3;
    EXPECT_THAT(faults_of_cell("7", "B7", limits), ElementsAre("B7 cell_too_long"));
    TestWorkbook empty;
    empty.rows = R"(<row r="1048576"><c r="XFD1048576" s="0"/></row>)";
    EXPECT_EQ(xlsx_cells(empty.bytes()), Grid());
}

}  // namespace
}  // namespace rules::tables
