#include "core/config/document.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <array>

namespace mortise::config {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

Error fault(std::string_view name, std::uint32_t line, std::string_view what) {
    return {ErrorKind::kInvalid, "config_syntax", fmt::format("{}:{}: {}", name, line, what)};
}

Result<Node> convert(const toml::node& node, std::string_view name) {
    const std::uint32_t line = node.source().begin.line;
    if (const auto* text = node.as_string()) return Node(text->get(), line);
    if (const auto* integer = node.as_integer()) return Node(integer->get(), line);
    if (const auto* real = node.as_floating_point()) return Node(real->get(), line);
    if (const auto* boolean = node.as_boolean()) return Node(boolean->get(), line);
    if (const auto* array = node.as_array()) {
        Node::Array items;
        for (const toml::node& item : *array) {
            MORTISE_TRY_ASSIGN(Node converted, convert(item, name));
            items.push_back(std::move(converted));
        }
        return Node(std::move(items), line);
    }
    if (const auto* table = node.as_table()) {
        Node::Table members;
        for (const auto& [key, member] : *table) {
            MORTISE_TRY_ASSIGN(Node converted, convert(member, name));
            members.emplace(std::string(key.str()), std::move(converted));
        }
        return Node(std::move(members), line);
    }
    return fault(name, line, "dates and times are not used here; write a string");
}

}  // namespace

const Node* Node::find(std::string_view key) const noexcept {
    const Table* members = table();
    if (members == nullptr) return nullptr;
    const auto found = members->find(key);
    return found == members->end() ? nullptr : &found->second;
}

std::string_view Node::type_name() const noexcept {
    static constexpr std::array<std::string_view, 6> kNames = {"a string",      "an integer", "a number",
                                                               "true or false", "a list",     "a table"};
    return kNames[value_.index()];
}

Result<Node> parse_toml(std::string_view text, std::string_view name) {
    if (text.size() > kMaxDocumentBytes)
        return fault(name, 1, fmt::format("the document is larger than {} bytes", kMaxDocumentBytes));
    try {
        return convert(toml::parse(text), name);
    } catch (const toml::parse_error& error) {
        return fault(name, error.source().begin.line, error.description());
    }
}

}  // namespace mortise::config
