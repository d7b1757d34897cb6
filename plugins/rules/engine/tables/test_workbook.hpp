#pragma once

#include "tables/zip.hpp"

#include <string>
#include <string_view>

// Workbooks of tests, by what is in their parts.
namespace rules::tables::testing {

struct TestWorkbook {
    std::string rows = {};     // of sheetData
    std::string texts = {};    // `si` elements
    std::string formats = {};  // `numFmt` elements
    std::string styles = {};   // `xf` elements
    std::string properties = {};
    std::string sheets = R"(<sheet name="S" sheetId="1" r:id="rId1"/>)";
    std::string prologue = {};  // of the sheet's part

    std::string bytes() const {
        constexpr std::string_view kMain = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        constexpr std::string_view kOffice =
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        const auto element = [&](std::string_view name, std::string_view content) {
            return "<" + std::string(name) + " xmlns=\"" + std::string(kMain) + "\" xmlns:r=\"" +
                   std::string(kOffice) + "\">" + std::string(content) + "</" + std::string(name) + ">";
        };
        const auto relationship = [&](std::string_view id, std::string_view type, std::string_view target) {
            return "<Relationship Id=\"" + std::string(id) + "\" Type=\"" + std::string(kOffice) + "/" +
                   std::string(type) + "\" Target=\"" + std::string(target) + "\"/>";
        };
        const auto relationships = [](const std::string& all) {
            return R"(<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">)" +
                   all + "</Relationships>";
        };
        ZipWriter archive;
        archive.add("_rels/.rels", relationships(relationship("rId1", "officeDocument", "xl/workbook.xml")));
        archive.add("xl/workbook.xml", element("workbook", properties + "<sheets>" + sheets + "</sheets>"));
        archive.add("xl/_rels/workbook.xml.rels",
                    relationships(relationship("rId1", "worksheet", "/xl/worksheets/sheet1.xml") +
                                  relationship("rId2", "sharedStrings", "sharedStrings.xml") +
                                  relationship("rId3", "styles", "./styles.xml") +
                                  relationship("rId4", "chartsheet", "charts/sheet1.xml")));
        archive.add("xl/sharedStrings.xml", element("sst", texts));
        archive.add("xl/styles.xml", element("styleSheet", "<numFmts>" + formats + "</numFmts><cellXfs>" +
                                                               styles + "</cellXfs>"));
        archive.add("xl/worksheets/sheet1.xml",
                    prologue + element("worksheet", "<sheetData>" + rows + "</sheetData>"));
        return archive.finish();
    }
};

}  // namespace rules::tables::testing
