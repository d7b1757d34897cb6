#include "dmn/xml.hpp"

#include <algorithm>

namespace rules::dmn {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";

// Counts nodes and their depth, and finds what pugixml accepts and we do not.
class Inspector : public pugi::xml_tree_walker {
 public:
    explicit Inspector(std::size_t max_depth) : max_depth_(max_depth) {}

    bool for_each(pugi::xml_node& node) override {
        too_deep = static_cast<std::size_t>(depth()) >= max_depth_;
        has_doctype = node.type() == pugi::node_doctype;
        return !too_deep && !has_doctype;
    }

    bool too_deep = false;
    bool has_doctype = false;

 private:
    std::size_t max_depth_;
};

// The length of the sequence that `lead` begins, 0 if it begins none.
std::size_t sequence_length(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead < 0xE0) return 2;
    if (lead >= 0xE0 && lead < 0xF0) return 3;
    return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

// Beyond the lead byte, what Unicode's table 3-7 asks of the second: no overlong forms, no surrogates.
bool second_byte_fits(unsigned char lead, unsigned char second) {
    switch (lead) {
        case 0xE0:
            return second >= 0xA0;
        case 0xED:
            return second < 0xA0;
        case 0xF0:
            return second >= 0x90;
        case 0xF4:
            return second < 0x90;
        default:
            return true;
    }
}

bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const std::size_t length = sequence_length(lead);
        if (length == 0 || length > text.size() - at) return false;
        for (std::size_t i = 1; i < length; ++i)
            if ((static_cast<unsigned char>(text[at + i]) & 0xC0) != 0x80) return false;
        if (length > 1 && !second_byte_fits(lead, static_cast<unsigned char>(text[at + 1]))) return false;
        at += length;
    }
    return true;
}

std::vector<std::ptrdiff_t> find_line_starts(std::string_view text) {
    std::vector<std::ptrdiff_t> starts = {0};
    for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1))
        starts.push_back(static_cast<std::ptrdiff_t>(at + 1));
    return starts;
}

}  // namespace

bool XmlDocument::parse(std::string_view text, const std::string& source, const Limits& limits,
                        Faults& faults) {
    const auto refuse = [&](std::uint32_t line, const char* code, std::string reason) {
        faults.push_back({Severity::kError, source, "", line, code, std::move(reason)});
        return false;
    };
    if (text.size() > limits.max_document_bytes)
        return refuse(0, "document_too_large",
                      "The document has more than " + std::to_string(limits.max_document_bytes) + " bytes.");
    if (!is_utf8(text)) return refuse(0, "not_utf8", "The document is not encoded in UTF-8.");
    // Each node and each attribute takes memory of its own, so that they are counted before they are made.
    const auto marks = std::count_if(text.begin(), text.end(), [](char c) { return c == '<' || c == '='; });
    if (static_cast<std::size_t>(marks) > limits.max_xml_nodes)
        return refuse(0, "document_too_large",
                      "The document has more than " + std::to_string(limits.max_xml_nodes) +
                          " elements and attributes.");

    line_starts_ = find_line_starts(text);
    constexpr unsigned kOptions = pugi::parse_default | pugi::parse_ws_pcdata_single | pugi::parse_doctype;
    const auto result = document_.load_buffer(text.data(), text.size(), kOptions, pugi::encoding_utf8);
    if (!result) return refuse(line_at(result.offset), "bad_xml", result.description() + std::string("."));
    Inspector inspector(limits.max_xml_depth);
    document_.traverse(inspector);
    if (inspector.has_doctype)
        return refuse(0, "doctype", "A document type (<!DOCTYPE>) is not accepted in a model.");
    if (inspector.too_deep)
        return refuse(0, "document_too_deep",
                      "Elements are nested deeper than " + std::to_string(limits.max_xml_depth) + ".");
    if (root().empty()) return refuse(0, "bad_xml", "The document has no element.");
    root_prefix_ = xml_prefix(root().name());
    root_uri_ = xml_namespace(root(), root_prefix_);
    return true;
}

std::string_view XmlDocument::local_name(pugi::xml_node element) const {
    const std::string_view name = element.name();
    const std::string_view prefix = xml_prefix(name);
    if (prefix != root_prefix_ && xml_namespace(element, prefix) != root_uri_) return {};
    return prefix.empty() ? name : name.substr(prefix.size() + 1);
}

std::uint32_t XmlDocument::line(pugi::xml_node node) const {
    return line_at(node.offset_debug());
}

std::uint32_t XmlDocument::line_at(std::ptrdiff_t offset) const {
    if (offset < 0) return 0;
    const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    return static_cast<std::uint32_t>(after - line_starts_.begin());
}

std::string_view xml_namespace(pugi::xml_node element, std::string_view prefix) {
    std::string attribute = "xmlns";
    if (!prefix.empty()) attribute.append(":").append(prefix);
    for (; !element.empty(); element = element.parent())
        if (const auto found = element.attribute(attribute.c_str())) return found.value();
    return {};
}

std::string_view xml_prefix(std::string_view qualified_name) {
    const std::size_t colon = qualified_name.find(':');
    return colon == std::string_view::npos ? std::string_view{} : qualified_name.substr(0, colon);
}

std::string xml_text(pugi::xml_node element) {
    std::string text;
    for (const pugi::xml_node child : element.children())
        if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) text += child.value();
    return text;
}

std::string xml_name(std::string_view text) {
    std::string name;
    for (std::size_t at = text.find_first_not_of(kWhiteSpace); at < text.size();) {
        const std::size_t end = std::min(text.find_first_of(kWhiteSpace, at), text.size());
        if (!name.empty()) name += ' ';
        name += text.substr(at, end - at);
        at = text.find_first_not_of(kWhiteSpace, end);
    }
    return name;
}

}  // namespace rules::dmn
