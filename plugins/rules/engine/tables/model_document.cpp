#include "tables/model_document.hpp"

namespace rules::tables {
namespace {

class TextWriter : public pugi::xml_writer {
 public:
    // A carriage return stays one only as a reference (XML 1.0, 2.11), which pugixml doesn't write in texts.
    void write(const void* data, std::size_t size) override {
        for (const char c : std::string_view(static_cast<const char*>(data), size)) {
            if (c == '\r')
                text += "&#13;";
            else
                text += c;
        }
    }

    std::string text;
};

}  // namespace

// It is read twice: within limits first, then with all that has to be written again.
bool ModelDocument::parse(std::string_view xml, const dmn::Limits& limits, Faults& faults) {
    dmn::Faults found;
    if (!names_.parse(xml, "", limits, found)) {
        for (const dmn::Fault& fault : found)
            faults.add(fault.element_id, fault.code, fault.reason);
        return false;
    }
    constexpr unsigned kOptions = (pugi::parse_full | pugi::parse_ws_pcdata_single) & ~pugi::parse_doctype;
    document_.load_buffer(xml.data(), xml.size(), kOptions, pugi::encoding_utf8);
    const std::string_view uri = dmn::xml_namespace(root(), dmn::xml_prefix(root().name()));
    if (kind(root()) == "definitions" && uri.find("www.omg.org/spec/DMN/") != uri.npos) return true;
    faults.add("", "not_dmn",
               "The document is no DMN model: its root is not <definitions> of a DMN namespace.");
    return false;
}

bool ModelDocument::is_dmn_1_1() const {
    return dmn::xml_namespace(root(), dmn::xml_prefix(root().name())).find("/20151101") !=
           std::string_view::npos;
}

std::string ModelDocument::to_text() const {
    TextWriter writer;
    // A declaration is written where there was one.
    document_.save(writer, "  ", pugi::format_indent | pugi::format_no_declaration, pugi::encoding_utf8);
    return std::move(writer.text);
}

pugi::xml_node ModelDocument::child(pugi::xml_node element, std::string_view wanted) const {
    for (const pugi::xml_node candidate : element.children())
        if (kind(candidate) == wanted) return candidate;
    return {};
}

std::string ModelDocument::text_of(pugi::xml_node element) const {
    return dmn::xml_text(child(element, "text"));
}

pugi::xml_node ModelDocument::find_table(std::string_view name_or_id) const {
    if (name_or_id.empty()) return {};
    const pugi::xml_node by_id =
        root().find_node([&](pugi::xml_node node) { return node.attribute("id").value() == name_or_id; });
    if (kind(by_id) == "decisionTable") return by_id;
    if (const pugi::xml_node table = table_of(by_id)) return table;
    for (const pugi::xml_node element : root().children())
        if (dmn::xml_name(element.attribute("name").value()) == name_or_id)
            if (const pugi::xml_node table = table_of(element)) return table;
    return {};
}

pugi::xml_node ModelDocument::holder_of(pugi::xml_node element) const {
    while (!element.empty() && element.parent() != root())
        element = element.parent();
    return element;
}

pugi::xml_node ModelDocument::table_of(pugi::xml_node holder) const {
    if (kind(holder) == "decision") return child(holder, "decisionTable");
    if (kind(holder) == "businessKnowledgeModel")
        return child(child(holder, "encapsulatedLogic"), "decisionTable");
    return {};
}

}  // namespace rules::tables
