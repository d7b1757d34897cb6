#include "table_handlers.hpp"

#include "model_request.hpp"
#include "model_service.hpp"
#include "mortise/errors.hpp"
#include "table_format.hpp"
#include "table_import.hpp"
#include "table_json.hpp"
#include "tables/sheets.hpp"

#include <string>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::Call;
using mortise::sdk::Problem;
using mortise::sdk::Response;

std::string to_xlsx(const tables::Table& table) {
    tables::Faults faults;
    auto bytes = tables::to_xlsx(table, faults);
    if (bytes) return *std::move(bytes);
    throw Problem(422, "table_too_large", "The table does not fit into a sheet. Take it as JSON or CSV.");
}

Response answer(TableFormat format, std::int64_t version, const SourceFile& file,
                const tables::Table& table) {
    switch (format) {
        case TableFormat::kCsv:
            return file_answer(format, table.name, tables::to_csv(table));
        case TableFormat::kXlsx:
            return file_answer(format, table.name, to_xlsx(table));
        case TableFormat::kJson:
            break;
    }
    return Response::json(table_to_json(version, file.name, table));
}

}  // namespace

Response list_tables(Call& call) {
    call.allow_query({"version", "as_of"});
    const ModelService service(call);
    const ModelRecord model = service.get(call.path("id"));
    const VersionRecord version = chosen_or_latest(call, service, model);
    return Response::json(tables_to_json(version.version, service.get_content(version).files));
}

// With the model's ETag, by which the table can be put back where it came from.
Response read_table(Call& call) {
    call.allow_query({"version", "as_of", "file", "format"});
    const TableFormat format = wanted_format(call);
    const ModelService service(call);
    const ModelRecord model = service.get(call.path("id"));
    const VersionRecord version = chosen_or_latest(call, service, model);
    const std::vector<SourceFile> files = service.get_content(version).files;
    const StoredTable stored = find_table(files, call.path("table"), call.query("file"));
    return answer(format, version.version, files[stored.file], stored.table)
        .with_header("etag", etag_of(model))
        .with_header("vary", "Accept");
}

// What the sheet doesn't hold stays as the latest version has it: the rest of the model, and its tests.
Response import_table(Call& call) {
    call.allow_query({"file"});
    const std::string_view if_match = required_if_match(call);
    const ModelService service(call);
    const ModelRecord model = service.own(call.path("id"), if_match);
    VersionContent content = service.get_content(service.get_version(model, model.latest_version, 0));
    const StoredTable stored = find_table(content.files, call.path("table"), call.query("file"));
    const Sheet sheet = decode_sheet(given_format(call), call.body(kMaxSheetBody));
    replace_table(content.files, stored, call.path("table"), sheet);
    ModelChange change;
    change.files = std::move(content.files);
    return rules::answer(service.change(call.path("id"), std::move(change), if_match));
}

}  // namespace rules
