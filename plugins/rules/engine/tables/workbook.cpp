#include "tables/workbook.hpp"

#include "tables/xlsx_text.hpp"

#include <map>
#include <utility>

namespace rules::tables {
namespace {

// A part's name by a relationship's target, which is relative to the part that has the relationship.
std::string resolved(std::string_view owner, std::string_view target) {
    std::vector<std::string> folders;
    const auto add = [&](std::string_view path) {
        for (std::size_t at = 0; at <= path.size();) {
            const std::size_t end = std::min(path.find('/', at), path.size());
            const std::string_view name = path.substr(at, end - at);
            if (name == ".." && !folders.empty()) folders.pop_back();
            if (!name.empty() && name != "." && name != "..") folders.emplace_back(name);
            at = end + 1;
        }
    };
    if (!target.starts_with('/')) add(owner.substr(0, owner.rfind('/') + 1));
    add(target);
    std::string path;
    for (const std::string& folder : folders)
        path.append(path.empty() ? "" : "/").append(folder);
    return path;
}

// Where the relationships of a part are.
std::string relationships_of(std::string_view part) {
    const std::size_t name = part.rfind('/') + 1;  // 0 if there is no folder
    return std::string(part.substr(0, name)) + "_rels/" + std::string(part.substr(name)) + ".rels";
}

struct Relationship {
    std::string id;
    std::string type;  // the last part of its URI
    std::string target;
};

}  // namespace

std::string rich_text(const dmn::XmlDocument& document, pugi::xml_node element) {
    std::string text;
    for (const pugi::xml_node child : element.children()) {
        const std::string_view name = document.local_name(child);
        if (name == "t") text += dmn::xml_text(child);
        if (name == "r") text += rich_text(document, child);
    }
    return text;
}

class Workbook::Opener {
 public:
    Opener(ZipReader& archive, const Limits& limits, Faults& faults)
        : archive_(archive), faults_(faults), faults_before_(faults.size()) {
        limits_.max_document_bytes = limits.max_unpacked_bytes;
    }

    std::optional<Workbook> open() {
        const auto package = relationships("");
        const Relationship* found = package ? by_type(*package, "officeDocument") : nullptr;
        if (found == nullptr) return refuse();
        const std::string part = found->target;
        const auto workbook = document(part);
        const auto parts = relationships(part);
        if (!workbook || !parts) return refuse();
        const Relationship* sheet = first_sheet(*workbook, *parts);
        if (sheet == nullptr) return refuse();
        const pugi::xml_node properties = child(*workbook, workbook->root(), "workbookPr");
        read_.from_1904_ = properties.attribute("date1904").as_bool();
        read_.sheet_ = document(sheet->target);
        if (!read_.sheet_ || !read_texts(*parts) || !read_styles(*parts)) return refuse();
        return std::move(read_);
    }

 private:
    using Relationships = std::vector<Relationship>;
    using Document = std::shared_ptr<const dmn::XmlDocument>;

    std::nullopt_t refuse() {
        if (faults_.size() == faults_before_)
            faults_.add("", "not_xlsx", "The file is no XLSX workbook, or it is damaged.");
        return std::nullopt;
    }

    Document document(const std::string& part) {
        const auto text = archive_.read(part, faults_);
        if (!text) return nullptr;
        auto document = std::make_shared<dmn::XmlDocument>();
        dmn::Faults found;
        if (document->parse(*text, part, limits_, found)) return document;
        for (const dmn::Fault& fault : found)
            faults_.add(part, fault.code, fault.reason);
        return nullptr;
    }

    static pugi::xml_node child(const dmn::XmlDocument& document, pugi::xml_node element,
                                std::string_view name) {
        for (const pugi::xml_node candidate : element.children())
            if (document.local_name(candidate) == name) return candidate;
        return {};
    }

    std::optional<Relationships> relationships(const std::string& part) {
        const Document read = document(relationships_of(part));
        if (!read) return std::nullopt;
        Relationships all;
        for (const pugi::xml_node node : read->root().children()) {
            const std::string_view type = node.attribute("Type").value();
            all.push_back({node.attribute("Id").value(), std::string(type.substr(type.rfind('/') + 1)),
                           resolved(part, node.attribute("Target").value())});
        }
        return all;
    }

    static const Relationship* by_type(const Relationships& all, std::string_view type) {
        for (const Relationship& one : all)
            if (one.type == type) return &one;
        return nullptr;
    }

    // Sheets of charts alone are left out.
    static const Relationship* first_sheet(const dmn::XmlDocument& workbook, const Relationships& parts) {
        for (const pugi::xml_node sheet : child(workbook, workbook.root(), "sheets").children())
            for (const Relationship& part : parts)
                if (part.type == "worksheet" && part.id == relationship_id(sheet)) return &part;
        return nullptr;
    }

    // `id` of the namespace of relationships, whatever its prefix is.
    static std::string_view relationship_id(pugi::xml_node element) {
        for (const pugi::xml_attribute attribute : element.attributes())
            if (std::string_view(attribute.name()).ends_with(":id")) return attribute.value();
        return {};
    }

    bool read_texts(const Relationships& parts) {
        const Relationship* found = by_type(parts, "sharedStrings");
        if (found == nullptr) return true;
        const Document texts = document(found->target);
        if (!texts) return false;
        for (const pugi::xml_node item : texts->root().children())
            if (texts->local_name(item) == "si") read_.texts_.push_back(decode_cell(rich_text(*texts, item)));
        return true;
    }

    bool read_styles(const Relationships& parts) {
        const Relationship* found = by_type(parts, "styles");
        if (found == nullptr) return true;
        const Document styles = document(found->target);
        if (!styles) return false;
        std::map<unsigned, ShownAs> own;
        for (const pugi::xml_node format : child(*styles, styles->root(), "numFmts").children())
            own[format.attribute("numFmtId").as_uint()] =
                tables::shown_as(std::string_view(format.attribute("formatCode").value()));
        for (const pugi::xml_node style : child(*styles, styles->root(), "cellXfs").children()) {
            if (styles->local_name(style) != "xf") continue;
            const unsigned id = style.attribute("numFmtId").as_uint();
            const auto known = own.find(id);
            read_.styles_.push_back(known != own.end() ? known->second : tables::shown_as(id));
        }
        return true;
    }

    ZipReader& archive_;
    Faults& faults_;
    std::size_t faults_before_;
    dmn::Limits limits_;
    Workbook read_;
};

std::optional<Workbook> Workbook::open(std::string_view bytes, const Limits& limits, Faults& faults) {
    auto archive = ZipReader::open(bytes, limits, faults);
    if (!archive) return std::nullopt;
    return Opener(*archive, limits, faults).open();
}

}  // namespace rules::tables
