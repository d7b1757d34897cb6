#include "feel/characters.hpp"
#include "tables/grid_words.hpp"
#include "tables/xlsx.hpp"
#include "tables/xlsx_text.hpp"
#include "tables/zip.hpp"

namespace rules::tables {
namespace {

// Spreadsheets' own limits.
constexpr std::size_t kMaxCellUnits = 32'767;  // of UTF-16
constexpr std::size_t kMaxRows = 1'048'576;
constexpr std::size_t kMaxColumns = 16'384;

constexpr std::string_view kContentTypes =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>)";

constexpr std::string_view kPackage =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>)";

constexpr std::string_view kWorkbook =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Decision table" sheetId="1" r:id="rId1"/></sheets></workbook>)";

constexpr std::string_view kWorkbookParts =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>)";

// Number format 49 is text, so that what somebody types into a cell stays as it is typed. Style 1 is for
// rules, 2 for what stands above them.
constexpr std::string_view kStyles =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFE8EEF7"/></patternFill></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf><xf numFmtId="49" fontId="1" fillId="2" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>)";

constexpr std::string_view kSheetBegin =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cols><col min="1" max="1" width="16" style="1" customWidth="1"/><col min="2" max="16384" width="22" style="1" customWidth="1"/></cols><sheetData>)";

constexpr std::string_view kSheetEnd = "</sheetData></worksheet>";

std::size_t utf16_units(std::string_view text) {
    std::size_t units = 0;
    for (std::size_t at = 0; at < text.size();)
        units += feel::next_code_point(text, at) > 0xFFFF ? 2U : 1U;
    return units;
}

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : encode_cell(text)) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else
            out += c;
    }
}

class SheetWriter {
 public:
    SheetWriter(const Grid& grid, Faults& faults) : grid_(grid), faults_(faults), sheet_(kSheetBegin) {}

    std::optional<std::string> write() {
        const std::size_t before = faults_.size();
        if (grid_.size() > kMaxRows) faults_.add("", "too_many_rows", "A sheet has at most 1,048,576 rows.");
        for (std::size_t row = 0; row < std::min(grid_.size(), kMaxRows); ++row)
            write_row(row);
        if (faults_.size() != before || !faults_.complete()) return std::nullopt;
        return std::move(sheet_.append(kSheetEnd));
    }

 private:
    void write_row(std::size_t row) {
        const auto& cells = grid_[row];
        if (cells.size() > kMaxColumns)
            return faults_.add(cell_name(row, kMaxColumns), "too_many_columns",
                               "A sheet has at most 16,384 columns.");
        const bool is_rule = !cells.empty() && find_row_kind(cells.front()) == RowKind::kRule;
        sheet_.append("<row r=\"").append(std::to_string(row + 1)).append("\">");
        for (std::size_t column = 0; column < cells.size(); ++column)
            write_cell(row, column, is_rule);
        sheet_ += "</row>";
    }

    void write_cell(std::size_t row, std::size_t column, bool is_rule) {
        const std::string& text = grid_[row][column];
        if (!feel::is_utf8(text))
            return faults_.add(cell_name(row, column), "not_utf8", "The cell is no UTF-8.");
        if (utf16_units(text) > kMaxCellUnits)
            return faults_.add(cell_name(row, column), "cell_too_long",
                               "A cell of a spreadsheet has at most 32,767 characters.");
        sheet_.append("<c r=\"").append(cell_name(row, column)).append(is_rule ? "\" s=\"1\"" : "\" s=\"2\"");
        if (text.empty()) {
            sheet_ += "/>";
            return;
        }
        sheet_ += " t=\"inlineStr\"><is><t xml:space=\"preserve\">";
        append_escaped(sheet_, text);
        sheet_ += "</t></is></c>";
    }

    const Grid& grid_;
    Faults& faults_;
    std::string sheet_;
};

}  // namespace

std::optional<std::string> write_xlsx(const Grid& grid, Faults& faults) {
    const auto sheet = SheetWriter(grid, faults).write();
    if (!sheet) return std::nullopt;
    ZipWriter archive;
    archive.add("[Content_Types].xml", kContentTypes);
    archive.add("_rels/.rels", kPackage);
    archive.add("xl/workbook.xml", kWorkbook);
    archive.add("xl/_rels/workbook.xml.rels", kWorkbookParts);
    archive.add("xl/styles.xml", kStyles);
    archive.add("xl/worksheets/sheet1.xml", *sheet);
    return archive.finish();
}

}  // namespace rules::tables
