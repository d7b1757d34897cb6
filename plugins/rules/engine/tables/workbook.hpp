#pragma once

#include "dmn/xml.hpp"
#include "tables/fault.hpp"
#include "tables/limits.hpp"
#include "tables/xlsx_number.hpp"
#include "tables/zip.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rules::tables {

// A workbook's parts but for its cells: which sheet is the first, the texts that cells share, and how
// styles show numbers.
class Workbook {
 public:
    // None, with a fault, if the bytes are no workbook.
    static std::optional<Workbook> open(std::string_view bytes, const Limits& limits, Faults& faults);

    const dmn::XmlDocument& sheet() const { return *sheet_; }
    // Null pointer if there is none of that number.
    const std::string* shared_text(std::size_t number) const {
        return number < texts_.size() ? &texts_[number] : nullptr;
    }
    ShownAs shown_as(std::size_t style) const {
        return style < styles_.size() ? styles_[style] : ShownAs::kNumber;
    }
    bool from_1904() const { return from_1904_; }

 private:
    class Opener;

    std::shared_ptr<const dmn::XmlDocument> sheet_;
    std::vector<std::string> texts_;
    std::vector<ShownAs> styles_;
    bool from_1904_ = false;
};

// The text of an element that holds `t`, or runs of them.
std::string rich_text(const dmn::XmlDocument& document, pugi::xml_node element);

}  // namespace rules::tables
