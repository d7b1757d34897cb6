#pragma once

#include "tables/element_ids.hpp"
#include "tables/fault.hpp"
#include "tables/model_document.hpp"
#include "tables/table.hpp"

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include <pugixml.hpp>

namespace rules::tables {

// Brings an element decisionTable of a document to what a Table says.
class TableWriter {
 public:
    TableWriter(const ModelDocument& model, Faults& faults);

    // Changes nothing and returns false, with faults, if the document can't hold the table.
    bool write(pugi::xml_node element, const Table& table);

 private:
    using Order = std::span<const std::string_view>;  // in which the schema wants children

    bool check(const Table& table);
    void check_text(const std::string& where, std::string_view text);
    void check_id(const std::string& id);

    void write_policy(pugi::xml_node element, const Table& table) const;
    void write_input(pugi::xml_node element, const InputColumn& input);
    void write_output(pugi::xml_node element, const OutputColumn& output);
    void write_annotations(pugi::xml_node element, std::span<const std::string> names);
    void write_row(pugi::xml_node element, const Row& row);
    void write_cells(pugi::xml_node rule, const std::string& kind, std::span<const std::string> cells);

    // What the table had: columns and rules, by id.
    void collect(pugi::xml_node element);
    // A column or rule as the table's last child: the one that had the id, else a new one.
    pugi::xml_node take(pugi::xml_node table, const std::string& kind, const std::string& id);
    void remove_what_is_left(pugi::xml_node element);

    pugi::xml_node append(pugi::xml_node parent, const std::string& kind);
    // The child of a kind, made at its place if there is none.
    pugi::xml_node child_in_order(pugi::xml_node parent, Order order, std::string_view kind);
    // A child with a `text`; without one where the text is empty.
    void write_part(pugi::xml_node parent, Order order, std::string_view kind, const std::string& text);
    void write_text(pugi::xml_node element, const std::string& text);
    void write_type(pugi::xml_node element, const std::string& type) const;
    void give_id(pugi::xml_node element, std::string_view kind);
    std::string qualified(std::string_view kind) const { return prefix_ + std::string(kind); }

    const ModelDocument& model_;
    Faults& faults_;
    ElementIds ids_;
    std::string prefix_;  // of the document's elements, with its colon
    std::unordered_map<std::string, pugi::xml_node> columns_and_rules_;
    std::unordered_set<std::string> kept_;  // ids of those that are in the table again
};

}  // namespace rules::tables
