#pragma once

#include "dmn/fault.hpp"
#include "dmn/limits.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pugixml.hpp>

namespace rules::dmn {

// An XML document in UTF-8 without a document type: so there is nothing to expand and nothing to fetch.
// Elements know their line, and are named by their local name where they are of the root's namespace.
class XmlDocument {
 public:
    // Reads all of `text`, or tells in `faults` why not and returns false.
    bool parse(std::string_view text, const std::string& source, const Limits& limits, Faults& faults);

    pugi::xml_node root() const { return document_.document_element(); }

    // The local name; empty for an element of another namespace than the root's.
    std::string_view local_name(pugi::xml_node element) const;

    std::uint32_t line(pugi::xml_node node) const;

 private:
    std::uint32_t line_at(std::ptrdiff_t offset) const;

    pugi::xml_document document_;
    std::vector<std::ptrdiff_t> line_starts_;
    std::string_view root_prefix_;
    std::string_view root_uri_;
};

// The namespace that `prefix` (empty: the default one) stands for at `element`; empty if it stands for none.
std::string_view xml_namespace(pugi::xml_node element, std::string_view prefix);

std::string_view xml_prefix(std::string_view qualified_name);

// All character data of an element, comments left out.
std::string xml_text(pugi::xml_node element);

// The same without white space at both ends, and each run of it inside as one space: how names are compared.
std::string xml_name(std::string_view text);

}  // namespace rules::dmn
