#include "tables/element_ids.hpp"

#include "feel/characters.hpp"

#include <algorithm>

namespace rules::tables {
namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_id_part(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           static_cast<unsigned char>(c) >= 0x80;
}

// XML 1.0, production 2, of which UTF-8 leaves out the surrogates.
bool is_xml_character(char32_t point) {
    if (point < 0x20) return point == '\t' || point == '\n' || point == '\r';
    return point != 0xFFFE && point != 0xFFFF;
}

}  // namespace

ElementIds::ElementIds(pugi::xml_node root) {
    root.find_node([this](pugi::xml_node node) {
        if (const auto id = node.attribute("id")) ids_.insert(id.value());
        return false;
    });
    if (const auto id = root.attribute("id")) ids_.insert(id.value());
}

std::string ElementIds::make(std::string_view kind) {
    auto place = last_.find(kind);
    if (place == last_.end()) place = last_.emplace(kind, 0).first;
    while (true) {
        std::string id = place->first + '_' + std::to_string(++place->second);
        if (ids_.insert(id).second) return id;
    }
}

bool is_element_id(std::string_view text) {
    return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), is_id_part);
}

bool is_xml_text(std::string_view text) {
    if (!feel::is_utf8(text)) return false;
    for (std::size_t at = 0; at < text.size();)
        if (!is_xml_character(feel::next_code_point(text, at))) return false;
    return true;
}

}  // namespace rules::tables
