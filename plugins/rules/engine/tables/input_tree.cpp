#include "tables/input_tree.hpp"

#include "dmn/xml.hpp"
#include "feel/compile.hpp"

#include <algorithm>
#include <string_view>

namespace rules::tables {
namespace {

constexpr std::size_t kMaxParts = 16;  // of a path

// The names of a path; empty if the text is none.
std::vector<std::string> path_of(std::string_view expression) {
    std::vector<std::string> path;
    for (std::size_t at = 0; at <= expression.size();) {
        const std::size_t end = std::min(expression.find('.', at), expression.size());
        path.push_back(dmn::xml_name(expression.substr(at, end - at)));
        if (!feel::is_name(path.back()) || path.size() > kMaxParts) return {};
        at = end + 1;
    }
    return path;
}

InputNode& node_of(std::vector<InputNode>& nodes, const std::string& name, bool& is_new) {
    const auto found =
        std::find_if(nodes.begin(), nodes.end(), [&](const InputNode& node) { return node.name == name; });
    is_new = found == nodes.end();
    return is_new ? nodes.emplace_back(InputNode{name, "", {}}) : *found;
}

// Adds a path; false if it contradicts the others.
bool add(std::vector<InputNode>& roots, const std::vector<std::string>& path, const std::string& type) {
    std::vector<InputNode>* level = &roots;
    InputNode* node = nullptr;
    bool is_new = true;
    for (const std::string& name : path) {
        // What was there already, and is no parent, is a value.
        if (node != nullptr && !is_new && node->parts.empty()) return false;
        node = &node_of(*level, name, is_new);
        level = &node->parts;
    }
    if (!is_new && (!node->parts.empty() || (!node->type.empty() && !type.empty() && node->type != type)))
        return false;
    if (!type.empty()) node->type = type;
    return true;
}

}  // namespace

std::optional<std::vector<InputNode>> inputs_of(const Table& table, Faults& faults) {
    std::vector<InputNode> roots;
    const std::size_t before = faults.size();
    for (const InputColumn& input : table.inputs) {
        const auto path = path_of(input.expression);
        const std::string& where = input.id.empty() ? input.expression : input.id;
        if (path.empty())
            faults.add(where, "not_a_name",
                       "Of a new model's table each input is a name, or a path like customer.age, not '" +
                           input.expression + "'.");
        else if (!add(roots, path, input.type))
            faults.add(where, "conflicting_inputs",
                       "'" + input.expression + "' is used as two different things.");
    }
    if (faults.size() != before) return std::nullopt;
    return roots;
}

}  // namespace rules::tables
