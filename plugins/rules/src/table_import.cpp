#include "table_import.hpp"

#include "dmn/read.hpp"
#include "model_compiler.hpp"
#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"
#include "mortise/text.hpp"
#include "table_places.hpp"
#include "tables/csv.hpp"
#include "tables/model_tables.hpp"
#include "tables/xlsx.hpp"

#include <utility>
#include <variant>

namespace rules {
namespace {

using mortise::sdk::JsonWriter;
using mortise::sdk::Problem;

constexpr std::size_t kMaxSheetFaults = 100;

void write_place(JsonWriter& json, const std::optional<SheetPlace>& place) {
    const std::string row = place ? std::to_string(row_number(*place)) : std::string();
    json.member("pointer", place ? '/' + row + '/' + column_name(*place) : std::string());
    if (place) json.member("row", row_number(*place)).member("column", column_name(*place));
}

template <typename Find>
[[noreturn]] void refuse(const tables::Faults& faults, Find find_place) {
    JsonWriter json;
    json.begin_array();
    for (const tables::Fault& fault : faults) {
        json.begin_object();
        write_place(json, find_place(fault.where));
        json.member("code", fault.code).member("detail", fault.reason).end_object();
    }
    const std::string more = faults.complete() ? "" : " There are more than are listed.";
    throw Problem(400, "invalid_table",
                  "Nothing was changed. See errors for the rows and columns to mend." + more)
        .with_errors_json(std::move(json.end_array()).text());
}

// The table that is the logic, or the body of the function that is; null if it is another one.
const dmn::DecisionTable* table_of(const dmn::ExpressionPtr& logic, const std::string& id) {
    if (!logic) return nullptr;
    if (const auto* function = std::get_if<dmn::FunctionDefinition>(&logic->body))
        return table_of(function->body, id);
    return logic->id == id ? std::get_if<dmn::DecisionTable>(&logic->body) : nullptr;
}

template <typename Holder>
const dmn::DecisionTable* find_in(const std::vector<Holder>& holders, const tables::Table& wanted) {
    for (const Holder& holder : holders)
        if (holder.name == wanted.name)
            if (const auto* table = table_of(holder.logic, wanted.id)) return table;
    return nullptr;
}

const dmn::DecisionTable* find_in(const dmn::Definitions& definitions, const tables::Table& wanted) {
    const auto* of_decision = find_in(definitions.decisions, wanted);
    return of_decision != nullptr ? of_decision : find_in(definitions.knowledge_models, wanted);
}

void refuse_model(const dmn::Faults& faults, const SourceFile& file, const SheetPlaces& places) {
    if (!faults.has_errors()) return;
    JsonWriter json;
    json.begin_array();
    for (const dmn::Fault& fault : faults) {
        if (fault.severity != dmn::Severity::kError) continue;
        json.begin_object();
        write_place(json, fault.source == file.name ? places.find(fault.element_id) : std::nullopt);
        json.member("file", fault.source).member("element_id", fault.element_id);
        json.member("code", fault.code).member("detail", fault.reason).end_object();
    }
    throw Problem(422, "invalid_model", "With this table the model has errors; see errors.")
        .with_errors_json(std::move(json.end_array()).text());
}

}  // namespace

StoredTable find_table(const std::vector<SourceFile>& files, std::string_view id_or_name,
                       std::optional<std::string_view> file) {
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (file && files[i].name != *file) continue;
        tables::Faults faults;
        if (auto table = tables::read_table(files[i].xml, id_or_name, faults)) return {i, *std::move(table)};
    }
    throw Problem(404, "table_not_found",
                  "The version has no decision table of this id, and none that is the logic of an element of "
                  "this id or name.");
}

Sheet decode_sheet(TableFormat format, std::string_view body) {
    tables::Faults faults(kMaxSheetFaults);
    auto grid =
        format == TableFormat::kXlsx ? tables::read_xlsx(body, faults) : tables::read_csv(body, faults);
    auto table = grid ? tables::from_grid(*grid, faults) : std::nullopt;
    if (!table) refuse(faults, place_of_cell);
    return {*std::move(grid), *std::move(table)};
}

void replace_table(std::vector<SourceFile>& files, const StoredTable& stored, std::string_view id_or_name,
                   const Sheet& sheet) {
    SourceFile& file = files[stored.file];
    SheetPlaces places(sheet.grid, sheet.table);
    tables::Faults faults(kMaxSheetFaults);
    auto xml = tables::replace_table(file.xml, id_or_name, sheet.table, faults);
    if (!xml) refuse(faults, [&](const std::string& id) { return places.find(id); });
    file.xml = *std::move(xml);
    const dmn::Compilation compilation = compile_files(files);
    if (!compilation.faults.has_errors()) return;
    dmn::Faults ignored;
    if (const auto definitions = dmn::read_definitions(file.xml, file.name, {}, ignored))
        if (const auto* table = find_in(*definitions, stored.table)) places.add(*table);
    refuse_model(compilation.faults, file, places);
}

}  // namespace rules
