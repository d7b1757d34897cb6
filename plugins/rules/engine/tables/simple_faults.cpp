#include "tables/simple_faults.hpp"

#include "dmn/engine.hpp"
#include "dmn/read.hpp"
#include "tables/new_model.hpp"

#include <set>
#include <variant>
#include <vector>

namespace rules::tables {
namespace {

using Pointers = std::map<std::string, std::string>;  // by the element's id

// Where no FEEL was written a cell has the pointer of its rule.
void add_cells(const std::vector<dmn::Text>& cells, std::size_t row,
               const std::map<FeelPlaces::Cell, std::string>& places, Pointers& pointers) {
    for (std::size_t column = 0; column < cells.size(); ++column) {
        const auto found = places.find({row, column});
        pointers[cells[column].id] = found != places.end() ? found->second : "/rules/" + std::to_string(row);
    }
}

Pointers pointers_of(const dmn::DecisionTable& table, const FeelPlaces& places) {
    Pointers pointers;
    for (std::size_t row = 0; row < table.rules.size(); ++row) {
        add_cells(table.rules[row].inputs, row, places.inputs, pointers);
        add_cells(table.rules[row].outputs, row, places.outputs, pointers);
    }
    for (const auto& [column, pointer] : places.defaults)
        if (column < table.outputs.size() && table.outputs[column].default_value)
            pointers[table.outputs[column].default_value->id] = pointer;
    return pointers;
}

Pointers pointers_of(const std::string& xml, const FeelPlaces& places) {
    dmn::Faults ignored;
    const auto definitions = dmn::read_definitions(xml, "", {}, ignored);
    if (!definitions) return {};
    for (const dmn::Decision& decision : definitions->decisions)
        if (decision.logic)
            if (const auto* table = std::get_if<dmn::DecisionTable>(&decision.logic->body))
                return pointers_of(*table, places);
    return {};
}

// Adds those that `told` doesn't have yet.
void tell(const std::string& xml, const FeelPlaces& places, std::set<std::string>& told, Faults& faults) {
    const std::vector<dmn::Source> sources = {{"", xml}};
    const dmn::Compilation compilation = dmn::compile(sources);
    if (!compilation.faults.has_errors()) return;
    const Pointers pointers = pointers_of(xml, places);
    for (const dmn::Fault& fault : compilation.faults) {
        if (fault.severity != dmn::Severity::kError) continue;
        const auto found = pointers.find(fault.element_id);
        const std::string pointer = found != pointers.end() ? found->second : "";
        if (told.insert(pointer + ' ' + fault.code + ' ' + fault.reason).second)
            faults.add(pointer, fault.code, fault.reason);
    }
}

}  // namespace

void tell_model_faults(const std::string& xml, const Table& table, const FeelPlaces& places, Faults& faults) {
    std::set<std::string> told;
    tell(xml, places, told, faults);
    if (told.empty()) return;
    // The engine reads outputs only of a table whose inputs are right.
    Table without_tests = table;
    for (const auto& [cell, pointer] : places.inputs)
        without_tests.rows[cell.first].inputs[cell.second] = "-";
    Faults ignored;
    if (const auto rest = new_model(without_tests, "", ignored)) tell(*rest, places, told, faults);
}

}  // namespace rules::tables
