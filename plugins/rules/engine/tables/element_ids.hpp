#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_set>

#include <pugixml.hpp>

namespace rules::tables {

// The ids of a document, so that new ones differ from all of them.
class ElementIds {
 public:
    explicit ElementIds(pugi::xml_node root);

    bool contains(const std::string& id) const { return ids_.contains(id); }
    void add(const std::string& id) { ids_.insert(id); }
    // `rule_1`, `rule_2`, …
    std::string make(std::string_view kind);

 private:
    std::unordered_set<std::string> ids_;
    std::map<std::string, std::size_t, std::less<>> last_;  // number by kind
};

// Whether XML allows it as an id (here without letters beyond ASCII's as its first).
bool is_element_id(std::string_view text);

// Whether XML can hold all characters of a text.
bool is_xml_text(std::string_view text);

}  // namespace rules::tables
