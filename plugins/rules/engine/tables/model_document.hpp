#pragma once

#include "dmn/limits.hpp"
#include "dmn/xml.hpp"
#include "tables/fault.hpp"

#include <string>
#include <string_view>

#include <pugixml.hpp>

namespace rules::tables {

// A DMN document that is changed in place: what nobody touches (extensions, comments, diagrams) stays.
class ModelDocument {
 public:
    // Reads all of `xml`, or tells in `faults` why not and returns false.
    bool parse(std::string_view xml, const dmn::Limits& limits, Faults& faults);

    pugi::xml_node root() const { return document_.document_element(); }
    bool is_dmn_1_1() const;
    std::string to_text() const;

    // The name without its prefix; empty for an element of another namespace than DMN's.
    std::string_view kind(pugi::xml_node element) const { return names_.local_name(element); }
    // The first child of a kind; empty if there is none.
    pugi::xml_node child(pugi::xml_node element, std::string_view kind) const;
    // What the `text` of an element holds.
    std::string text_of(pugi::xml_node element) const;

    // A decision table by its id, or by the id or name of the decision or knowledge model that it is the
    // logic of; empty if there is none.
    pugi::xml_node find_table(std::string_view name_or_id) const;
    // The decision or knowledge model in which an element stands.
    pugi::xml_node holder_of(pugi::xml_node element) const;

 private:
    // The table that is the whole logic of a decision or knowledge model.
    pugi::xml_node table_of(pugi::xml_node holder) const;

    dmn::XmlDocument names_;
    pugi::xml_document document_;
};

}  // namespace rules::tables
